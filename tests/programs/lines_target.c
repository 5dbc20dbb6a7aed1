// lines_target N - for i in 0 … N-1, comes by its lines: those that end in a comment are found
// by tests by that comment.
#include <stdlib.h>

static volatile long sink;

static inline __attribute__((always_inline)) int twice(int n) {
    sink += n * 2; // inlined twice
    return n * 2;
}

__attribute__((noipa)) static int both(int n) {
    int first = twice(n);
    return first + twice(first + 1);
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    for (long i = 0; i < n; i++) {
        if (i % 3 == 0)
            sink += 7; // every third time
        sink += both((int)i);
    }
    // no code here
    return 0;
}

// leak_target N [READY] - asks for N pieces of 1000 bytes in forget() and loses them; frees as many others. With
// READY it first makes that file and waits for a line.
#include <stdio.h>
#include <stdlib.h>

static void *volatile last;

__attribute__((noinline)) void forget(size_t size) { last = malloc(size); }

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    if (argc > 2) {
        fclose(fopen(argv[2], "w"));
        getchar();
    }
    for (long i = 0; i < n; i++) {
        forget(1000);
        void *volatile other = malloc(2000);
        free(other);
    }
    return 0;
}

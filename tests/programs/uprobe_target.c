// uprobe_target [N [wait]] - call each function below N times (default 1), for i in
// 0 … N-1, with the arguments given there; print nothing.  With `wait`, start when a line
// is given.
//
//   function              arguments                       returns
//   add(a, b)             i, 2                            i + 2
//   subtract(a, b)        1, i (64 bits)                  1 - i: negative from i = 2 on
//   greet(name)           "hawk"                          length of the name (4)
//   six(a … f)            1, 2, 3, 4, 5, 6                21
//   point(p)              { .x = i, .y = -i, "point" }    p
//   factorial(n)          5 (recursive: five calls)       120
//
// noipa: the compiler may neither inline nor clone nor change what is passed, at any
// level of optimization.  The functions are exported, so that a stripped binary still
// has them in .dynsym.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACED __attribute__((noipa, visibility("default")))

struct point {
    int x;
    long y;
    char name[8];
};

TRACED int add(int a, int b) { return a + b; }
TRACED long subtract(long a, long b) { return a - b; }
TRACED int greet(const char *name) { return (int)strlen(name); }
TRACED int six(int a, int b, int c, int d, int e, int f) { return a + b + c + d + e + f; }
TRACED struct point *point(struct point *p) { return p; }
TRACED int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    volatile long sink = 0;
    if (argc > 2)
        getchar();
    for (long i = 0; i < n; i++) {
        struct point p = {.x = (int)i, .y = -i, .name = "point"};
        sink += add((int)i, 2) + subtract(1, i) + greet("hawk") + six(1, 2, 3, 4, 5, 6);
        sink += point(&p)->x + factorial(5);
    }
    return 0;
}

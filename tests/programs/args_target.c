// args_target N - calls each of its functions N times, for i in 0 … N-1, with arguments of all
// kinds, so that a tracer that reads them by name and type can be checked; prints nothing.
//
//   kinds(c, on, s, u)         GREEN, true, -3, 65535
//   by_value(s, p, b, last)    {i, 'x'}, {-1, 7}, {5, "large", -9}, 99
//   mixed(a, d, b, f, c)       i, 1.5, -20, 2.5, 30: numbers in two kinds of registers
//   many(a … h, p)             1 … 6 in registers, -7, 8 and {70, 71} on the stack
//   large_result(seed)         i: the result's own address comes first
//   list(head, other)          4 -> 5 -> 6, {1.5, {2, -3}}
//   fields(b)                  { 5, -2, 100, .as.bytes = "abc" }
#include <stdbool.h>
#include <stdlib.h>

#define TRACED __attribute__((noipa))

enum colour { RED = 1, GREEN = 2, BLUE = -1 };
struct small {
    int x;
    char tag;
};
struct pair {
    long a;
    int b;
};
struct large {
    int n;
    char name[12];
    long last;
};
struct node {
    int value;
    struct node *next;
};
typedef struct {
    double ratio;
    struct {
        int low, high;
    };
    const enum colour *colour;
    short grid[2][3];
} unnamed_t;
struct bits {
    unsigned int first : 3;
    int second : 4;
    unsigned long third : 40;
    union {
        char bytes[4];
        unsigned int number;
    } as;
};

TRACED int kinds(enum colour c, bool on, signed char s, unsigned short u) { return c + on + s + u; }
TRACED long by_value(struct small s, struct pair p, struct large b, int last) {
    return s.x + s.tag + p.a + p.b + b.n + b.name[0] + b.last + last;
}
TRACED double mixed(int a, double d, long b, float f, short c) { return a + d + b + f + c; }
TRACED long many(int a, int b, int c, int d, int e, int f, long g, short h, struct pair p) {
    return a + b + c + d + e + f + g + h + p.a + p.b;
}
TRACED struct large large_result(int seed) { return (struct large){.n = seed}; }
TRACED int list(const struct node *head, unnamed_t *other) {
    return head->next->next->value + other->low + *other->colour;
}
TRACED int fields(struct bits *b) { return b->first + b->second + b->as.bytes[0]; }

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    volatile double sink = 0;
    enum colour colour = BLUE;
    struct node third = {6, NULL}, second = {5, &third}, first = {4, &second};
    unnamed_t other = {1.5, {2, -3}, &colour, {{1, 2, 3}, {4, 5, 6}}};
    struct bits bits = {5, -2, 100, {"abc"}};
    for (long i = 0; i < n; i++) {
        sink += kinds(GREEN, true, -3, 65535);
        sink += by_value((struct small){i, 'x'}, (struct pair){-1, 7}, (struct large){5, "large", -9}, 99);
        sink += mixed(i, 1.5, -20, 2.5, 30);
        sink += many(1, 2, 3, 4, 5, 6, -7, 8, (struct pair){70, 71});
        sink += large_result(i).n + list(&first, &other) + fields(&bits);
    }
    return 0;
}

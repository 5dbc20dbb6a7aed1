// usdt_target N [wait] - passes N times through each of its static probes, whose notes it
// writes itself, as sys/sdt.h would: every form of operand is there.  With `wait`, it
// starts when it is given a line.
//
//   hawk:numbers   a register, a constant, memory of the stack, 4 bytes with a sign
//   hawk:indexed   an element of an array, by index; guarded by a semaphore
//   hawk:twice     at two places, with operands that differ
//   hawk:operands  the other forms: halves and bytes of registers, memory with and
//                  without index, displacement and base, and variables by their names
//   other:numbers  another provider's probe of the same name
#include <stdio.h>
#include <stdlib.h>

#include "usdt_note.h"

__extension__ unsigned short hawk_semaphore __attribute__((section(".probes"))) = 0;

static long table[4] = {10, 20, 30, 40};
static int variable = -11;
static struct {
    short first, second;
} pair = {21, -22};

__attribute__((noinline)) static void pass(long i) {
    volatile int below = -7;
    NOTE("hawk", "numbers", "0", "8@%[a] 4@$42 -4@%[b] -1@%%dl", [a] "r"(i), [b] "m"(below),
         "d"(-3L));
    NOTE("other", "numbers", "0", "8@%[a]", [a] "r"(i + 100));
    if (hawk_semaphore)
        NOTE("hawk", "indexed", "hawk_semaphore", "8@(%[t],%[i],8) 8@8(%[t])",
             [t] "r"(table), [i] "r"(i & 3));
    NOTE("hawk", "twice", "0", "8@%[a]", [a] "a"(i));
    NOTE("hawk", "twice", "0", "8@$9", "b"(i));
}

__attribute__((noinline)) static void operands(long i) {
    NOTE("hawk", "operands", "0",
         "-8@%%rax -4@%%ecx -2@%%cx 1@%%cl 1@%%ch 8@8(%%rsi) 8@(%%rsi,%%rdi) "
         "8@(,%%rdx,8) -4@%[variable] -2@%[second] -8@$-77",
         "a"(-i), "c"(-0x1234L), "S"(table), "D"(16L), "d"((long)table / 8 + i % 4),
         [variable] "m"(variable), [second] "m"(pair.second));
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    if (argc > 2)
        getchar();
    for (long i = 0; i < n; i++) {
        pass(i);
        operands(i);
    }
    return 0;
}

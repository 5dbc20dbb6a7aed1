// library_target N - calls `passed` of its library N times. Compiled with -DLIBRARY it is that
// library: its static probe hawk:passed (a number) is passed once while it is loaded, with -1,
// and once for each call, with 0 ... N-1.
#ifdef LIBRARY

__attribute__((noinline)) int passed(int number) {
    __asm__ __volatile__("990: nop\n"
                         ".pushsection .note.stapsdt,\"?\",\"note\"\n"
                         ".balign 4\n .4byte 992f-991f, 994f-993f, 3\n"
                         "991: .asciz \"stapsdt\"\n"
                         "992: .balign 4\n"
                         "993: .8byte 990b\n .8byte _.stapsdt.base\n .8byte 0\n"
                         ".asciz \"hawk\"\n .asciz \"passed\"\n .asciz \"-4@%0\"\n"
                         "994: .balign 4\n .popsection\n"
                         ".ifndef _.stapsdt.base\n"
                         ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
                         ".weak _.stapsdt.base\n .hidden _.stapsdt.base\n"
                         "_.stapsdt.base: .space 1\n .size _.stapsdt.base, 1\n"
                         ".popsection\n .endif\n" ::"r"(number)
                         : "memory");
    return number;
}

__attribute__((constructor)) static void loaded(void) { passed(-1); }

#else
#include <stdlib.h>

int passed(int number);

int main(int count, char **words) {
    int calls = count > 1 ? atoi(words[1]) : 0;
    for (int i = 0; i < calls; i++)
        passed(i);
    return 0;
}
#endif

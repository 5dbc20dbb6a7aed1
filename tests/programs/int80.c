// int80 N - make N getppid() calls through int 0x80, the 32-bit way into the kernel.
//
// There getppid has number 64, which is semget's in the 64-bit table: a tracer that
// looks at the number alone would count semget.  The kernel's own syscall events
// leave such calls out.  Exit status 77: this kernel has no 32-bit system calls.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void refused(int signal) {
    (void)signal;
    _exit(77);
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1;
    signal(SIGSEGV, refused);
    while (n-- > 0) {
        long result = 64;
        // r8-r11 are cleared by the kernel on the way back.
        __asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
        if (result < 0)
            return 77;
    }
    return 0;
}

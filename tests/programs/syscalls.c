// syscalls ROUNDS - make system calls that a tracer by numbers could get wrong, always the same ones.
//
// Every round makes calls that fail at once, sends itself a signal (whose handler ends with
// rt_sigreturn, after which the call's number is forgotten), calls through int 0x80, and starts
// a program.  Then a child with a filter that refuses every call makes all of them, by number:
// their returns can be traced, but nothing is done.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int signal) {
    (void)signal;
}

static void round_of_calls(void) {
    for (int i = 0; i < 3; i++)
        syscall(SYS_getppid);
    char path[] = "/no/such/file";        // on the stack, which is in memory: a tracer can read it
    __asm__ volatile("" : : "r"(path) : "memory");
    syscall(SYS_openat, 11, path, 22, 33);
    syscall(SYS_fcntl, -1, 1234567, 7654321);
    syscall(SYS_mmap, (void *)0x1001, 2, 3, 0x7fff0004, -5L, 0x6000);
    syscall(SYS_sendto, -1, (void *)0x2002, 3003, 4004, (void *)0x5005, 6006);
    syscall(SYS_uname, (void *)8);
    syscall(511);                         // no such number
    syscall(SYS_getppid | 0x40000000);    // as x32 programs would
    raise(SIGUSR1);
    long result = 64;                     // getppid of the 32-bit table, semget of the other
    __asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
}

static void start_program(char *itself) {
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {itself, (char *)"0", NULL};
        execve(arguments[0], arguments, NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
}

// Two calls of uprobes' own, which no filter meets; they end any other program.
enum { FIRST_OF_UPROBES = 335, LAST_OF_UPROBES = 336 };

// Makes every call that the filter refuses: all but the one that ends the process.
static void refused_calls(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof(rules) / sizeof(rules[0]), rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        _exit(1);
    for (long number = 0; number < 600; number++)
        if (number != SYS_exit_group && (number < FIRST_OF_UPROBES || number > LAST_OF_UPROBES))
            syscall(number, 0, 0, 0, 0, 0, 0);
    syscall(SYS_exit_group, 0);
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 1;
    if (rounds == 0)
        return 0;
    signal(SIGUSR1, nothing);
    signal(SIGSEGV, _exit);               // no int 0x80 here: the status says so
    for (long i = 0; i < rounds; i++) {
        round_of_calls();
        start_program(argv[0]);
    }
    pid_t child = fork();
    if (child == 0)
        refused_calls();
    int status = 1;
    waitpid(child, &status, 0);
    return status == 0 ? 0 : 1;
}

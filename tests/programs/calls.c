// calls [--cpu C] [--fork] [--values | --function] N [THREADS] - make exactly N getppid()
// system calls in all, divided among THREADS threads (default 1), and print nothing.
//
// getppid is used because libc neither calls it by itself nor caches it, so that a
// count of `comm == "calls"` is exact; syscall() keeps libc out of it altogether.
//   --cpu C  binds every thread to CPU C, so that they can only run by preempting
//            one another (the exactness tests' hardest case)
//   --fork   makes them processes instead of threads
//   --values    calls getpgid(1) ... getpgid(N) instead, in any order, each number once
//   --function  calls counted(1) ... counted(N) instead, a function of this program
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// All threads start to call at once, when the last of them has arrived.
static pthread_barrier_t start;

static enum { GETPPID, VALUES, FUNCTION } what;

// noipa: a probe finds it, and its argument.
__attribute__((noipa, visibility("default"))) long counted(long value) { return value; }

// What one worker has to do: so many calls, with the numbers from `first` on.
struct share {
    long first, count;
};

static void call(struct share share) {
    for (long value = share.first; value < share.first + share.count; value++) {
        if (what == GETPPID)
            syscall(SYS_getppid);
        else if (what == VALUES)
            syscall(SYS_getpgid, (int)value);
        else
            counted(value);
    }
}

static void *thread(void *share) {
    pthread_barrier_wait(&start);
    call(*(struct share *)share);
    return NULL;
}

static int usage(void) {
    fprintf(stderr, "usage: calls [--cpu C] [--fork] [--values | --function] N [THREADS]\n");
    return 2;
}

static int with_processes(const struct share *shares, int workers) {
    for (int i = 0; i < workers; i++)
        if (fork() == 0) {
            call(shares[i]);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}

static int with_threads(struct share *shares, int workers) {
    pthread_t *threads = calloc(workers, sizeof *threads);
    pthread_barrier_init(&start, NULL, workers);
    for (int i = 0; i < workers; i++)
        if (pthread_create(&threads[i], NULL, thread, &shares[i]))
            return 1;
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

int main(int argc, char **argv) {
    int processes = 0, at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--fork")) {
            processes = 1;
        } else if (!strcmp(argv[at], "--values")) {
            what = VALUES;
        } else if (!strcmp(argv[at], "--function")) {
            what = FUNCTION;
        } else if (!strcmp(argv[at], "--cpu") && at + 1 < argc) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(atoi(argv[++at]), &set);
            if (sched_setaffinity(0, sizeof set, &set))
                return perror("calls: sched_setaffinity"), 1;
        } else {
            return usage();
        }
    }
    if (at >= argc)
        return usage();
    long n = atol(argv[at]);
    int workers = at + 1 < argc ? atoi(argv[at + 1]) : 1;
    if (workers < 1)
        return usage();
    struct share *shares = calloc(workers, sizeof *shares);
    long next = 1;
    for (int i = 0; i < workers; i++) {
        shares[i] = (struct share){.first = next, .count = n / workers + (i < n % workers)};
        next += shares[i].count;
    }
    return processes ? with_processes(shares, workers) : with_threads(shares, workers);
}

// calls [--cpu C] [--fork] N [THREADS] - make exactly N getppid() system calls in
// all, divided among THREADS threads (default 1), and print nothing.
//
// getppid is used because libc neither calls it by itself nor caches it, so that a
// count of `comm == "calls"` is exact; syscall() keeps libc out of it altogether.
//   --cpu C  binds every thread to CPU C, so that they can only run by preempting
//            one another (the exactness tests' hardest case)
//   --fork   makes them processes instead of threads
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

static void call(long n) {
    while (n-- > 0)
        syscall(SYS_getppid);
}

static void *thread(void *count) {
    pthread_barrier_wait(&start);
    call(*(long *)count);
    return NULL;
}

static int usage(void) {
    fprintf(stderr, "usage: calls [--cpu C] [--fork] N [THREADS]\n");
    return 2;
}

static int with_processes(const long *counts, int workers) {
    for (int i = 0; i < workers; i++)
        if (fork() == 0) {
            call(counts[i]);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}

static int with_threads(long *counts, int workers) {
    pthread_t *threads = calloc(workers, sizeof *threads);
    pthread_barrier_init(&start, NULL, workers);
    for (int i = 0; i < workers; i++)
        if (pthread_create(&threads[i], NULL, thread, &counts[i]))
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
    long *counts = calloc(workers, sizeof *counts);
    for (int i = 0; i < workers; i++)
        counts[i] = n / workers + (i < n % workers);
    return processes ? with_processes(counts, workers) : with_threads(counts, workers);
}

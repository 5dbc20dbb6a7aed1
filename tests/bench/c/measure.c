// measure OUT SECONDS COMMAND... - run COMMAND and write what it took to OUT, as JSON.
//
//   status          exit status, 128 + signal, or 124: killed after SECONDS
//   start_ns, end_ns  CLOCK_MONOTONIC before the start and when the "prompt is back"
//   cpu_us          user + system time, with that of the children it waited for
//   rss_kib         its largest resident set
//   after_us, after_ns  CPU time of what it left running, and how long that lived on
//
// A program of its own because a child's peak memory starts with that of whoever forked
// it (getrusage keeps the maximum over exec): started by Python, nothing is below 10 MB.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

// A tool that can't be ended otherwise, and all that it started, which share its session.
static void too_long(int signal) {
    (void)signal;
    kill(-child, SIGKILL);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t cpu(const struct rusage *r) {
    return (r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1000000ull + r->ru_utime.tv_usec +
           r->ru_stime.tv_usec;
}

static pid_t wait_for(pid_t who, int *status, struct rusage *usage) {
    pid_t pid;
    while ((pid = wait4(who, status, 0, usage)) < 0 && errno == EINTR)
        ;
    return pid;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return fprintf(stderr, "usage: measure OUT SECONDS COMMAND...\n"), 2;
    // Orphans become our children, so that what a tool leaves behind is seen.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    uint64_t start = now();
    child = fork();
    if (child == 0) {
        setsid();
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    setpgid(child, child);
    signal(SIGALRM, too_long);
    alarm(atoi(argv[2]));

    int status;
    struct rusage usage;
    wait_for(child, &status, &usage);
    uint64_t end = now(), after = 0;
    int killed = !alarm(0);

    alarm(12);
    struct rusage other;
    int ignored;
    while (wait_for(-1, &ignored, &other) > 0)
        after += cpu(&other);

    FILE *out = fopen(argv[1], "w");
    if (!out)
        return perror(argv[1]), 1;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(out,
            "{\"status\": %d, \"start_ns\": %lu, \"end_ns\": %lu, \"cpu_us\": %lu, "
            "\"rss_kib\": %ld, \"after_us\": %lu, \"after_ns\": %lu}\n",
            killed ? 124 : code, start, end, cpu(&usage), usage.ru_maxrss, after, now() - end);
    return fclose(out);
}

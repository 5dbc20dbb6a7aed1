// flood [OPTIONS] N - make N cheap system calls as fast as possible and say, as one
// line of JSON, what they took:
//   {"iterations": N, "wall_ns": …, "cpu_ns": …, "start_ns": …}
// start_ns is CLOCK_MONOTONIC just before the first call: what happens because of a
// call can be timed from it by another process.
//   --syscall NAME  getppid (default), getpgid (with the arguments 1, 2, 3, … N; they
//                   make distinct keys), openat (of --path)
//   --path PATH     for openat; best one that does not exist, for then nothing has to
//                   be closed (default: /nonexistent/flood)
//   --cpu C         run on CPU C only; -1: on the last one
//   --out FILE      where the JSON goes (default: standard output).  A tracer that
//                   starts us writes to the same standard output.
//   --early         write it before the calls (the times are 0 then, but start_ns)
//   --sleep S       sleep that many seconds afterwards
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char *syscall, *path, *out;
    int early;
    unsigned sleep;
    long n;
};

static uint64_t now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void flood(const struct options *o) {
    if (!strcmp(o->syscall, "getppid")) {
        for (long i = 0; i < o->n; i++)
            syscall(SYS_getppid);
    } else if (!strcmp(o->syscall, "getpgid")) {
        for (long i = 1; i <= o->n; i++)
            syscall(SYS_getpgid, i);
    } else {
        for (long i = 0; i < o->n; i++) {
            long fd = syscall(SYS_openat, AT_FDCWD, o->path, O_RDONLY);
            if (fd >= 0)
                syscall(SYS_close, fd);
        }
    }
}

static int bind_to(long cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu < 0 ? sysconf(_SC_NPROCESSORS_ONLN) - 1 : cpu, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

static int report(const struct options *o, uint64_t wall, uint64_t cpu, uint64_t start) {
    FILE *f = o->out ? fopen(o->out, "w") : stdout;
    if (!f)
        return perror(o->out), 1;
    fprintf(f, "{\"iterations\": %ld, \"wall_ns\": %lu, \"cpu_ns\": %lu, \"start_ns\": %lu}\n",
            o->n, wall, cpu, start);
    return o->out ? fclose(f) : fflush(f);
}

static int usage(void) {
    fprintf(stderr, "usage: flood [--syscall getppid|getpgid|openat] [--path PATH] "
                    "[--cpu C] [--out FILE] [--early] [--sleep S] N\n");
    return 2;
}

int main(int argc, char **argv) {
    struct options o = {.syscall = "getppid", .path = "/nonexistent/flood"};
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--early"))
            o.early = 1;
        else if (at + 1 >= argc)
            return usage();
        else if (!strcmp(argv[at], "--syscall"))
            o.syscall = argv[++at];
        else if (!strcmp(argv[at], "--path"))
            o.path = argv[++at];
        else if (!strcmp(argv[at], "--out"))
            o.out = argv[++at];
        else if (!strcmp(argv[at], "--cpu")) {
            if (bind_to(atol(argv[++at])))
                return perror("flood: --cpu"), 1;
        } else if (!strcmp(argv[at], "--sleep"))
            o.sleep = atoi(argv[++at]);
        else
            return usage();
    }
    int known = !strcmp(o.syscall, "getppid") || !strcmp(o.syscall, "getpgid") ||
                !strcmp(o.syscall, "openat");
    if (at + 1 != argc || !known)
        return usage();
    o.n = atol(argv[at]);

    if (o.early && report(&o, 0, 0, now(CLOCK_MONOTONIC)))
        return 1;
    uint64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    flood(&o);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    uint64_t start = wall;
    wall = now(CLOCK_MONOTONIC) - wall;
    if (!o.early && report(&o, wall, cpu, start))
        return 1;
    if (o.sleep)
        sleep(o.sleep);
    return 0;
}

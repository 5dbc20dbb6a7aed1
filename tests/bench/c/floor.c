// floor [--begin] OBJECT [COMMAND...] - the least that a tracer can do: load OBJECT with
// libbpf, attach all of it, set its `running` word, run COMMAND until it ends, print the
// ring's records and the maps, end.  No COMMAND: end at once.  --begin: run the first
// program once with test_run instead of attaching.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INTEGERS, STRINGS, EXIT };
enum { BUCKETS = 66 };

static int cpus, stop;

static int event(void *context, void *data, size_t size) {
    uint32_t *e = data;
    (void)context, (void)size;
    if (e[0] == INTEGERS)
        printf("%d %d\n", (int)e[1], (int)e[2]);
    else if (e[0] == STRINGS)
        printf("%s %s\n", (char *)data + 4, (char *)data + 20);
    else
        stop = 1;
    return 0;
}

static void print_key(const void *key, uint32_t size) {
    if (size == 4)
        printf("@[%d]", *(const int *)key);
    else if (size == 8)
        printf("@[%ld]", *(const long *)key);
    else
        printf("@[%s]", (const char *)key);
}

static void print_histogram(const uint64_t *per_cpu) {
    for (int b = 0; b < BUCKETS; b++) {
        uint64_t n = 0;
        for (int c = 0; c < cpus; c++)
            n += per_cpu[c * BUCKETS + b];
        if (n)
            printf("[2^%d) %lu\n", b - 2, n);
    }
}

struct entry {
    uint64_t sum;
    const char *key;
};

static int by_sum(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return x->sum < y->sum ? -1 : x->sum > y->sum;
}

// All entries in batches, summed over CPUs, sorted by value as bpftrace does.
static void print_counts(int fd, uint32_t key_size, uint32_t room) {
    char *keys = malloc((size_t)room * key_size);
    uint64_t *values = malloc((size_t)room * 8 * cpus);
    uint32_t position, at = 0;
    for (int failed = 0; !failed && at < room;) {
        uint32_t n = room - at > 4096 ? 4096 : room - at;
        failed = bpf_map_lookup_batch(fd, at ? &position : NULL, &position, keys + at * key_size,
                                      values + (size_t)at * cpus, &n, NULL);
        at += n;
    }
    struct entry *entries = malloc(at * sizeof *entries);
    for (uint32_t i = 0; i < at; i++) {
        entries[i] = (struct entry){0, keys + i * key_size};
        for (int c = 0; c < cpus; c++)
            entries[i].sum += values[(size_t)i * cpus + c];
    }
    qsort(entries, at, sizeof *entries, by_sum);
    for (uint32_t i = 0; i < at; i++) {
        print_key(entries[i].key, key_size);
        printf(": %lu\n", entries[i].sum);
    }
}

static void print_map(const struct bpf_map *map) {
    int fd = bpf_map__fd(map), is_histogram = bpf_map__value_size(map) == 8 * BUCKETS;
    uint64_t *value = calloc(cpus, bpf_map__value_size(map));
    if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY) {
        for (uint32_t i = 0; i < bpf_map__max_entries(map); i++) {
            bpf_map_lookup_elem(fd, &i, value);
            uint64_t n = 0;
            for (int c = 0; c < cpus && !is_histogram; c++)
                n += value[c];
            if (is_histogram)
                print_histogram(value);
            else if (n)
                printf("@: %lu\n", n);
        }
    } else if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH && is_histogram) {
        uint32_t key, *last = NULL;
        for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
            bpf_map_lookup_elem(fd, &key, value);
            print_key(&key, 4);
            printf(":\n");
            print_histogram(value);
        }
    } else if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH) {
        print_counts(fd, bpf_map__key_size(map), bpf_map__max_entries(map));
    }
}

// Starts COMMAND, which waits until the write end of the pipe is closed.
static pid_t start(char **command, int *gate) {
    int ends[2];
    if (!*command || pipe(ends))
        return 0;
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(ends[1]);
        if (read(ends[0], &byte, 1) < 0)
            _exit(126);
        execv(command[0], command);
        _exit(127);
    }
    close(ends[0]);
    *gate = ends[1];
    return pid;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments) {
    return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

static int attach(struct bpf_object *object, int begin) {
    struct bpf_program *program;
    bpf_object__for_each_program(program, object) {
        LIBBPF_OPTS(bpf_test_run_opts, options);
        if (begin)
            return bpf_prog_test_run_opts(bpf_program__fd(program), &options);
        if (!bpf_program__attach(program))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    int begin = argc > 1 && !strcmp(argv[1], "--begin"), gate = -1;
    if (argc < 2 + begin)
        return fprintf(stderr, "usage: floor [--begin] OBJECT [COMMAND...]\n"), 2;
    libbpf_set_print(quiet);
    cpus = libbpf_num_possible_cpus();
    pid_t child = start(argv + 2 + begin, &gate);

    struct bpf_object *object = bpf_object__open_file(argv[1 + begin], NULL);
    if (!object || bpf_object__load(object) || attach(object, begin))
        return 1;
    struct bpf_map *data = bpf_object__find_map_by_name(object, ".bss");
    struct bpf_map *events = bpf_object__find_map_by_name(object, "events");
    uint32_t zero = 0, word = 1;
    // The only variable of .bss is `running`.
    if (data && bpf_map_update_elem(bpf_map__fd(data), &zero, &word, BPF_ANY))
        return 1;
    struct ring_buffer *ring = events ? ring_buffer__new(bpf_map__fd(events), event, NULL, NULL) : NULL;

    if (child) {
        close(gate);
        while (!stop && waitpid(child, NULL, WNOHANG) == 0) {
            if (ring)
                ring_buffer__poll(ring, 2), ring_buffer__consume(ring);
            else
                usleep(2000);
        }
        if (stop)
            kill(child, SIGTERM);
    }
    word = 0;
    if (data)
        bpf_map_update_elem(bpf_map__fd(data), &zero, &word, BPF_ANY);
    if (ring)
        ring_buffer__consume(ring);
    struct bpf_map *map;
    bpf_object__for_each_map(map, object)
        print_map(map);
    fflush(stdout);
    _exit(0);       // the kernel detaches
}

// tracepoint:syscalls:sys_exit_read { @ = hist(args->ret); }
#include "floor.h"

MAP(m, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct histogram, 1);

static __always_inline void read_body(context *ctx) {
    __u32 zero = 0;
    struct histogram *h = bpf_map_lookup_elem(&m, &zero);
    if (h)
        h->buckets[bucket(result(ctx))]++;
}
PROBE(read, exit, read, NR_READ)

// sys_enter_getppid { @s[tid] = nsecs; }
// sys_exit_getppid /@s[tid]/ { @ = hist(nsecs - @s[tid]); delete(@s[tid]); }
#include "floor.h"

MAP(s, BPF_MAP_TYPE_HASH, __u32, __u64, 4096);
MAP(m, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct histogram, 1);

static __always_inline void enter_body(context *ctx) {
    __u32 tid = bpf_get_current_pid_tgid();
    __u64 now = bpf_ktime_get_ns();
    bpf_map_update_elem(&s, &tid, &now, BPF_ANY);
}
PROBE(enter, enter, getppid, NR_GETPPID)

static __always_inline void leave_body(context *ctx) {
    __u32 tid = bpf_get_current_pid_tgid(), zero = 0;
    __u64 *start = bpf_map_lookup_elem(&s, &tid);
    struct histogram *h = bpf_map_lookup_elem(&m, &zero);
    if (!start || !h)
        return;
    h->buckets[bucket(bpf_ktime_get_ns() - *start)]++;
    bpf_map_delete_elem(&s, &tid);
}
PROBE(leave, exit, getppid, NR_GETPPID)

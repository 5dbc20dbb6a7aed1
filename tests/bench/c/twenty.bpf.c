// Twenty probes; the one on getppid counts and calls exit().
#include "floor.h"

EVENTS();
MAP(m, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 20);

static __always_inline void count(__u32 i) {
    __u64 *n = bpf_map_lookup_elem(&m, &i);
    if (n)
        *n += 1;
}

#define ONE(i, name, number)                                                                      \
    static __always_inline void name##_body(context *ctx) { count(i); }                           \
    PROBE(name, enter, name, number)

ONE(1, getuid, 102)
ONE(2, getgid, 104)
ONE(3, geteuid, 107)
ONE(4, getegid, 108)
ONE(5, getpgid, 121)
ONE(6, getsid, 124)
ONE(7, getpriority, 140)
ONE(8, sched_yield, 24)
ONE(9, umask, 95)
ONE(10, setuid, 105)
ONE(11, setgid, 106)
ONE(12, setpgid, 109)
ONE(13, setsid, 112)
ONE(14, setreuid, 113)
ONE(15, setregid, 114)
ONE(16, getgroups, 115)
ONE(17, setgroups, 116)
ONE(18, setresuid, 117)
ONE(19, setresgid, 119)

static __always_inline void getppid_body(context *ctx) {
    count(0);
    __u32 *e = bpf_ringbuf_reserve(&events, 4, 0);
    if (!e)
        return;
    e[0] = EXIT;
    bpf_ringbuf_submit(e, 0);
}
PROBE(getppid, enter, getppid, NR_GETPPID)

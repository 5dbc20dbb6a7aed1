// Ten probes, each counting by comm in a map of its own.
#include "floor.h"

struct comm {
    char text[16];
};

#define ONE(name, number)                                                                         \
    MAP(m_##name, BPF_MAP_TYPE_PERCPU_HASH, struct comm, __u64, 4096);                            \
    static __always_inline void name##_body(context *ctx) {                                       \
        struct comm key;                                                                          \
        bpf_get_current_comm(&key, sizeof key);                                                   \
        COUNT(&m_##name, &key);                                                                   \
    }                                                                                             \
    PROBE(name, enter, name, number)

ONE(getppid, 110)
ONE(getuid, 102)
ONE(getgid, 104)
ONE(geteuid, 107)
ONE(getegid, 108)
ONE(getpgid, 121)
ONE(getsid, 124)
ONE(getpriority, 140)
ONE(sched_yield, 24)
ONE(umask, 95)

// @[comm] = count()
#include "floor.h"

struct comm {
    char text[16];
};
MAP(m, BPF_MAP_TYPE_PERCPU_HASH, struct comm, __u64, 4096);

static __always_inline void getppid_body(context *ctx) {
    struct comm key;
    bpf_get_current_comm(&key, sizeof key);
    COUNT(&m, &key);
}
PROBE(getppid, enter, getppid, NR_GETPPID)

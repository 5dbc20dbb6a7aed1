// sys_enter_getpgid { @[args->pid] = count(); }
#include "floor.h"

MAP(m, BPF_MAP_TYPE_PERCPU_HASH, __u64, __u64, 200000);

static __always_inline void getpgid_body(context *ctx) {
    __u64 key = (__s32)argument(ctx, 0);
    COUNT(&m, &key);
}
PROBE(getpgid, enter, getpgid, NR_GETPGID)

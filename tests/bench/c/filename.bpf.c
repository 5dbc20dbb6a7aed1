// sys_enter_openat { @[str(args->filename)] = count(); }, keys of 64 bytes
#include "floor.h"

struct text {
    char bytes[64];
};
MAP(m, BPF_MAP_TYPE_PERCPU_HASH, struct text, __u64, 4096);

static __always_inline void openat_body(context *ctx) {
    struct text key = {};
    bpf_probe_read_user_str(&key, sizeof key, (void *)argument(ctx, 1));
    COUNT(&m, &key);
}
PROBE(openat, enter, openat, NR_OPENAT)

// sys_enter_openat { @ = count(); } while the program makes other calls
#include "floor.h"

MAP(m, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 1);

static __always_inline void openat_body(context *ctx) {
    __u32 zero = 0;
    __u64 *n = bpf_map_lookup_elem(&m, &zero);
    if (n)
        *n += 1;
}
PROBE(openat, enter, openat, NR_OPENAT)

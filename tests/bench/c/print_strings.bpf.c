// printf("%s %s\n", comm, str(args->filename)), strings of at most 64 bytes
#include "floor.h"

EVENTS();

struct record {
    __u32 kind;
    char comm[16], path[64];
};

static __always_inline void openat_body(context *ctx) {
    struct record *e = bpf_ringbuf_reserve(&events, sizeof *e, 0);
    if (!e)
        return;
    e->kind = STRINGS;
    bpf_get_current_comm(e->comm, sizeof e->comm);
    bpf_probe_read_user_str(e->path, sizeof e->path, (void *)argument(ctx, 1));
    bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}
PROBE(openat, enter, openat, NR_OPENAT)

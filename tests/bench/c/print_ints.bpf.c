// printf("%d %d\n", pid, tid)
#include "floor.h"

EVENTS();

static __always_inline void getppid_body(context *ctx) {
    __u32 *e = bpf_ringbuf_reserve(&events, 12, 0);
    if (!e)
        return;
    __u64 ids = bpf_get_current_pid_tgid();
    e[0] = INTEGERS;
    e[1] = ids >> 32;
    e[2] = ids;
    bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}
PROBE(getppid, enter, getppid, NR_GETPPID)

// What the C programs share.  Built twice: as tracepoints (perf links, what bpftrace
// uses) and, with -DRAW, as raw tracepoints that look at the system call's number.
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

// The word that hawk's programs read first, too: clear it, and all of them have stopped.
volatile __u32 running;

#define NR_READ 0
#define NR_GETPPID 110
#define NR_GETPGID 121
#define NR_OPENAT 257

#ifdef RAW
#define PROBE(function, when, name, number)                                                       \
    SEC("raw_tp/sys_" #when)                                                                      \
    int function(struct bpf_raw_tracepoint_args *ctx) {                                           \
        if (!running || NUMBER_##when(ctx) != number)                                             \
            return 0;                                                                             \
        function##_body(ctx);                                                                     \
        return 0;                                                                                 \
    }
#define NUMBER_enter(ctx) ((__s64)(ctx)->args[1])
// At the exit the number is in the saved registers (orig_ax, the 16th word).
#define NUMBER_exit(ctx) saved(ctx, 15)
typedef struct bpf_raw_tracepoint_args context;

static __always_inline __s64 saved(context *ctx, int word) {
    __s64 value = 0;
    bpf_probe_read_kernel(&value, sizeof value, (__s64 *)ctx->args[0] + word);
    return value;
}
static __always_inline __u64 argument(context *ctx, int i) {
    return saved(ctx, i == 0 ? 14 : 13);    // di, si
}
static __always_inline __s64 result(context *ctx) { return (__s64)ctx->args[1]; }
#else
#define PROBE(function, when, name, number)                                                       \
    SEC("tp/syscalls/sys_" #when "_" #name)                                                       \
    int function(context *ctx) {                                                                  \
        if (!running)                                                                             \
            return 0;                                                                             \
        function##_body(ctx);                                                                     \
        return 0;                                                                                 \
    }
typedef struct {
    __u64 common, number;
    __u64 args[6];
} context;
static __always_inline __u64 argument(context *ctx, int i) { return ctx->args[i]; }
static __always_inline __s64 result(context *ctx) { return (__s64)ctx->args[0]; }
#endif

#define MAP(name, map_type, key_type, value_type, size)                                           \
    struct {                                                                                      \
        __uint(type, map_type);                                                                   \
        __uint(max_entries, size);                                                                \
        __type(key, key_type);                                                                    \
        __type(value, value_type);                                                                \
    } name SEC(".maps")

// A histogram's buckets, as hawk keeps them: negative, zero, then one for each power of two.
struct histogram {
    __u64 buckets[66];
};

static __always_inline __u32 bucket(__s64 n) {
    if (n < 0)
        return 0;
    if (n == 0)
        return 1;
    __u32 log = 2;
    __u64 v = n;
    if (v >> 32) { log += 32; v >>= 32; }
    if (v >> 16) { log += 16; v >>= 16; }
    if (v >> 8) { log += 8; v >>= 8; }
    if (v >> 4) { log += 4; v >>= 4; }
    if (v >> 2) { log += 2; v >>= 2; }
    if (v >> 1) { log += 1; }
    return log > 65 ? 65 : log;
}

// The one way to count in a per-CPU hash: add where the key is, insert where it is not.
#define COUNT(map, key)                                                                           \
    do {                                                                                          \
        __u64 *at = bpf_map_lookup_elem(map, key), one = 1;                                       \
        if (at)                                                                                   \
            *at += 1;                                                                             \
        else                                                                                      \
            bpf_map_update_elem(map, key, &one, BPF_ANY);                                         \
    } while (0)

// Records of the event ring: what the loader prints, by kind.
enum { INTEGERS, STRINGS, EXIT };
#define EVENTS()                                                                                  \
    struct {                                                                                      \
        __uint(type, BPF_MAP_TYPE_RINGBUF);                                                       \
        __uint(max_entries, 16 << 20);                                                            \
    } events SEC(".maps")

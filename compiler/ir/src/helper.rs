//! The kernel helpers that programs call, as `linux/bpf.h` numbers them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a helper leaves in the result register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// A number, or nothing.
    Int,
    /// A pointer that may be used directly, or null.
    Ptr,
}

macro_rules! helpers {
    ($( $constant:ident = $name:literal, $number:literal, $returns:ident, $since:literal; )+) => {
        /// A kernel helper that programs may call.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[expect(non_camel_case_types, reason = "named as the kernel names them")]
        pub enum Helper { $( #[doc = concat!("`bpf_", $name, "`, Linux ", $since)] $constant, )+ }

        impl Helper {
            /// Every helper.
            pub const ALL: &[Self] = &[$( Self::$constant, )+];

            /// Its number in `linux/bpf.h`.
            pub const fn number(self) -> u32 {
                match self { $( Self::$constant => $number, )+ }
            }

            /// Its name in `linux/bpf.h`, without `bpf_`.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$constant => $name, )+ }
            }

            /// What it returns.
            pub const fn returns(self) -> Returns {
                match self { $( Self::$constant => Returns::$returns, )+ }
            }
        }
    };
}

#[rustfmt::skip]
helpers! {
    MAP_LOOKUP_ELEM         = "map_lookup_elem",           1, Ptr, "3.18";
    MAP_UPDATE_ELEM         = "map_update_elem",           2, Int, "3.18";
    MAP_DELETE_ELEM         = "map_delete_elem",           3, Int, "3.18";
    KTIME_GET_NS            = "ktime_get_ns",              5, Int, "4.1";
    TRACE_PRINTK            = "trace_printk",              6, Int, "4.1";
    GET_PRANDOM_U32         = "get_prandom_u32",           7, Int, "4.1";
    GET_SMP_PROCESSOR_ID    = "get_smp_processor_id",      8, Int, "4.1";
    TAIL_CALL               = "tail_call",                12, Int, "4.2";
    GET_CURRENT_PID_TGID    = "get_current_pid_tgid",     14, Int, "4.2";
    GET_CURRENT_UID_GID     = "get_current_uid_gid",      15, Int, "4.2";
    GET_CURRENT_COMM        = "get_current_comm",         16, Int, "4.2";
    PERF_EVENT_OUTPUT       = "perf_event_output",        25, Int, "4.4";
    GET_STACKID             = "get_stackid",              27, Int, "4.6";
    GET_CURRENT_TASK        = "get_current_task",         35, Int, "4.8";
    PROBE_WRITE_USER        = "probe_write_user",         36, Int, "4.8";
    CURRENT_TASK_UNDER_CGROUP = "current_task_under_cgroup", 37, Int, "4.9";
    GET_NUMA_NODE_ID        = "get_numa_node_id",         42, Int, "4.10";
    GET_SOCKET_COOKIE       = "get_socket_cookie",        46, Int, "4.12";
    OVERRIDE_RETURN         = "override_return",          58, Int, "4.16";
    GET_CURRENT_CGROUP_ID   = "get_current_cgroup_id",    80, Int, "4.18";
    GET_STACK               = "get_stack",                67, Int, "4.18";
    SEND_SIGNAL             = "send_signal",             109, Int, "5.3";
    SKB_OUTPUT              = "skb_output",              111, Int, "5.5";
    PROBE_READ_USER         = "probe_read_user",         112, Int, "5.5";
    PROBE_READ_KERNEL       = "probe_read_kernel",       113, Int, "5.5";
    PROBE_READ_USER_STR     = "probe_read_user_str",     114, Int, "5.5";
    PROBE_READ_KERNEL_STR   = "probe_read_kernel_str",   115, Int, "5.5";
    SEND_SIGNAL_THREAD      = "send_signal_thread",      117, Int, "5.6";
    JIFFIES64               = "jiffies64",               118, Int, "5.6";
    GET_NS_CURRENT_PID_TGID = "get_ns_current_pid_tgid", 120, Int, "5.7";
    KTIME_GET_BOOT_NS       = "ktime_get_boot_ns",       125, Int, "5.8";
    SEQ_PRINTF              = "seq_printf",              126, Int, "5.7";
    SEQ_WRITE               = "seq_write",               127, Int, "5.7";
    RINGBUF_OUTPUT          = "ringbuf_output",          130, Int, "5.8";
    RINGBUF_RESERVE         = "ringbuf_reserve",         131, Ptr, "5.8";
    RINGBUF_SUBMIT          = "ringbuf_submit",          132, Int, "5.8";
    RINGBUF_DISCARD         = "ringbuf_discard",         133, Int, "5.8";
    RINGBUF_QUERY           = "ringbuf_query",           134, Int, "5.8";
    D_PATH                  = "d_path",                  147, Int, "5.10";
    PER_CPU_PTR             = "per_cpu_ptr",             153, Ptr, "5.10";
    GET_CURRENT_TASK_BTF    = "get_current_task_btf",    158, Ptr, "5.11";
    FOR_EACH_MAP_ELEM       = "for_each_map_elem",       164, Int, "5.13";
    GET_FUNC_IP             = "get_func_ip",             173, Int, "5.15";
    GET_ATTACH_COOKIE       = "get_attach_cookie",       174, Int, "5.15";
    TASK_PT_REGS            = "task_pt_regs",            175, Ptr, "5.15";
    LOOP                    = "loop",                    181, Int, "5.17";
    MAP_LOOKUP_PERCPU_ELEM  = "map_lookup_percpu_elem",  195, Ptr, "5.19";
    KTIME_GET_TAI_NS        = "ktime_get_tai_ns",        208, Int, "6.1";
}

impl fmt::Debug for Helper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

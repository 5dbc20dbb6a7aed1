//! `--info`: what this machine and this build can do.

use std::fs;

use runtime::Machine;
use stdlib::{Config, Feature, Kernel};

const KERNEL_FEATURES: &[(&str, Feature)] = &[
    ("loop", Feature::Loop),
    ("map iteration", Feature::MapIteration),
    ("lookup_percpu_elem", Feature::PerCpuLookup),
    ("get_func_ip", Feature::FunctionAddress),
    ("cookies of perf links", Feature::PerfCookie),
    ("fetch atomics", Feature::FetchAtomics),
    ("keys above 512 bytes", Feature::LargeKeys),
];

const PROBE_TYPES: &[(&str, Feature)] = &[
    ("kprobe", Feature::Kprobe),
    ("kprobe_multi", Feature::KprobeMulti),
    ("uprobe_multi", Feature::UprobeMulti),
    ("fentry", Feature::Fentry),
];

/// Everything, in blocks.
pub(crate) fn text(machine: &Machine, config: &Config) -> String {
    let fact = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let btf = matches!(machine.c_type("struct task_struct"), Ok(Some(_)));
    let os = ["ostype", "osrelease", "version"]
        .map(|name| fact(&format!("/proc/sys/kernel/{name}")));
    let mut out = String::new();
    block(
        &mut out,
        "System",
        &[("OS", os.join(" ")), ("Arch", std::env::consts::ARCH.to_owned())],
    );
    let mode = if config.compat { "bpftrace" } else { "hawk" };
    block(
        &mut out,
        "Build",
        &[
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("LLVM", "yes, linked in".to_owned()),
            ("mode", format!("{mode} (compat = {})", config.compat)),
        ],
    );
    let has = |list: &[(&'static str, Feature)]| -> Vec<(&'static str, String)> {
        list.iter().map(|(name, feature)| (*name, yes(machine.has(*feature)))).collect()
    };
    let mut kernel = has(KERNEL_FEATURES);
    kernel.push(("btf", yes(btf)));
    block(&mut out, "Kernel features", &kernel);
    block(&mut out, "Probe types", &has(PROBE_TYPES));
    out.trim_start().to_owned()
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn block(out: &mut String, title: &str, lines: &[(&str, String)]) {
    *out += &format!("\n{title}\n");
    for (name, value) in lines {
        *out += &format!("  {name}: {value}\n");
    }
}

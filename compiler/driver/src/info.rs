//! `--info`: what this machine and this build can do, for people or as JSON.

use std::{fmt::Write as _, fs};

use runtime::{Capability, Machine};
use serde::Serialize;
use stdlib::{
    Config, Feature, Kernel,
    needs::{self, Requirement},
    probes,
};

use crate::cli;

/// Everything there is to say.
#[derive(Serialize)]
pub(crate) struct Info {
    system: System,
    build: Build,
    permissions: Vec<Permission>,
    features: Vec<FeatureState>,
    probe_types: Vec<ProbeState>,
}

#[derive(Serialize)]
struct System {
    os: String,
    release: String,
    arch: &'static str,
    cpus: usize,
    /// How the kernel is locked down.
    lockdown: Option<String>,
    /// Instructions that a program may have.
    instruction_limit: u32,
    preemptible_tracepoints: bool,
}

#[derive(Serialize)]
struct Build {
    version: &'static str,
    llvm: String,
    /// The BPF instruction set that is compiled for.
    bpf_cpu: &'static str,
    /// Whether the words are bpftrace's.
    compat: bool,
    compatible_with: &'static str,
}

#[derive(Serialize)]
struct Permission {
    name: &'static str,
    held: bool,
    purpose: &'static str,
}

/// One need of the language.
#[derive(Serialize)]
struct FeatureState {
    name: &'static str,
    present: bool,
    since: &'static str,
    /// Why it is not there.
    reason: Option<String>,
    /// Words and forms of the language that need it.
    enables: Vec<&'static str>,
    /// What happens without it.
    without: &'static str,
}

#[derive(Serialize)]
struct ProbeState {
    name: &'static str,
    aliases: &'static [&'static str],
    present: bool,
    /// The first need that is not met.
    lacks: Option<&'static str>,
}

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    data: &'a Info,
}

/// Instructions that a program of root may have, from Linux 5.2 on.
const INSTRUCTION_LIMIT: u32 = 1_000_000;

/// Asks the machine.
pub(crate) fn read(machine: &Machine, config: &Config) -> Info {
    let fact = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let kernel = |name: &str| fact(&format!("/proc/sys/kernel/{name}"));
    Info {
        system: System {
            os: format!("{} {}", kernel("ostype"), kernel("version")),
            release: kernel("osrelease"),
            arch: std::env::consts::ARCH,
            cpus: runtime::online_cpus().len(),
            lockdown: runtime::lockdown(),
            instruction_limit: INSTRUCTION_LIMIT,
            preemptible_tracepoints: machine.has(Feature::PreemptibleTracepoints),
        },
        build: Build {
            version: env!("CARGO_PKG_VERSION"),
            llvm: llvm::version(),
            bpf_cpu: llvm::Cpu::default().name(),
            compat: config.compat,
            compatible_with: cli::COMPATIBLE_WITH,
        },
        permissions: Capability::ALL.into_iter().map(permission).collect(),
        features: needs::ALL.iter().map(|row| feature(machine, row)).collect(),
        probe_types: probes::ALL.iter().map(|row| probe(machine, row)).collect(),
    }
}

fn permission(it: Capability) -> Permission {
    Permission { name: it.name, held: it.is_held(), purpose: it.purpose }
}

fn feature(machine: &Machine, row: &Requirement) -> FeatureState {
    let lack = machine.lacks(row.need);
    FeatureState {
        name: row.name,
        present: lack.is_none(),
        since: row.since,
        reason: lack.map(|why| why.problem),
        enables: row.words.iter().chain(row.forms).copied().collect(),
        without: row.without,
    }
}

fn probe(machine: &Machine, row: &probes::ProbeType) -> ProbeState {
    let unmet = |row: &&Requirement| {
        machine.lacks(row.need).is_some() && row.or.is_none_or(|it| machine.lacks(it).is_some())
    };
    let mut needed = needs::ALL.iter().filter(|it| it.words.contains(&row.name));
    let lacks = needed.find(unmet).map(|row| row.name);
    ProbeState { name: row.name, aliases: row.aliases, present: lacks.is_none(), lacks }
}

impl Info {
    /// One object, on one line.
    pub(crate) fn json(&self) -> String {
        let message = Message { r#type: "info", data: self };
        // Texts and numbers: there is nothing that could fail.
        serde_json::to_string(&message).unwrap_or_default() + "\n"
    }

    /// In blocks, and at the end what is not possible.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let System { os, release, arch, cpus, lockdown, .. } = &self.system;
        let lockdown = lockdown.as_deref().unwrap_or("none").to_owned();
        let system = [("OS", os), ("Kernel", release), ("Arch", &(*arch).to_owned())];
        let mut lines: Vec<_> = system.map(|(name, value)| (name, value.clone())).into();
        lines.extend([("CPUs", cpus.to_string()), ("Lockdown", lockdown)]);
        block(&mut out, "System", &lines);
        block(&mut out, "Build", &self.build_lines());
        let held = |it: &Permission| (it.name, format!("{} ({})", yes(it.held), it.purpose));
        block(&mut out, "Permissions", &self.permissions.iter().map(held).collect::<Vec<_>>());
        let mut lines = vec![("Instruction limit", self.system.instruction_limit.to_string())];
        lines.extend(self.features.iter().map(|it| (it.name, yes(it.present).to_owned())));
        let preempted = yes(self.system.preemptible_tracepoints).to_owned();
        lines.push(("preemptible tracepoints", preempted));
        block(&mut out, "Kernel features", &lines);
        let state = |it: &ProbeState| match it.lacks {
            None => (it.name, "yes".to_owned()),
            Some(need) => (it.name, format!("no (needs {need})")),
        };
        block(&mut out, "Probe types", &self.probe_types.iter().map(state).collect::<Vec<_>>());
        self.missing(&mut out);
        out.trim_start().to_owned()
    }

    fn build_lines(&self) -> Vec<(&'static str, String)> {
        let Build { version, llvm, bpf_cpu, compat, compatible_with } = &self.build;
        let mode = if *compat { "bpftrace" } else { "hawk" };
        vec![
            ("version", (*version).to_owned()),
            ("LLVM", format!("{llvm}, linked in")),
            ("BPF CPU", (*bpf_cpu).to_owned()),
            ("mode", format!("{mode} (compat = {compat})")),
            ("compatible with", format!("bpftrace {compatible_with}")),
        ]
    }

    fn missing(&self, out: &mut String) {
        let missing: Vec<_> = self.features.iter().filter(|it| !it.present).collect();
        if missing.is_empty() {
            return;
        }
        *out += "\nMissing here\n";
        for FeatureState { name, since, reason, enables, without, .. } in missing {
            // Writing to a string cannot fail.
            _ = writeln!(out, "  {name} ({since}): {}", reason.as_deref().unwrap_or_default());
            if !enables.is_empty() {
                _ = writeln!(out, "    disables {}", enables.join(", "));
            }
            _ = writeln!(out, "    {without}");
        }
    }
}

const fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn block(out: &mut String, title: &str, lines: &[(&str, String)]) {
    *out += &format!("\n{title}\n");
    for (name, value) in lines {
        *out += &format!("  {name}: {value}\n");
    }
}

//! `-l`: attach points that match a pattern, those of a program, and types of the kernel.

mod pattern;

use std::{collections::BTreeSet, path::Path};

use runtime::Machine;
use stdlib::{
    Answer, Config, Kernel, Unanswered,
    probes::{self, Listing, ProbeType},
};

use crate::{
    cli::Cli,
    messages::{self, Manner, show},
    pipeline::{self, Failure, Input},
    program, trace,
};

/// One attach point of the list, and what has more to say of it.
struct Line {
    row: &'static ProbeType,
    text: String,
}

/// What is listed, and for whom.
struct List<'a> {
    machine: &'a Machine,
    manner: Manner,
    /// The program of `-c`: probes that name none mean it.
    command: Option<String>,
    /// Also what each passes, with `-v`.
    verbose: bool,
}

/// Lists what the command line asks for; the exit code.
pub(crate) fn list(cli: &Cli, config: Config, machine: &Machine, manner: Manner) -> i32 {
    let words = trace::command(cli).ok().flatten().unwrap_or_default();
    let command = words.first().and_then(|name| machine.binary(name).ok().flatten());
    let list = List { machine, manner, command, verbose: cli.verbose > 0 };
    let word = cli.words.first().map_or("*", String::as_str);
    if cli.program.is_some() || word == "-" || Path::new(word).is_file() {
        return list.of_program(cli, config);
    }
    if Path::new(word).extension().is_some_and(|extension| extension == "bt") {
        let text = if manner.compat {
            format!(
                "It appears that '{word}' is a filename but the file does not exist. Treating '{word}' as a search pattern."
            )
        } else {
            format!("there is no file `{word}`: it is taken for a pattern")
        };
        messages::warn(&text, None, manner);
    }
    let mut failed = false;
    for pattern in pattern::several(word) {
        let pattern = if pattern.is_empty() { "*" } else { pattern };
        match list.matching(pattern) {
            Ok(text) if text.is_empty() => failed |= list.nothing(pattern),
            Ok(text) => show(&text),
            Err(unanswered) => {
                messages::refuse(&unanswered.problem, unanswered.help.as_deref(), manner);
                failed = true;
            }
        }
    }
    i32::from(failed)
}

impl List<'_> {
    /// The attach points of a program, in its order, each once.
    fn of_program(&self, cli: &Cli, config: Config) -> i32 {
        let given = match program::read(cli) {
            Ok(given) => given,
            Err((text, help)) => {
                messages::refuse(&text, help.as_deref(), self.manner);
                return 1;
            }
        };
        let cpu = llvm::Cpu::default();
        let (sources, parameters) = (given.sources, given.parameters);
        let mut input = Input { sources, parameters, config, cpu };
        let mut problems: Vec<_> = given.problem.into_iter().collect();
        let result = if diag::any_error(&problems) {
            Err(Failure::Script)
        } else {
            self.sites(&mut input, &mut problems)
        };
        messages::problems(&mut problems, &input.sources, self.manner);
        match result {
            Ok(lines) => {
                let text = self.text(lines);
                show(&text.unwrap_or_default());
                0
            }
            Err(failure) => {
                messages::failure(&failure, &input.sources, self.manner, self.verbose)
            }
        }
    }

    fn sites(
        &self,
        input: &mut Input,
        problems: &mut Vec<diag::Diagnostic>,
    ) -> Result<Vec<Line>, Failure> {
        let parsed = pipeline::parse(input, problems)?;
        let imported = pipeline::import(input, &parsed, self.machine, problems)?;
        let resolved = pipeline::resolve(input, &imported, problems)?;
        let expansion = pipeline::expand(resolved, self.machine, problems);
        if diag::any_error(problems) {
            return Err(Failure::Script);
        }
        let groups = expansion.heads.iter().flat_map(|head| &head.groups);
        let mut seen = std::collections::HashSet::new();
        let mut lines = Vec::new();
        for (_, site) in groups.flat_map(|group| &group.sites) {
            // Begin and end are no places.
            let kind = site.name.split_once(':').and_then(|(kind, _)| probes::find(kind));
            if let Some(row) = kind
                && seen.insert(site.name.clone())
            {
                lines.push(Line { row, text: site.name.clone() });
            }
        }
        Ok(lines)
    }

    /// The lines of what matches; empty if nothing does.
    fn matching(&self, pattern: &str) -> Answer<String> {
        if let Some(names) = self.machine.types(pattern) {
            return self.types(names?, pattern);
        }
        let parts = pattern::parts(pattern);
        let lines = match parts.as_slice() {
            [word] => self.everywhere(&[word])?,
            [kind, rest @ ..] if kind == "*" => {
                let rest: Vec<_> = rest.iter().map(String::as_str).collect();
                self.everywhere(&rest)?
            }
            [kind, rest @ ..] => {
                let rest: Vec<_> = rest.iter().map(String::as_str).collect();
                self.of_types(kind, &rest)?
            }
            [] => Vec::new(),
        };
        self.text(lines)
    }

    fn types(&self, names: Vec<String>, pattern: &str) -> Answer<String> {
        if !self.verbose {
            return Ok(names.iter().map(|name| format!("{name}\n")).collect());
        }
        let texts = self.machine.type_definitions(pattern).unwrap_or(Ok(Vec::new()))?;
        Ok(texts.iter().map(|text| format!("{text}\n\n")).collect())
    }

    fn text(&self, lines: Vec<Line>) -> Answer<String> {
        let length = lines.iter().map(|line| line.text.len() + 1).sum();
        let mut out = String::with_capacity(length);
        let mut files = BTreeSet::new();
        for Line { row, text } in lines {
            out += &text;
            out.push('\n');
            if !self.verbose {
                continue;
            }
            let target = text.split_once(':').map_or("", |(_, target)| target);
            for detail in (row.details)(self.machine, target)? {
                out += &format!("    {detail}\n");
            }
            if ["uprobe", "uretprobe"].contains(&row.name)
                && let Some((path, _)) = target.split_once(':')
                && !files.contains(path)
            {
                self.tell_if_nothing_is_known(path);
                files.insert(path.to_owned());
            }
        }
        Ok(out)
    }

    /// Says why functions of a file have no parameters.
    fn tell_if_nothing_is_known(&self, path: &str) {
        if self.machine.has_debug_information(path) {
            return;
        }
        let text = if self.manner.compat {
            format!("No DWARF found for \"{path}\", cannot show parameter info")
        } else {
            format!("`{path}` has no debug information: what its functions take is not known")
        };
        messages::warn(&text, None, self.manner);
    }

    /// Of every type that is listed without being named, what matches. What a machine cannot list,
    /// such as functions where there are no kprobes, is left out unless nothing is left.
    fn everywhere(&self, parts: &[&str]) -> Answer<Vec<Line>> {
        let has_file = parts.len() > 1 && parts[0].contains('/') && !parts[0].contains('*');
        let rows = probes::ALL.iter().filter(|row| match row.listing {
            Listing::Always => !has_file,
            Listing::OfFiles => has_file || self.has_process(),
            Listing::Named => false,
        });
        let of_files = |row: &ProbeType| row.listing == Listing::OfFiles && !has_file;
        let with_any = [&["*"], parts].concat();
        let parts =
            |row: &ProbeType| if of_files(row) { with_any.clone() } else { parts.to_vec() };
        self.of_rows(rows.map(|row| (row, parts(row))))
    }

    fn of_types(&self, kind: &str, parts: &[&str]) -> Answer<Vec<Line>> {
        let wanted = kind.to_lowercase();
        let names = |row: &'static ProbeType| {
            std::iter::once(row.name).chain(row.aliases.iter().copied())
        };
        let exact = probes::find(kind);
        let rows: Vec<_> = match exact {
            Some(row) => vec![row],
            None => probes::ALL
                .iter()
                .filter(|row| names(row).any(|known| probes::matches(&wanted, known)))
                .collect(),
        };
        if rows.is_empty() {
            return Err(unknown(kind));
        }
        self.of_rows(rows.into_iter().map(|row| (row, parts.to_vec())))
    }

    fn of_rows<'p>(
        &self,
        rows: impl Iterator<Item = (&'static ProbeType, Vec<&'p str>)>,
    ) -> Answer<Vec<Line>> {
        let mut lines = Vec::new();
        let mut answered = false;
        let mut problem = None;
        for (row, parts) in rows {
            let parts = self.of_process(row, parts);
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            match (row.list)(self.machine, &parts) {
                Ok(found) => {
                    answered = true;
                    lines.extend(found.into_iter().map(|text| Line { row, text }));
                }
                Err(unanswered) => problem = problem.or(Some(unanswered)),
            }
        }
        match problem {
            Some(unanswered) if !answered => Err(unanswered),
            Some(_) | None => Ok(lines),
        }
    }

    fn has_process(&self) -> bool {
        self.machine.target_pid().is_some() || self.command.is_some()
    }

    /// With a process, a function's name alone means its program, and `*` what it has mapped.
    fn of_process(&self, row: &ProbeType, parts: Vec<&str>) -> Vec<String> {
        let mut parts: Vec<_> = parts.into_iter().map(str::to_owned).collect();
        if row.listing == Listing::Always || !self.has_process() {
            return parts;
        }
        if let [name] = parts.as_slice()
            && name != "*"
            && self.machine.binary(name).ok().flatten().is_none()
        {
            parts.insert(0, String::new());
        }
        if let (Some(path), Some(target)) = (&self.command, parts.first_mut())
            && (target.is_empty() || target == "*")
        {
            target.clone_from(path);
        }
        parts
    }

    /// Says that nothing matches; whether that is a failure. For bpftrace it is none.
    fn nothing(&self, pattern: &str) -> bool {
        if self.manner.compat {
            return false;
        }
        let row = pattern.split_once(':').and_then(|(kind, _)| probes::find(kind));
        let help = match (self.near(pattern), row) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            // It is written as it should be.
            (None, Some(row)) if parts_of(row.usage) == parts_of(pattern) => {
                let all = self.all_of(pattern).unwrap_or_else(|| format!("{}:*", row.name));
                format!("nothing there has such a name: list all with `hawk -l '{all}'`")
            }
            (None, Some(row)) => format!("it is written `{}`", row.usage),
            (None, None) => "in patterns only `*` is special: `hawk -l '*open*'`".to_owned(),
        };
        messages::refuse(&format!("nothing matches `{pattern}`"), Some(&help), self.manner);
        true
    }

    /// The pattern of all that stands beside what was asked for, if there is any.
    fn all_of(&self, pattern: &str) -> Option<String> {
        let all = format!("{}:*", pattern.rsplit_once(':')?.0);
        let parts = pattern::parts(&all);
        let (kind, rest) = parts.split_first()?;
        let rest: Vec<_> = rest.iter().map(String::as_str).collect();
        let is_any = self.of_types(kind, &rest).is_ok_and(|lines| !lines.is_empty());
        is_any.then_some(all)
    }

    /// What has almost the name that was asked for.
    fn near(&self, pattern: &str) -> Option<String> {
        let mut parts = pattern::parts(pattern);
        let wanted = parts.pop().filter(|name| !name.contains('*'))?;
        let kind = parts.first()?.clone();
        parts.push("*".to_owned());
        let rest: Vec<_> = parts[1..].iter().map(String::as_str).collect();
        let lines = self.of_types(&kind, &rest).ok()?;
        let last = |line: &'_ Line| line.text.rsplit(':').next().unwrap_or_default().to_owned();
        let names: Vec<_> = lines.iter().map(last).collect();
        let near = stdlib::nearest(&wanted, names.iter().map(String::as_str))?;
        lines.iter().find(|line| last(line) == near).map(|line| line.text.clone())
    }
}

/// How many parts a pattern has between its colons.
fn parts_of(pattern: &str) -> usize {
    pattern.split(':').count()
}

fn unknown(kind: &str) -> Unanswered {
    let names: Vec<_> = probes::ALL.iter().map(|row| row.name).collect();
    Unanswered {
        problem: format!("unknown probe type `{kind}`"),
        help: Some(match stdlib::nearest(kind, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("probe types are {}", names.join(", ")),
        }),
    }
}

//! Which picture of which map is wanted: `--flame` and its like, and what the name of `-o` ends
//! with. It knows the options, not how pictures are drawn.

use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::Path,
};

use ir::{Program, Table, TableId};
use runtime::pictures::{self, Form, Picture, Unfit};

use crate::{
    cli::{Cli, FormatName},
    listing,
    pipeline::Failure,
};

/// Options for pictures; one at a time. The map may be left out where only one can be drawn so.
#[derive(Debug, Default, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Options {
    /// Draw a flame graph (SVG) of a map with stacks in its key, into the file of -o
    #[arg(long, value_name = "@MAP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    flame: Option<String>,

    /// Write such a map as folded stacks, as tools for flame graphs read them
    #[arg(long, value_name = "@MAP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    folded: Option<String>,

    /// Write such a map as a profile for pprof
    #[arg(long, value_name = "@MAP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pprof: Option<String>,

    /// Write such a map, or the numbers of any other over time, as a trace for Perfetto
    #[arg(long, value_name = "@MAP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    perfetto: Option<String>,

    /// Draw a map of histograms over time (SVG): a column each time that the program prints it, or
    /// by itself
    #[arg(long, value_name = "@MAP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    heatmap: Option<String>,
}

/// A form and its words.
struct Row {
    form: Form,
    option: &'static str,
    /// As in "can't be drawn as …".
    name: &'static str,
    /// What names of its files end with.
    endings: &'static [&'static str],
}

#[rustfmt::skip]
const ROWS: [Row; 5] = [
    Row { form: Form::Flame, option: "--flame", name: "a flame graph", endings: &[".svg"] },
    Row { form: Form::HeatMap, option: "--heatmap", name: "a heat map", endings: &[".svg"] },
    Row { form: Form::Folded, option: "--folded", name: "folded stacks", endings: &[".folded"] },
    Row { form: Form::Pprof, option: "--pprof", name: "a profile", endings: &[".pb.gz", ".pprof"] },
    Row { form: Form::Perfetto, option: "--perfetto", name: "a trace", endings: &[".pftrace", ".perfetto-trace"] },
];

impl Options {
    /// The option that is given, and the map that it names, if it does.
    fn given(&self) -> Option<(&'static Row, Option<&str>)> {
        let of = |form| match form {
            Form::Flame => &self.flame,
            Form::Folded => &self.folded,
            Form::Pprof => &self.pprof,
            Form::Perfetto => &self.perfetto,
            Form::HeatMap => &self.heatmap,
        };
        let given = |row: &'static Row| of(row.form).as_deref().map(|map| (row, map));
        let (row, map) = ROWS.iter().find_map(given)?;
        Some((row, Some(map).filter(|map| !map.is_empty())))
    }
}

/// `--flame @m` as `--flame=@m`: a map is told from the program's file by its `@`.
pub(crate) fn join(words: Vec<OsString>) -> Vec<OsString> {
    let mut out: Vec<OsString> = Vec::with_capacity(words.len());
    let mut rest = words.into_iter().peekable();
    while let Some(mut word) = rest.next() {
        match word.to_str() {
            Some("--") => {
                out.push(word);
                break;
            }
            Some(text) if ROWS.iter().any(|row| row.option == text) => {
                let is_map = |next: &OsString| next.to_string_lossy().starts_with('@');
                if let Some(map) = rest.next_if(is_map) {
                    word.push("=");
                    word.push(map);
                }
                out.push(word);
            }
            // Its value may look like any of these.
            Some("-e" | "-c" | "--cmd" | "-o" | "--output") => {
                out.push(word);
                out.extend(rest.next());
            }
            Some(_) | None => out.push(word),
        }
    }
    out.extend(rest);
    out
}

/// The picture that is wanted of `program`, if one is. bpftrace has none, so that in its mode
/// names of files mean nothing.
///
/// # Errors
///
/// Returns why it can't be drawn, or can't be written.
pub(crate) fn wanted(
    cli: &Cli,
    program: &Program,
    compat: bool,
) -> Result<Option<Picture>, Failure> {
    let (form, table) = match cli.pictures.given() {
        Some((row, map)) => chosen(program, &[row], map)?,
        None if compat || cli.format.is_some() => return Ok(None),
        None => {
            let rows = cli.output.as_deref().map(by_ending).unwrap_or_default();
            if rows.is_empty() {
                return Ok(None);
            }
            chosen(program, &rows, None).map_err(|failure| or_text(failure, cli))?
        }
    };
    match &cli.output {
        Some(path) => pictures::check_file(path)
            .map_err(|source| Failure::File { path: path.clone(), source })?,
        None => check_standard_output(cli, form)?,
    }
    Ok(Some(Picture { form, table, file: cli.output.clone() }))
}

/// What files of this name have in them.
fn by_ending(path: &Path) -> Vec<&'static Row> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ends = |row: &&Row| row.endings.iter().any(|ending| name.ends_with(ending));
    ROWS.iter().filter(ends).collect()
}

/// The same failure, for somebody who wants no picture at all.
fn or_text(failure: Failure, cli: &Cli) -> Failure {
    let Failure::Picture { text, help } = failure else { return failure };
    let path = cli.output.as_deref().unwrap_or(Path::new("")).display();
    Failure::Picture { text, help: format!("{help}; `-f text -o {path}` writes text to it") }
}

fn check_standard_output(cli: &Cli, form: Form) -> Result<(), Failure> {
    if form.is_binary() && io::stdout().is_terminal() {
        let text = "what is not text is nothing for a terminal".to_owned();
        return Err(Failure::Picture { text, help: "write `-o FILE`".to_owned() });
    }
    if cli.format == Some(FormatName::Json) {
        let text = "JSON and a picture can't both go to standard output".to_owned();
        let help = "write `-o FILE` for the picture".to_owned();
        return Err(Failure::Picture { text, help });
    }
    Ok(())
}

/// The map, and as what it is drawn.
fn chosen(
    program: &Program,
    rows: &[&Row],
    map: Option<&str>,
) -> Result<(Form, TableId), Failure> {
    let tables = &program.tables;
    if let (Some(map), [row]) = (map, rows) {
        listing::known(tables, Some(map))?;
        let table = tables.iter().find(|(_, table)| table.name == map);
        let Some((id, table)) = table else { return Err(none(rows)) };
        return match row.form.fits(table) {
            Ok(()) => Ok((row.form, id)),
            Err(unfit) => Err(refused(row, table, unfit)),
        };
    }
    let fitting = rows.iter().flat_map(|row| {
        let fits = move |(_, table): &(TableId, &Table)| row.form.fits(table).is_ok();
        tables.iter().filter(fits).map(|(id, _)| (*row, id))
    });
    let fitting: Vec<_> = fitting.collect();
    match fitting.as_slice() {
        [(row, id)] => Ok((row.form, *id)),
        [] => Err(match (rows, tables.iter().collect::<Vec<_>>().as_slice()) {
            // There is only one that can be meant.
            ([row], [(_, table)]) => row
                .form
                .fits(table)
                .err()
                .map_or_else(|| none(rows), |it| refused(row, table, it)),
            _ => none(rows),
        }),
        several => {
            let one =
                |(row, id): &(&Row, TableId)| format!("{} {}", row.option, tables[*id].name);
            let ways: Vec<_> = several.iter().map(one).collect();
            let text = "several maps of this program can be drawn".to_owned();
            Err(Failure::Picture { text, help: format!("write one of {}", ways.join(", ")) })
        }
    }
}

fn none(rows: &[&Row]) -> Failure {
    let names: Vec<_> = rows.iter().map(|row| row.name).collect();
    let text = format!("no map of this program can be drawn as {}", names.join(" or "));
    let helps = rows.iter().map(|row| match row.form {
        Form::HeatMap => need("@", Unfit::NoHistogram),
        Form::Perfetto => need("@", Unfit::NoNumber),
        Form::Flame | Form::Folded | Form::Pprof => need("@", Unfit::NoStack),
    });
    let help = format!("write e.g. {}", helps.collect::<Vec<_>>().join(" or "));
    Failure::Picture { text, help }
}

fn refused(row: &Row, table: &Table, unfit: Unfit) -> Failure {
    let (map, name) = (&table.name, row.name);
    let reason = match unfit {
        Unfit::NoStack => "its key has no stack in it",
        Unfit::NoSum => "what it holds can't be added up",
        Unfit::NoHistogram => "it holds no histogram",
        Unfit::NoNumber => "it holds no numbers",
    };
    let text = format!("{map} can't be drawn as {name}: {reason}");
    let help = match unfit {
        Unfit::NoStack | Unfit::NoHistogram | Unfit::NoNumber => {
            format!("write e.g. {}", need(map, unfit))
        }
        Unfit::NoSum => need(map, unfit),
    };
    Failure::Picture { text, help }
}

/// What would do.
fn need(map: &str, unfit: Unfit) -> String {
    match unfit {
        Unfit::NoStack => format!("`{map}[kstack, ustack, comm] = count()`"),
        Unfit::NoSum => format!(
            "`count()`, `sum()`, `stats()` and numbers can, as in `{map}[kstack] = sum(VALUE)`"
        ),
        Unfit::NoNumber => format!("`{map}[comm] = count()`"),
        Unfit::NoHistogram => {
            format!("`{map} = hist(VALUE)` or `{map} = lhist(VALUE, 0, 100, 10)`")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{by_ending, join};

    #[test]
    fn maps_are_joined_to_their_options() {
        for (given, expected) in [
            ("hawk --flame @m x.bt", "hawk --flame=@m x.bt"),
            ("hawk --flame x.bt", "hawk --flame x.bt"),
            ("hawk --folded @ -e p", "hawk --folded=@ -e p"),
            ("hawk -e --flame @m", "hawk -e --flame @m"),
            ("hawk x.bt -- --flame @m", "hawk x.bt -- --flame @m"),
            ("hawk x.bt --heatmap", "hawk x.bt --heatmap"),
        ] {
            let words = join(given.split(' ').map(Into::into).collect());
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            assert_eq!(words.join(" "), expected);
        }
    }

    #[test]
    fn names_of_files_say_what_is_in_them() {
        let options = |name: &str| {
            let rows = by_ending(Path::new(name));
            rows.iter().map(|row| row.option).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(options("/tmp/out.svg"), "--flame --heatmap");
        assert_eq!(options("out.folded"), "--folded");
        assert_eq!(options("out.pb.gz"), "--pprof");
        assert_eq!(options("svg"), "");
        assert_eq!(options("out.svg/text"), "");
    }
}

//! A test file: header lines, a program, and what is expected of it.
//!
//! ```text
//! // kernel: linux-5.10
//! begin { $x = 1 }
//! --- errors ---
//! …
//! ```
//! The header lines are comments of the language and stay part of the program.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Between the dashes.
    pub name: String,
    /// The lines below, up to the next section.
    pub text: String,
}

/// One test file.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it is.
    pub path: PathBuf,
    /// The program with its header.
    pub program: String,
    /// What is expected.
    pub sections: Vec<Section>,
}

impl Case {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Returns a sentence if there is no such file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut program = String::new();
        let mut sections: Vec<Section> = Vec::new();
        for line in text.split_inclusive('\n') {
            let name =
                line.trim_end().strip_prefix("--- ").and_then(|it| it.strip_suffix(" ---"));
            match (name, sections.last_mut()) {
                (Some(name), _) => {
                    sections.push(Section { name: name.to_owned(), text: String::new() });
                }
                (None, Some(section)) => section.text += line,
                (None, None) => program += line,
            }
        }
        Ok(Self { path: path.to_owned(), program, sections })
    }

    /// The value of header line `// key: value`.
    pub fn header(&self, key: &str) -> Option<&str> {
        let comments = self.program.lines().take_while(|line| line.starts_with("//"));
        comments
            .filter_map(|line| line.strip_prefix("// "))
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':').map(str::trim))
    }

    /// The words of a header line, separated by blanks or commas.
    pub fn words(&self, key: &str) -> Vec<&str> {
        let value = self.header(key).unwrap_or_default();
        value.split([' ', ',']).filter(|word| !word.is_empty()).collect()
    }

    /// The text of a section.
    pub fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|section| section.name == name).map(|it| it.text.as_str())
    }

    /// Files beside the program: sections `file NAME`.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = |section: &'_ Section| section.name.starts_with("file ");
        let files = self.sections.iter().filter(move |section| named(section));
        files.map(|it| (it.name.trim_start_matches("file "), it.text.as_str()))
    }

    /// The file as it should be with these sections.
    pub fn with(&self, sections: &[Section]) -> String {
        let mut out = self.program.clone();
        for Section { name, text } in sections {
            out += &format!("--- {name} ---\n{text}");
            if !text.is_empty() && !text.ends_with('\n') {
                out.push('\n');
            }
        }
        out
    }

    /// What the test is called: folder and file, without the ending.
    pub fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let folder = self.path.parent().and_then(Path::file_name).unwrap_or_default();
        format!("{}::{stem}", folder.to_string_lossy())
    }
}

/// The `.bt` files of `folder`, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "bt"));
    paths.sort();
    paths
}

/// The first line that differs, with those that follow.
pub fn difference(expected: &str, found: &str) -> String {
    let same = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
    let show = |text: &str| text.lines().skip(same).take(8).collect::<Vec<_>>().join("\n");
    format!("line {}, expected:\n{}\nfound:\n{}", same + 1, show(expected), show(found))
}

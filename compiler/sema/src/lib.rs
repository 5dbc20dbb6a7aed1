//! Meaning: from the syntax tree to the intermediate representation, in five stages:
//! [`import`] (files, C), [`resolve`] (parameters, settings), [`expand`] (attach points), [`check`] (types), [`lower`].
//! It knows no word of the vocabulary by name; it reads no file and asks [`stdlib::Kernel`].

mod c;
mod check;
mod expand;
mod functions;
mod import;
mod limits;
mod lower;
mod macros;
mod missing;
mod options;
mod own;
mod parameters;
mod pinned;
mod prelude;
mod purpose;
mod relocate;
mod resolve;
mod settings;
mod typed;
mod types;
mod walk;

pub use check::check;
pub use expand::{Expansion, Group, Head, expand};
pub use functions::Functions;
pub use import::{Imported, import};
pub use limits::too_many_programs;
pub use lower::{Form, Repeats, Room, Tests, lower, repeats, too_many_roots};
pub use options::{ProgramOption, unknown_options, wants_help};
pub use parameters::Parameters;
pub use resolve::{Declared, DeclaredKind, Resolved, resolve};
pub use typed::Program as Typed;

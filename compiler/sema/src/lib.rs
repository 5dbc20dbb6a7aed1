//! Meaning: from the syntax tree to the intermediate representation, in four stages:
//! [`resolve`] (parameters, settings), [`expand`] (attach points), [`check`] (types), [`lower`].
//! It knows no word of the vocabulary by name; it reads no file and asks [`stdlib::Kernel`].

mod c;
mod check;
mod expand;
mod lower;
mod macros;
mod prelude;
mod resolve;
mod typed;
mod types;
mod walk;

pub use check::check;
pub use expand::{Expansion, Group, Head, expand};
pub use lower::lower;
pub use resolve::{Declared, DeclaredKind, Parameters, Resolved, resolve};
pub use typed::Program as Typed;

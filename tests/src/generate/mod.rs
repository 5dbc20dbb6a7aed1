//! Random programs that are right: made of what the rows of the vocabulary say and what the
//! machine has, so that the checker must take them and the kernel must load them. And what is
//! done with them: attempts, changes that make them wrong, and making a failing one small.

mod attempt;
mod calls;
mod coverage;
mod expr;
mod fields;
mod heads;
mod mutate;
mod program;
mod random;
mod samples;
mod shape;
mod shrink;
mod stmt;
mod values;
mod vocabulary;
mod writer;

pub use attempt::{Broken, Outcome, Until, attempt, caught, input, settings};
pub use coverage::Coverage;
pub use mutate::mutated;
pub use program::Generator;
pub use random::Random;
pub use shrink::shrunk;
pub use vocabulary::{Vocabulary, missing_constructs, row_names};

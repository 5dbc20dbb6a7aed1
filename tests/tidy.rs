//! Holds the rows of the vocabulary to what the manual, the help and the tests expect of them.
#![cfg(test)]

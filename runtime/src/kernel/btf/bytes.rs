//! Where BTF's bytes are: in memory, or in a file that is mapped.

use std::ops::Range;

use crate::ffi::Mapping;

/// Bytes that don't change.
#[derive(Debug)]
pub(super) enum Bytes {
    Read(Vec<u8>),
    /// Part of a mapped file.
    Mapped(Mapping, Range<usize>),
}

impl Bytes {
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Mapped(mapping, part) => {
                mapping.as_slice().get(part.clone()).unwrap_or_default()
            }
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Read(bytes)
    }
}

impl From<Mapping> for Bytes {
    fn from(mapping: Mapping) -> Self {
        let all = 0..mapping.as_slice().len();
        Self::Mapped(mapping, all)
    }
}

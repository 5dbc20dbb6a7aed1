//! Where output goes, and when.

use std::io::{self, Write};

/// So much is collected before it is written, however long no pause comes.
const CHUNK: usize = 64 << 10;

/// When output is written (`-B`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Buffering {
    /// Complete lines, as soon as no event is waiting.
    #[default]
    Line,
    /// When much has come together, and at the end.
    Full,
    /// Every message by itself.
    None,
}

/// A stream with a buffer that messages are composed in.
pub struct Sink {
    target: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    buffering: Buffering,
}

impl Sink {
    /// Writes to `target`.
    pub fn new(target: Box<dyn Write + Send>, buffering: Buffering) -> Self {
        Self { target, buffer: Vec::with_capacity(CHUNK + CHUNK / 4), buffering }
    }

    /// Where a message is composed.
    pub(super) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// A message is complete.
    pub(super) fn message_end(&mut self) -> io::Result<()> {
        match self.buffering {
            Buffering::None => self.flush(),
            Buffering::Line | Buffering::Full if self.buffer.len() >= CHUNK => {
                self.write(self.buffer.len())
            }
            Buffering::Line | Buffering::Full => Ok(()),
        }
    }

    /// Nothing more comes for the moment.
    pub(super) fn drained(&mut self) -> io::Result<()> {
        match self.buffering {
            Buffering::None | Buffering::Full => Ok(()),
            Buffering::Line => match self.buffer.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => {
                    self.write(end + 1)?;
                    self.target.flush()
                }
                None => Ok(()),
            },
        }
    }

    /// Writes all there is.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.write(self.buffer.len())?;
        self.target.flush()
    }

    fn write(&mut self, length: usize) -> io::Result<()> {
        let result = self.target.write_all(&self.buffer[..length]);
        // What a broken stream did not take is gone; keeping it would only fill the memory.
        self.buffer.drain(..length);
        result
    }
}

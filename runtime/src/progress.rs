//! How far attaching is: shown on the terminal when it takes long, and ended by the user's signals.

use std::{
    io::{self, IsTerminal, Write},
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use crate::ffi;

/// Nobody wants to see a bar for less.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is drawn.
const INTERVAL: Duration = Duration::from_millis(100);
/// Letters of the bar itself.
const WIDTH: usize = 30;

/// What comes after an attach point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next one.
    GoOn,
    /// Nothing: the user wants the end.
    Stop,
}

/// The work of attaching so many sites.
#[derive(Debug)]
pub(crate) struct Progress<'run, W: Write = io::Stderr> {
    total: usize,
    done: usize,
    /// Where it is shown, if anybody looks.
    screen: Option<W>,
    /// When it is to be drawn next.
    draw_at: Instant,
    is_drawn: bool,
    signals: Option<BorrowedFd<'run>>,
}

impl<'run> Progress<'run> {
    /// Starts work on `total` sites, which ends when one of the signals comes.
    pub(crate) fn new(total: usize, signals: BorrowedFd<'run>) -> Self {
        let screen = Some(io::stderr()).filter(IsTerminal::is_terminal);
        let mut progress = Progress::on(total, screen, PATIENCE);
        progress.signals = Some(signals);
        progress
    }
}

impl<W: Write> Progress<'_, W> {
    fn on(total: usize, screen: Option<W>, patience: Duration) -> Self {
        let draw_at = Instant::now() + patience;
        Self { total, done: 0, screen, draw_at, is_drawn: false, signals: None }
    }

    /// So many more are done.
    pub(crate) fn add(&mut self, count: usize) -> Next {
        self.done += count;
        if Instant::now() >= self.draw_at {
            self.draw();
        }
        // A signal that prints the maps is too early here.
        while let Some(signal) = self.signals.and_then(ffi::next_signal) {
            if signal != libc::SIGUSR1 {
                return Next::Stop;
            }
        }
        Next::GoOn
    }

    fn draw(&mut self) {
        self.draw_at = Instant::now() + INTERVAL;
        let Some(screen) = &mut self.screen else { return };
        self.is_drawn = true;
        let bar = bar(self.done, self.total);
        // Whoever closed the terminal misses nothing.
        let _ = write!(screen, "\rAttaching {bar} {} of {}", self.done, self.total);
        let _ = screen.flush();
    }
}

impl<W: Write> Drop for Progress<'_, W> {
    /// Leaves an empty line for what is printed next.
    fn drop(&mut self) {
        if let Some(screen) = self.screen.as_mut().filter(|_| self.is_drawn) {
            let _ = write!(screen, "\r\x1b[K");
            let _ = screen.flush();
        }
    }
}

fn bar(done: usize, total: usize) -> String {
    let full = (done * WIDTH).checked_div(total).unwrap_or(WIDTH).min(WIDTH);
    format!("[{}{}]", "#".repeat(full), "-".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Next, Progress};

    fn shown(patience: Duration) -> String {
        let mut screen = Vec::new();
        let mut progress = Progress::on(40, Some(&mut screen), patience);
        assert_eq!(progress.add(10), Next::GoOn);
        drop(progress);
        String::from_utf8(screen).unwrap_or_default()
    }

    #[test]
    fn a_bar_is_shown_where_it_takes_long_and_removed() {
        let bar = "#######-----------------------";
        assert_eq!(shown(Duration::ZERO), format!("\rAttaching [{bar}] 10 of 40\r\x1b[K"));
    }

    #[test]
    fn nothing_is_shown_where_it_is_quick() {
        assert_eq!(shown(Duration::from_secs(100)), "");
    }
}

//! Pictures of maps: flame graphs and profiles of those with stacks in their keys, heat maps of
//! histograms. It knows what maps hold, not how they are filled.

mod caption;
mod file;
mod flame;
mod folded;
mod heat;
mod pace;
mod perfetto;
mod pprof;
mod recorder;
mod samples;
mod svg;
mod timeline;

use std::path::PathBuf;

use ir::{Reduce, Table, TableId, Ty};

pub use caption::Caption;
pub use file::check as check_file;
pub use flame::flame;
pub use folded::folded;
pub use heat::{Column, HeatMap, MOST_COLUMNS, draw as draw_heat_map};
pub use pprof::pprof;
pub(crate) use recorder::Recorder;
pub use samples::{Function, Line, Place, Sample, Samples};
pub use timeline::Timeline;

/// What a map is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A flame graph, as SVG.
    Flame,
    /// Folded stacks, as text.
    Folded,
    /// A profile for pprof.
    Pprof,
    /// A trace for Perfetto.
    Perfetto,
    /// A histogram over time, as SVG.
    HeatMap,
}

/// A picture that is wanted of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub form: Form,
    /// Of which map.
    pub table: TableId,
    /// Where to, if not to standard output.
    pub file: Option<PathBuf>,
}

/// Why a map can't be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Its key has no stack in it.
    NoStack,
    /// What it holds does not add up.
    NoSum,
    /// It is no histogram.
    NoHistogram,
    /// It holds no numbers.
    NoNumber,
}

impl Form {
    /// Whether `table` can be drawn as this.
    ///
    /// # Errors
    ///
    /// Returns what it lacks.
    pub fn fits(self, table: &Table) -> Result<(), Unfit> {
        match self {
            Self::HeatMap => {
                let is_histogram = matches!(
                    table.value,
                    Ty::Reduced(Reduce::Log2 { .. } | Reduce::Linear { .. })
                );
                is_histogram.then_some(()).ok_or(Unfit::NoHistogram)
            }
            Self::Perfetto if self.is_over_time(table) => {
                timeline::is_number(&table.value).then_some(()).ok_or(Unfit::NoNumber)
            }
            Self::Flame | Self::Folded | Self::Pprof | Self::Perfetto => {
                if !has_stack(table) {
                    Err(Unfit::NoStack)
                } else if samples::adds_up(&table.value) {
                    Ok(())
                } else {
                    Err(Unfit::NoSum)
                }
            }
        }
    }

    /// Whether what `table` holds at the end is not enough for it.
    fn is_over_time(self, table: &Table) -> bool {
        match self {
            Self::HeatMap => true,
            Self::Perfetto => !has_stack(table),
            Self::Flame | Self::Folded | Self::Pprof => false,
        }
    }

    /// Whether a terminal must not see it.
    pub const fn is_binary(self) -> bool {
        match self {
            Self::Pprof | Self::Perfetto => true,
            Self::Flame | Self::Folded | Self::HeatMap => false,
        }
    }
}

fn has_stack(table: &Table) -> bool {
    table.key.as_ref().is_some_and(crate::value::has_stack)
}

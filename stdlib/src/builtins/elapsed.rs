//! `elapsed`

use ir::{Bin, Helper, State, Ty};

use crate::functions::{Takes, Word};

pub(super) const ELAPSED: Word = Word {
    name: "elapsed",
    usage: "elapsed",
    summary: "Nanoseconds since hawk began to run the program.",
    example: "interval:s:1 { printf(\"%d ms\\n\", elapsed / 1000000); exit(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| {
        let state = l.program().state;
        let b = l.b();
        let now = b.call(Helper::KTIME_GET_BOOT_NS, &[]);
        let Some(state) = state else { return now };
        let address = b.global(state.global);
        let started = b.load64(address, State::STARTED);
        b.bin(Bin::Sub, now, started)
    },
};

//! usdt_rust_target N - passes through each of its static probes, for i in 0 ... N-1; prints nothing.
//!
//!   rust:weighed   in a generic function, for u8 and for u64: so twice for each i; the size of the
//!                  type, i, and what lies in memory: -i in 4 bytes
//!   rust:guarded   by a semaphore, in a closure: i and 7
use std::{arch::asm, hint::black_box};

#[unsafe(no_mangle)]
#[unsafe(link_section = ".probes")]
static mut rust_semaphore: u16 = 0;

/// A static probe, with a note as sys/sdt.h would write it.
macro_rules! note {
    ($name:literal, $semaphore:literal, $operands:literal, $($input:tt)*) => {
        asm!(
            "990: nop",
            ".pushsection .note.stapsdt,\"?\",\"note\"",
            ".balign 4",
            ".4byte 992f-991f, 994f-993f, 3",
            "991: .asciz \"stapsdt\"",
            "992: .balign 4",
            concat!("993: .8byte 990b, _.stapsdt.base, ", $semaphore),
            ".asciz \"rust\"",
            concat!(".asciz \"", $name, "\""),
            concat!(".asciz \"", $operands, "\""),
            "994: .balign 4",
            ".popsection",
            ".ifndef _.stapsdt.base",
            ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat",
            ".weak _.stapsdt.base",
            ".hidden _.stapsdt.base",
            "_.stapsdt.base: .space 1",
            ".size _.stapsdt.base, 1",
            ".popsection",
            ".endif",
            $($input)*,
            options(att_syntax, nostack)
        )
    };
}

#[inline(never)]
fn weigh<T>(of: T, i: u64) -> T {
    let below = black_box([0, -(i as i32)]);
    unsafe {
        note!("weighed", "0", "8@{size} 8@{i} -4@4({below})",
            size = in(reg) size_of::<T>(), i = in(reg) i, below = in(reg) &below);
    }
    of
}

fn main() {
    let count = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    let guarded = |i: u64| unsafe {
        if (&raw const rust_semaphore).read_volatile() != 0 {
            note!("guarded", "rust_semaphore", "8@{i} 4@$7", i = in(reg) i);
        }
    };
    for i in 0..count {
        black_box(weigh(black_box(1u8), i));
        black_box(weigh(black_box(1u64), i));
        guarded(i);
    }
}

//! A call chain that tests know, as only Rust has it: a method of a trait, a generic function, a
//! closure and two inlined functions, the inner of which makes one getppid call by itself. Compiled
//! as a release is, with debug information. With an argument it is led, as `chain_target.c` is.
use std::{
    hint::black_box,
    io::{self, Read, Write},
    os::unix::process::parent_id,
};

mod chain {
    use super::{black_box, parent_id};

    pub trait Link {
        fn pull(&self, times: u32) -> u64;
    }

    pub struct Iron(pub u64);

    impl Link for Iron {
        #[inline(never)]
        fn pull(&self, times: u32) -> u64 {
            last(black_box(times)) + black_box(self.0)
        }
    }

    #[inline(never)]
    pub fn last<T: Into<u64>>(value: T) -> u64 {
        black_box(middle()) + value.into()
    }

    #[inline(always)]
    fn middle() -> u64 {
        black_box(ask()) + 1
    }

    #[inline(always)]
    fn ask() -> u64 {
        u64::from(black_box(parent_id()))
    }
}

#[inline(never)]
fn twice(pull: &dyn Fn(u32) -> u64) -> u64 {
    black_box(pull(black_box(2))) + 1
}

fn led() -> bool {
    let mut out = io::stdout();
    let written = out.write_all(b"\n").and_then(|()| out.flush());
    written.is_ok() && io::stdin().read(&mut [0]).is_ok_and(|length| length == 1)
}

fn main() {
    let is_led = std::env::args().len() > 1;
    let iron: Box<dyn chain::Link> = black_box(Box::new(chain::Iron(3)));
    loop {
        black_box(twice(&|times| black_box(iron.pull(times)) + 1));
        if !is_led || !led() {
            break;
        }
    }
}

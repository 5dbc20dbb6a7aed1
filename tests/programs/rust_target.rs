//! rust_target N - calls each of its functions N times, for i in 0 … N-1; prints nothing.
//!
//!   function                  arguments                          returns
//!   shape::Square::area       &Square { side: 3, tag: 'q' }, 7   21
//!   <Square as Shape>::sides  &Square                            4
//!   shape::larger::<i32>      i, 5 (32 bits)                     the larger
//!   shape::larger::<u64>      5, i (64 bits)                     the larger
//!   paint                     Colour::Green, "hawk"              429: its letters and 2
//!   send                      &Parcel::Weight(5), then           8
//!                             &Parcel::Wide { width: 7 }, 3      10
use std::hint::black_box;

mod shape {
    pub struct Square {
        pub side: i32,
        pub tag: char,
    }

    pub trait Shape {
        fn sides(&self) -> u32;
    }

    impl Square {
        #[inline(never)]
        pub fn area(&self, height: i32) -> i32 {
            self.side * height
        }
    }

    impl Shape for Square {
        #[inline(never)]
        fn sides(&self) -> u32 {
            if self.tag == 'q' { 4 } else { 0 }
        }
    }

    #[inline(never)]
    pub fn larger<T: PartialOrd>(left: T, right: T) -> T {
        if left > right { left } else { right }
    }
}

#[derive(Clone, Copy)]
#[repr(u32)]
enum Colour {
    Red = 1,
    Green = 2,
}

#[inline(never)]
fn paint(colour: Colour, name: &str) -> u64 {
    colour as u64 + name.bytes().map(u64::from).sum::<u64>()
}

enum Parcel {
    Weight(u32),
    Wide { width: u64 },
}

#[inline(never)]
fn send(parcel: &Parcel, times: u64) -> u64 {
    match black_box(parcel) {
        Parcel::Weight(weight) => u64::from(*weight) + times,
        Parcel::Wide { width } => *width + times,
    }
}

fn main() {
    use shape::Shape;
    let count: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    black_box(Colour::Red);
    // On the heap, where it has been written: nobody has read the program's own texts yet.
    let name = String::from("hawk");
    for i in 0..count {
        let square = black_box(shape::Square { side: 3, tag: 'q' });
        black_box(square.area(black_box(7)));
        black_box(square.sides());
        black_box(shape::larger(black_box(i as i32), black_box(5)));
        black_box(shape::larger(black_box(5), black_box(i)));
        black_box(paint(black_box(Colour::Green), &name));
        black_box(send(&black_box(Parcel::Weight(5)), black_box(3)));
        black_box(send(&black_box(Parcel::Wide { width: 7 }), black_box(3)));
    }
}

//! Local variables of Rust, at lines that tests find by their comments.

use std::hint::black_box;

struct Point {
    x: u32,
    y: u32,
}

#[inline(never)]
fn measure(text: &str, values: &[u64], limit: u32) -> u64 {
    let mut total = 0;
    let place = Point { x: limit, y: limit + 1 };
    let owned = String::from(text);
    for value in values {
        total += *value;
        black_box((&total, &place, &owned)); // in the loop
    }
    black_box((&place.x, &place.y));
    total
}

fn main() {
    assert_eq!(measure(black_box("hello"), black_box(&[1, 2, 3]), black_box(7)), 6);
}

//! Digits. Integers are the most of what is printed, so this does without `fmt`.

/// Appends `value` in decimal digits.
pub(crate) fn decimal(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends `value` in decimal digits, with its sign.
pub(crate) fn signed(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    decimal(out, value.unsigned_abs());
}

/// The same for what may be any 64-bit integer.
pub(super) fn wide(out: &mut Vec<u8>, value: i128) {
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => signed(out, value),
        (_, Ok(value)) => decimal(out, value),
        _ => out.extend_from_slice(value.to_string().as_bytes()),
    }
}

/// `number` divided as `print(@map, top, div)` does; 0 leaves it.
pub(super) fn divide(number: i128, div: u64) -> i128 {
    number.checked_div(i128::from(div)).unwrap_or(number)
}

//! What comes most often, as text and as JSON.

use super::{
    json::{integer, member},
    number::{divide, wide},
    show::{Style, show, show_key},
};
use crate::frequent::{Counted, Frequent};

/// The most frequent ones that are asked for, the most frequent last.
fn shown<'l, 'v>(list: &'l Frequent<'v>, top: u64) -> &'l [Counted<'v>] {
    let top = usize::try_from(top).unwrap_or(usize::MAX);
    let hidden = if top == 0 { 0 } else { list.items.len().saturating_sub(top) };
    &list.items[hidden..]
}

/// The most that an item came that is not shown.
fn hidden(list: &Frequent<'_>, top: u64) -> u64 {
    let hidden = list.items.len() - shown(list, top).len();
    list.items[..hidden].iter().map(|item| item.most).fold(list.others, u64::max)
}

/// Appends a line for each item, `@m[key, item]: 3..4`, and one about all others. `name` is
/// what stands before the item, without the bracket that may be open.
pub(super) fn lines(
    out: &mut Vec<u8>,
    (name, key): (&str, Option<&[u8]>),
    list: &Frequent<'_>,
    (top, div): (u64, u64),
    style: &Style,
) {
    for counted in shown(list, top) {
        out.extend_from_slice(name.as_bytes());
        out.push(b'[');
        if let Some(key) = key {
            out.extend_from_slice(key);
            out.extend_from_slice(b", ");
        }
        show_key(out, &counted.item, style);
        out.extend_from_slice(b"]: ");
        range(out, counted, div);
        out.push(b'\n');
    }
    out.extend_from_slice(name.as_bytes());
    if let Some(key) = key {
        out.push(b'[');
        out.extend_from_slice(key);
        out.push(b']');
    }
    out.extend_from_slice(b": ");
    summary(out, list, (top, div));
    out.push(b'\n');
}

/// `2500 in all, any other at most 3`
fn summary(out: &mut Vec<u8>, list: &Frequent<'_>, (top, div): (u64, u64)) {
    wide(out, divide(i128::from(list.total), div));
    out.extend_from_slice(b" in all");
    let others = hidden(list, top);
    if others > 0 {
        out.extend_from_slice(b", any other at most ");
        wide(out, divide(i128::from(others), div));
    }
}

/// `3..4`, or the number if it is known.
fn range(out: &mut Vec<u8>, counted: &Counted<'_>, div: u64) {
    wide(out, divide(i128::from(counted.least), div));
    if counted.least != counted.most {
        out.extend_from_slice(b"..");
        wide(out, divide(i128::from(counted.most), div));
    }
}

/// Appends `{ sshd: 3..4, bash: 12 } of 2500, any other at most 3`.
pub(super) fn show_list(out: &mut Vec<u8>, list: &Frequent<'_>, div: u64, style: &Style) {
    out.extend_from_slice(b"{ ");
    for (index, counted) in list.items.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b", ");
        }
        show(out, &counted.item, style);
        out.extend_from_slice(b": ");
        range(out, counted, div);
    }
    out.extend_from_slice(if list.items.is_empty() { b"} " } else { b" } " });
    summary(out, list, (0, div));
}

/// Appends `{"total": 2500, "others": 3, "top": [{"key": "bash", "least": 3, "most": 4}]}`.
pub(super) fn write_json(
    out: &mut Vec<u8>,
    list: &Frequent<'_>,
    (top, div): (u64, u64),
    key: &mut dyn FnMut(&mut Vec<u8>, &crate::value::Value<'_>),
) {
    let number = |out: &mut Vec<u8>, name: &str, value: u64| {
        member(out, name);
        integer(out, divide(i128::from(value), div));
    };
    out.push(b'{');
    number(out, "total", list.total);
    out.extend_from_slice(b", ");
    number(out, "others", hidden(list, top));
    out.extend_from_slice(b", ");
    member(out, "top");
    out.push(b'[');
    for (index, counted) in shown(list, top).iter().enumerate() {
        out.extend_from_slice(if index > 0 { b", {" } else { b"{" });
        member(out, "key");
        key(out, &counted.item);
        out.extend_from_slice(b", ");
        number(out, "least", counted.least);
        out.extend_from_slice(b", ");
        number(out, "most", counted.most);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
}

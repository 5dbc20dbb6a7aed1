//! Names of page allocation flags (`gfp_t`). Their values change from kernel to kernel, so the
//! names are read where this kernel writes them down: in the format of `kmem:mm_page_alloc`, as
//! `__print_flags(…, "|", {(unsigned long)(…), "GFP_KERNEL"}, …)`, composite ones first.

use std::{fs, io, sync::OnceLock};

use crate::output::hex_number;

/// Where tracefs may be, and what in it names the flags.
const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const EVENT: &str = "events/kmem/mm_page_alloc/format";

/// Appends the names of `flags`, with `|` between them; what has no name as a number.
pub(crate) fn write(out: &mut Vec<u8>, flags: u64) {
    static NAMES: OnceLock<Vec<(u64, String)>> = OnceLock::new();
    show(out, flags, NAMES.get_or_init(|| read().map(|text| parse(&text)).unwrap_or_default()));
}

fn read() -> io::Result<String> {
    let texts = PLACES.map(|place| fs::read_to_string(format!("{place}/{EVENT}")));
    texts.into_iter().find(Result::is_ok).unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()))
}

fn show(out: &mut Vec<u8>, flags: u64, names: &[(u64, String)]) {
    if flags == 0 {
        out.push(b'0');
        return;
    }
    let start = out.len();
    let mut rest = flags;
    let separate = |out: &mut Vec<u8>| {
        if out.len() > start {
            out.push(b'|');
        }
    };
    for (mask, name) in names {
        if *mask != 0 && rest & mask == *mask {
            separate(out);
            out.extend_from_slice(name.as_bytes());
            rest &= !mask;
        }
    }
    if rest != 0 {
        separate(out);
        hex_number(out, rest);
    }
}

/// The flags of an event's format.
fn parse(format: &str) -> Vec<(u64, String)> {
    let Some((_, list)) = format.split_once("__print_flags(") else { return Vec::new() };
    let entries = list.split('{').skip(1).filter_map(|entry| {
        let (value, name) = entry.split_once(", \"")?;
        let (name, _) = name.split_once('"')?;
        Some((Expression { rest: value }.whole()?, name.to_owned()))
    });
    entries.collect()
}

/// A constant expression of C, with the operators that flags are made with.
struct Expression<'a> {
    rest: &'a str,
}

impl Expression<'_> {
    fn whole(mut self) -> Option<u64> {
        let value = self.or()?;
        self.rest.trim().is_empty().then_some(value)
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn or(&mut self) -> Option<u64> {
        let mut value = self.and()?;
        while self.take("|") {
            value |= self.and()?;
        }
        Some(value)
    }

    fn and(&mut self) -> Option<u64> {
        let mut value = self.shift()?;
        while self.take("&") {
            value &= self.shift()?;
        }
        Some(value)
    }

    fn shift(&mut self) -> Option<u64> {
        let mut value = self.unary()?;
        while self.take("<<") {
            value = value.checked_shl(u32::try_from(self.unary()?).ok()?)?;
        }
        Some(value)
    }

    fn unary(&mut self) -> Option<u64> {
        if self.take("~") {
            return Some(!self.unary()?);
        }
        if !self.take("(") {
            return self.number();
        }
        let inside = self.rest.trim_start();
        // A cast: what is masked out later is never wider than the flags themselves.
        if inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.rest = inside.split_once(')')?.1;
            return self.unary();
        }
        let value = self.or()?;
        self.take(")").then_some(value)
    }

    fn number(&mut self) -> Option<u64> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        self.rest = rest;
        let digits = digits.trim_end_matches(['u', 'U', 'l', 'L']);
        match digits.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, parse, show};

    #[test]
    fn formats_of_old_and_new_kernels() {
        let new = r#"print fmt: "gfp_flags=%s", (REC->gfp_flags) ? __print_flags(REC->gfp_flags, "|", {( unsigned long)((( gfp_t)(((((1UL))) << (10))|((((1UL))) << (11)))) | (( gfp_t)((((1UL))) << (6))) | (( gfp_t)((((1UL))) << (7)))), "GFP_KERNEL"}, {( unsigned long)(((( gfp_t)(0xcc0u)) & ~(( gfp_t)0x40u)) | 1), "GFP_ODD"}, {( unsigned long)(( gfp_t)((((1UL))) << (8))), "__GFP_ZERO"}, {( unsigned long)(( gfp_t)0), "__GFP_NOTHING"}) : "none""#;
        let names = parse(new);
        let values: Vec<_> =
            names.iter().map(|(value, name)| (*value, name.as_str())).collect();
        assert_eq!(
            values,
            [
                (0xcc0, "GFP_KERNEL"),
                (0xc81, "GFP_ODD"),
                (0x100, "__GFP_ZERO"),
                (0, "__GFP_NOTHING")
            ]
        );
        for (flags, wanted) in [
            (0, "0"),
            (0xdc0, "GFP_KERNEL|__GFP_ZERO"),
            (0x4000_0100, "__GFP_ZERO|0x40000000"),
            (0x40, "0x40"),
        ] {
            let mut out = Vec::new();
            show(&mut out, flags, &names);
            assert_eq!(String::from_utf8_lossy(&out), wanted);
        }
        assert_eq!(parse("print fmt: \"\""), []);
        assert_eq!(Expression { rest: "(gfp_t)(0x400u|0x800u) x" }.whole(), None);
    }
}

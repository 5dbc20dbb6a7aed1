//! `ntop(address)`, `pton("address")`, `macaddr(address)`: addresses of networks.

use std::net::IpAddr;

use diag::{Code, Diagnostic};
use ir::{Coded, Packed, Sign, Ty, ValueId, Width};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Lower, memory};

/// `AF_INET` and `AF_INET6` of Linux.
const INET: i64 = 2;
const INET6: i64 = 10;

pub(super) const NTOP: Word = Word {
    name: "ntop",
    usage: "ntop([family,] address)",
    summary: "An internet address: 4 bytes, as a number or an array, or 16 bytes.",
    example: "begin { print(ntop(0x0100007f)); exit(); }",
    arity: (1, 2),
    takes: Takes::Values,
    check: ntop_check,
    lower: ntop,
};

pub(super) const PTON: Word = Word {
    name: "pton",
    usage: "pton(\"address\")",
    summary: "The 4 or 16 bytes of an internet address that is known.",
    example: "begin { print(pton(\"127.0.0.1\")); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: pton_check,
    lower: pton,
};

pub(super) const MACADDR: Word = Word {
    name: "macaddr",
    usage: "macaddr(address)",
    summary: "A hardware address of 6 bytes, shown as `XX:XX:XX:XX:XX:XX`.",
    example: "tracepoint:net:net_dev_queue { $skb = (struct sk_buff *)args.skbaddr; @[macaddr($skb.dev.dev_addr)] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: macaddr_check,
    lower: macaddr,
};

/// How many bytes an argument has or points to, if it is bytes.
fn bytes(ty: &Ty) -> Option<u32> {
    let of = if let Ty::Ptr(to, _) = ty { to.as_ref() } else { ty };
    let is_bytes = if let Ty::Array(item, _) = of {
        item.size() == 1
    } else {
        matches!(of, Ty::Str(_) | Ty::Record(_))
    };
    is_bytes.then(|| of.size())
}

fn ntop_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let (Some(address), family) = (call.args.last(), call.args.len().checked_sub(2)) else {
        return Ty::Void;
    };
    if let Some(family) = family.and_then(|at| call.args.get(at))
        && !family.is_integer()
    {
        return c.wrong_type(call, family, "an integer as family", "write `ntop(AF_INET, …)`");
    }
    let fits = matches!(address.ty, Ty::Int(..)) || matches!(bytes(&address.ty), Some(4 | 16));
    if !fits {
        let help = "give it a number (IPv4), or 4 or 16 bytes: `ntop($sk.skc_daddr)`";
        return c.wrong_type(call, address, "an integer or an array of 4 or 16 bytes", help);
    }
    Ty::Packed(Packed::Inet)
}

fn ntop(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(address) = call.args.last() else { return l.b().constant(0) };
    let size = bytes(&address.ty).unwrap_or(4).min(16);
    let family = match call.args.as_slice() {
        [family, _] => l.value(family),
        _ => l.b().constant(if size == 4 { INET } else { INET6 }),
    };
    let value = matches!(address.ty, Ty::Int(..)).then(|| l.value(address));
    let to = l.memory(call.ty.size(), 8);
    let b = l.b();
    b.zero(to, 0, call.ty.size(), 8);
    b.store64(to, 0, family);
    match value {
        Some(value) => b.store(to, 8, Width::W32, value),
        None => {
            let at = b.offset(to, 8);
            memory::copy_of(l, address, at, size);
        }
    }
    to
}

fn address(arg: &Arg) -> Option<IpAddr> {
    std::str::from_utf8(arg.text()?).ok()?.parse().ok()
}

fn pton_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    let Some(text) = arg.text() else {
        return c.wrong_type(call, arg, "a literal string", "write `pton(\"127.0.0.1\")`");
    };
    let byte = Box::new(Ty::Int(Width::W8, Sign::Unsigned));
    match address(arg) {
        Some(IpAddr::V4(_)) => Ty::Array(byte, 4),
        Some(IpAddr::V6(_)) => Ty::Array(byte, 16),
        None => {
            let text = String::from_utf8_lossy(text).into_owned();
            let title = format!("`{text}` is no internet address");
            let problem =
                Diagnostic::new(Code::WrongArgument, arg.span, title, "not an address");
            let help = "write `127.0.0.1` or `::1`";
            let compat = format!(
                "pton() expects a string argument of an IPv4 or IPv6 address, got {text}"
            );
            c.refuse(problem.help(help).compat(compat))
        }
    }
}

fn pton(l: &mut dyn Lower, call: &Call) -> ValueId {
    let address = call.args.first().and_then(address);
    let bytes = match address {
        Some(IpAddr::V4(it)) => it.octets().to_vec(),
        Some(IpAddr::V6(it)) => it.octets().to_vec(),
        None => Vec::new(),
    };
    let to = l.place(&call.ty);
    l.b().store_bytes(to, 0, bytes, 1);
    to
}

fn macaddr_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    let pointer = matches!(arg.ty, Ty::Ptr(..) | Ty::Int(..));
    if pointer || bytes(&arg.ty) == Some(6) {
        return Ty::Coded(Coded::Mac);
    }
    let help = "give it an array of 6 bytes or its address";
    c.wrong_type(call, arg, "an array of 6 bytes", help)
}

fn macaddr(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    let to = l.b().slot(8, 8);
    l.b().zero(to, 0, 8, 8);
    memory::copy_of(l, arg, to, 6);
    l.b().load64(to, 0)
}

//! `skboutput("file", packet [, length [, offset]])`: packets of the network, copied to a file.

use diag::{Code, Diagnostic};
use ir::{
    Bin, Captures, Helper, LossKind, Map, MapId, MapKind, ProgramKind, Sign, Space, Ty,
    ValueId, Width,
};

use super::{Takes, Word};
use crate::{Call, Check, Lower, lose_if, memory};

pub(super) const SKBOUTPUT: Word = Word {
    name: "skboutput",
    usage: "skboutput(\"file\", packet [, length [, offset]])",
    summary: "Writes bytes of a packet that the function is given to a pcap file; below 0 if that failed.",
    example: "fentry:ip_rcv { @[skboutput(\"in.pcap\", args.skb, 128)] = count(); }",
    arity: (2, 4),
    takes: Takes::Values,
    check,
    lower,
};

const PACKET: &str = "struct sk_buff";
/// `BPF_F_CURRENT_CPU`
const THIS_CPU: i64 = 0xffff_ffff;
/// `-ENOSPC`
const NO_SPACE: i64 = -28;

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let (Some(path), Some(packet)) = (call.args.first(), call.args.get(1)) else {
        return Ty::Void;
    };
    if !matches!(c.offers.kind, ProgramKind::Fentry | ProgramKind::Fexit) {
        let help = "use it in fentry and fexit probes of functions that are given a packet: \
                    `fentry:ip_rcv`";
        let compat =
            format!("skboutput can not be used with \"{}\" probes", c.offers.type_name);
        return c.not_here(call, "the kernel refuses it here", help, &compat);
    }
    let name = path.text().filter(|name| !name.is_empty() && str::from_utf8(name).is_ok());
    if name.is_none() {
        let help = "write the name of the file: `skboutput(\"in.pcap\", …)`";
        let wanted =
            if path.text().is_some() { "the name of a file" } else { "a literal string" };
        return c.wrong_type(call, path, wanted, help);
    }
    if !matches!(&packet.ty, Ty::Ptr(to, _) if to.to_string() == PACKET) {
        let help = "give it the packet that the function is given: `args.skb`";
        return c.wrong_type(call, packet, "a `struct sk_buff *`", help);
    }
    if length(c.kernel).is_none() {
        let title = format!("the kernel does not tell where the length of a `{PACKET}` is");
        let problem = Diagnostic::new(Code::MissingFeature, call.span, title, "not known");
        return c.refuse(problem.help("it needs the kernel's types (CONFIG_DEBUG_INFO_BTF)"));
    }
    if let Some(number) = call.args.iter().skip(2).find(|arg| !arg.is_integer()) {
        let help = "write `skboutput(\"file\", packet, length, offset)`";
        return c.wrong_type(call, number, "an integer", help);
    }
    Ty::I64
}

/// Where a packet's length is.
fn length(kernel: &dyn crate::Kernel) -> Option<u32> {
    let Ok(Some(Ty::Record(packet))) = kernel.c_type(PACKET) else { return None };
    packet.fields.iter().find(|field| field.name == "len").map(|field| field.offset)
}

/// Where packets are sent, and the number of the file called so.
fn file(l: &mut dyn Lower, path: &[u8]) -> (MapId, usize) {
    let cpus = l.kernel().possible_cpus();
    let program = l.program();
    let mut captures = program.captures.take().unwrap_or_else(|| {
        let map = program.maps.push(Map {
            name: "packets".to_owned(),
            kind: MapKind::PerfEventArray,
            key_size: 4,
            value_size: 4,
            max_entries: cpus,
            flags: 0,
        });
        Captures { map, files: Vec::new() }
    });
    let path = String::from_utf8_lossy(path);
    let known = captures.files.iter().position(|file| *file == path);
    let number = known.unwrap_or(captures.files.len());
    if known.is_none() {
        captures.files.push(path.into_owned());
    }
    let map = captures.map;
    program.captures = Some(captures);
    (map, number)
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let [path, packet, numbers @ ..] = call.args.as_slice() else { return l.b().constant(0) };
    let (map, number) = file(l, path.text().unwrap_or_default());
    let wanted = numbers.first().map(|length| l.value(length));
    let offset = numbers.get(1).map(|offset| l.value(offset));
    let packet = l.value(packet);
    let all = whole(l, packet);
    let b = l.b();
    let zero = b.constant(0);
    let skipped = offset.map_or(zero, |offset| least(l, offset, all));
    let rest = l.b().bin(Bin::Sub, all, skipped);
    let taken = wanted.map_or(rest, |wanted| least(l, wanted, rest));
    let longest = l.b().constant(i64::from(Captures::LONGEST));
    let sent = l.b().add(skipped, taken);
    let sent = least(l, sent, longest);
    let b = l.b();
    let header = b.slot(Captures::HEADER, 8);
    b.zero(header, 0, Captures::HEADER, 8);
    let now = b.call(Helper::KTIME_GET_BOOT_NS, &[]);
    b.store64(header, Captures::MOMENT, now);
    let number = b.constant(number as i64);
    b.store(header, Captures::FILE, Width::W32, number);
    b.store(header, Captures::SKIPPED, Width::W32, skipped);
    b.store(header, Captures::LENGTH, Width::W32, rest);
    b.store(header, Captures::SENT, Width::W32, sent);
    let map = b.map(map);
    let flags = b.bin_const(Bin::Shl, sent, 32);
    let flags = b.bin_const(Bin::Or, flags, THIS_CPU);
    let size = b.constant(i64::from(Captures::HEADER));
    let result = b.call(Helper::SKB_OUTPUT, &[packet, map, flags, header, size]);
    account(l, result);
    result
}

/// The length of a packet; 0 if it can't be read.
fn whole(l: &mut dyn Lower, packet: ValueId) -> ValueId {
    let offset = length(l.kernel()).unwrap_or_default();
    let b = l.b();
    let at = b.bin_const(Bin::Add, packet, i64::from(offset));
    let length = b.slot(4, 4);
    b.zero(length, 0, 4, 4);
    let size = b.constant(4);
    let failed = memory::read(l, length, (size, at), Space::Kernel);
    lose_if(l, failed, LossKind::ReadFault, None);
    l.b().load(length, 0, Width::W32, Sign::Unsigned)
}

/// The smaller one of two unsigned numbers.
fn least(l: &mut dyn Lower, a: ValueId, other: ValueId) -> ValueId {
    let b = l.b();
    let slot = b.slot(8, 8);
    b.store64(slot, 0, a);
    let is_less = b.bin(Bin::ULt, other, a);
    let (replace, done) = (b.block(), b.block());
    b.branch(is_less, replace, done);
    b.switch_to(replace);
    b.store64(slot, 0, other);
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}

/// A packet that did not get through is a lost event where there was no room.
fn account(l: &mut dyn Lower, result: ValueId) {
    let full = l.b().bin_const(Bin::Eq, result, NO_SPACE);
    lose_if(l, full, LossKind::RingFull, None);
    let b = l.b();
    let zero = b.constant(0);
    let failed = b.bin(Bin::SLt, result, zero);
    let other = b.bin_const(Bin::Ne, result, NO_SPACE);
    let refused = b.bin(Bin::And, failed, other);
    lose_if(l, refused, LossKind::Refused, None);
}

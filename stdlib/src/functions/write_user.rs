//! `write_user(address, value, length)`, `override(code)`: what changes the traced code's course.

use ir::{Bin, Helper, Ty, ValueId};

use super::{Takes, Word, count};
use crate::{Call, Check, Feature, Gate, Lower, memory};

pub(super) const WRITE_USER: Word = Word {
    name: "write_user",
    usage: "write_user(address, value, length)",
    summary: "Writes into the memory of the current process; whether it could. Needs `--unsafe`.",
    example: "tracepoint:syscalls:sys_enter_openat /str(args.filename) == \"/etc/motd\"/ { print(write_user(args.filename, \"/etc/issue\", 11)); }",
    arity: (3, 3),
    takes: Takes::Values,
    check: write_check,
    lower: write,
};

pub(super) const OVERRIDE: Word = Word {
    name: "override",
    usage: "override(code)",
    summary: "Lets the kernel function return this at once. Needs `--unsafe`, and a function that allows it.",
    example: "kprobe:__x64_sys_openat /comm == \"victim\"/ { override(-13); @refused = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: override_check,
    lower: |l, call| {
        let Some(code) = call.args.first() else { return l.b().constant(0) };
        let code = l.value(code);
        let context = l.context();
        l.b().call(Helper::OVERRIDE_RETURN, &[context, code])
    },
};

fn write_check(c: &mut Check<'_>, call: &Call) -> Ty {
    if !c.needs_unsafe(call, Gate::Library) {
        return Ty::Void;
    }
    let Some(length) = count(c, call, 2) else { return Ty::Void };
    let [address, value, limit] = call.args.as_slice() else { return Ty::Void };
    if !matches!(address.ty, Ty::Ptr(..) | Ty::Int(..)) {
        return c.wrong_type(call, address, "a pointer", "give the address to write to");
    }
    let pointer = matches!(value.ty, Ty::Ptr(..));
    if !pointer && value.ty.size() < length {
        let wanted = format!("at least {length} bytes");
        return c.wrong_type(call, value, &wanted, "write no more bytes than the value has");
    }
    if length == 0 || length > 4096 {
        return c.wrong_type(
            call,
            limit,
            "a length from 1 to 4096",
            "write `write_user(p, $x, 8)`",
        );
    }
    Ty::Bool
}

fn write(l: &mut dyn Lower, call: &Call) -> ValueId {
    let [address, value, length] = call.args.as_slice() else { return l.b().constant(0) };
    let size = length.int().unwrap_or_default() as u32;
    let address = l.value(address);
    let from = if let Some((width, _)) = value.ty.scalar()
        && !matches!(value.ty, Ty::Ptr(..))
    {
        let value = l.value(value);
        let b = l.b();
        let slot = b.slot(8, 8);
        b.store(slot, 0, width, value);
        slot
    } else {
        let to = l.memory(size, 8);
        l.b().zero(to, 0, size, 8);
        memory::copy_of(l, value, to, size);
        to
    };
    let b = l.b();
    let size = b.constant(i64::from(size));
    let failed = b.call(Helper::PROBE_WRITE_USER, &[address, from, size]);
    b.bin_const(Bin::Eq, failed, 0)
}

fn override_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(code) = call.args.first() else { return Ty::Void };
    if c.offers.type_name != "kprobe" {
        let compat = format!("override can not be used with \"{}\" probes", c.offers.type_name);
        return c.not_here(call, "no kernel function", "use it in kprobe probes", &compat);
    }
    if !c.needs_unsafe(call, Gate::Library) {
        return Ty::Void;
    }
    if !code.is_integer() {
        return c.wrong_type(call, code, "an integer", "write `override(-5)`");
    }
    let help = "nothing else does it: this kernel was built without it";
    c.needs(call, Feature::Override, "a kernel with CONFIG_BPF_KPROBE_OVERRIDE", help);
    c.uses.context = true;
    Ty::Void
}

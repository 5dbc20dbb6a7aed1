//! `comm`, `comm(pid)`, `comm(task)`

use ir::{Coded, Field, Helper, LossKind, Space, Ty, ValueId};

use crate::{
    Call, Check, Lower, count_loss,
    functions::{Takes, Word},
};

/// `TASK_COMM_LEN` of the kernel.
const SIZE: u32 = 16;
const TASK: &str = "struct task_struct";

pub(super) const COMM: Word = Word {
    name: "comm",
    usage: "comm, comm(pid), comm(task)",
    summary: "Name of the current thread, at most 15 bytes; of a process, as it is when printed; of a task.",
    example: "profile:hz:99 { @[comm] = count(); }",
    arity: (0, 1),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Str(SIZE) };
    if arg.is_integer() {
        return Ty::Coded(Coded::Process);
    }
    let of_task = matches!(&arg.ty, Ty::Ptr(to, _) if matches!(&**to, Ty::Opaque(name) if &**name == TASK));
    if !of_task || field(c.kernel).is_none() {
        let help = "give it a process id: `comm(pid)`, or a task: `comm(curtask)`";
        return c.wrong_type(call, arg, "an integer", help);
    }
    Ty::Str(SIZE)
}

/// The task's name in the kernel's own record of it.
fn field(kernel: &dyn crate::Kernel) -> Option<Field> {
    let Ok(Some(Ty::Record(task))) = kernel.c_type(TASK) else { return None };
    task.fields.iter().find(|field| field.name == "comm").cloned()
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(arg) = call.args.first() else { return current(l) };
    let value = l.value(arg);
    if call.ty.is_scalar() {
        return value;
    }
    let offset = field(l.kernel()).map_or(0, |field| field.offset);
    let space = if let Ty::Ptr(_, space) = &arg.ty { *space } else { Space::Kernel };
    let to = l.text_place(&Ty::Str(SIZE));
    let b = l.b();
    let address = b.bin_const(ir::Bin::Add, value, i64::from(offset));
    let size = b.constant(i64::from(SIZE));
    let helper = match space {
        Space::User => Helper::PROBE_READ_USER_STR,
        Space::Unknown | Space::Kernel | Space::Context | Space::PerCpu => {
            Helper::PROBE_READ_KERNEL_STR
        }
    };
    let length = b.call(helper, &[to, size, address]);
    let zero = b.constant(0);
    let failed = b.bin(ir::Bin::SLe, length, zero);
    let (lost, done) = (b.block(), b.block());
    b.branch(failed, lost, done);
    b.switch_to(lost);
    count_loss(l, LossKind::ReadFault, None);
    let b = l.b();
    b.zero(to, 0, SIZE, 1);
    b.jump(done);
    b.switch_to(done);
    to
}

fn current(l: &mut dyn Lower) -> ValueId {
    // With zeros: the kernels from 5.19 to 6.2 leave what follows the name as it is.
    let to = l.text_place(&Ty::Str(SIZE));
    let b = l.b();
    let size = b.constant(i64::from(SIZE));
    b.call(Helper::GET_CURRENT_COMM, &[to, size]);
    to
}

//! The textual form, for `--emit lower` and snapshots. Stable: the same program, the same text.

use std::fmt;

use crate::{
    Block, Event, Function, Inlining, Inst, Link, Place, Program, Role, Table, Terminator,
};

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, global) in self.globals.iter() {
            let (name, size) = (&global.name, global.content.len());
            writeln!(f, "global {id} {name} {:?} {size} bytes", global.mutability)?;
        }
        for (id, map) in self.maps.iter() {
            write!(f, "map {id} {} {:?} ", map.name, map.kind)?;
            write!(
                f,
                "{} -> {} bytes, {} entries",
                map.key_size, map.value_size, map.max_entries
            )?;
            writeln!(
                f,
                "{}",
                if map.flags == 0 {
                    String::new()
                } else {
                    format!(", flags {:#x}", map.flags)
                }
            )?;
        }
        if let Some(forest) = &self.forest {
            writeln!(f, "forest {} {:?}", forest.map, forest.roots)?;
            for (program, attach) in &forest.keepers {
                writeln!(f, "keeper {program} {attach}")?;
            }
        }
        if let Some(map) = self.control_group {
            writeln!(f, "control group {map}")?;
        }
        for (id, table) in self.tables.iter() {
            writeln!(f, "table {id} {table}")?;
        }
        for (id, event) in self.events.iter() {
            writeln!(f, "event {id} {event}")?;
        }
        for (id, loss) in self.losses.iter() {
            writeln!(f, "loss {id} {:?} {}", loss.kind, loss.probe)?;
        }
        for (id, site) in self.sites.iter() {
            writeln!(f, "site {id} {} {}", site.probe, site.name)?;
        }
        for link in &self.links {
            writeln!(f, "{link}")?;
        }
        for (id, program) in self.programs.iter() {
            writeln!(
                f,
                "program {id} {} {:?} {}",
                program.name, program.kind, program.function
            )?;
        }
        for (id, function) in self.externs.iter() {
            writeln!(f, "extern {id} {}", function.name)?;
        }
        for (id, function) in self.functions.iter() {
            write!(f, "function {id} {function}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if let Some(key) = &self.key {
            write!(f, "[{key}]")?;
        }
        write!(f, " {} in {}", self.value, self.map)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} bytes", self.action, self.size)?;
        for field in &self.fields {
            match field.place {
                Place::Fixed(at) => write!(f, ", {} at {at}", field.ty)?,
                Place::Tail(at) => write!(f, ", {} in the tail, length at {at}", field.ty)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {:?} {} {}", self.phase, self.program, self.attach)?;
        for site in &self.sites {
            write!(f, " {site}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.role {
            Role::Program(kind) => writeln!(f, "{} ({kind:?})", self.name)?,
            Role::Subprogram { parameters } => {
                let inline = match self.inlining {
                    Inlining::Never => String::new(),
                    Inlining::Always => " inlined".to_owned(),
                    Inlining::Apart { bytes } => format!(" apart, of {bytes} bytes"),
                };
                writeln!(f, "{} {parameters:?}{inline}", self.name)?;
            }
        }
        for (id, slot) in self.slots.iter() {
            writeln!(f, "  slot {id} {} bytes", slot.size)?;
        }
        for (id, block) in self.blocks.iter() {
            writeln!(f, " {id}:")?;
            self.write_block(block, f)?;
        }
        Ok(())
    }
}

impl Function {
    fn write_block(&self, block: &Block, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for id in &block.insts {
            writeln!(f, "  {id} = {}", self.insts[*id])?;
        }
        match block.end {
            Terminator::Jump(to) => writeln!(f, "  jump {to}"),
            Terminator::Branch { condition, then, other } => {
                writeln!(f, "  branch {condition}, {then}, {other}")
            }
            Terminator::Return(value) => writeln!(f, "  return {value}"),
        }
    }
}

impl fmt::Display for Inst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Const(value) => write!(f, "const {value}"),
            Self::Null => f.write_str("null"),
            Self::Bin(op, a, b) => write!(f, "{} {a}, {b}", format!("{op:?}").to_lowercase()),
            Self::Extend(value, width, sign) => write!(f, "extend {value} {width:?} {sign:?}"),
            Self::Slot(slot) => write!(f, "slot {slot}"),
            Self::Map(map) => write!(f, "map {map}"),
            Self::Global(global) => write!(f, "global {global}"),
            Self::Function(function) => write!(f, "function {function}"),
            Self::Context => f.write_str("context"),
            Self::Parameter(index) => write!(f, "parameter {index}"),
            Self::Offset(ptr, bytes) => write!(f, "offset {ptr}, {bytes}"),
            Self::IsNull(ptr) => write!(f, "is_null {ptr}"),
            Self::Address(ptr) => write!(f, "address {ptr}"),
            Self::Load { ptr, offset, width, sign } => {
                write!(f, "load {ptr}+{offset} {width:?} {sign:?}")
            }
            Self::LoadPtr(ptr) => write!(f, "load_ptr {ptr}"),
            Self::Store { ptr, offset, width, value } => {
                write!(f, "store {ptr}+{offset} {width:?}, {value}")
            }
            Self::StoreBytes { ptr, offset, bytes, .. } => {
                write!(f, "store_bytes {ptr}+{offset}, \"{}\"", bytes.escape_ascii())
            }
            Self::Zero { ptr, offset, size, .. } => write!(f, "zero {ptr}+{offset}, {size}"),
            Self::Copy { to, from, size, .. } => write!(f, "copy {to}, {from}, {size}"),
            Self::AtomicAdd { ptr, offset, value } => {
                write!(f, "atomic_add {ptr}+{offset}, {value}")
            }
            Self::AtomicFetch { operation, ptr, value } => {
                write!(f, "atomic_fetch {operation:?} {ptr}, {value}")
            }
            Self::CompareExchange { ptr, expected, new } => {
                write!(f, "compare_exchange {ptr}, {expected}, {new}")
            }
            Self::Call(helper, arguments) => write!(f, "call {helper:?}{arguments:?}"),
            Self::CallFunction(function, arguments) => {
                write!(f, "call {function}{arguments:?}")
            }
            Self::CallExtern(function, arguments) => {
                write!(f, "call {function}{arguments:?}")
            }
            Self::CallKernel(id, arguments) => write!(f, "call kernel {id}{arguments:?}"),
            Self::Opaque(value) => write!(f, "opaque {value}"),
        }
    }
}

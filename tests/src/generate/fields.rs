//! Ways through the kernel's types: what stands behind a pointer, as the machine tells it.

use std::{cell::RefCell, collections::BTreeMap};

use ir::Ty;
use stdlib::Kernel;

use super::{random::Random, shape::Shape};

/// The kernel's types by name, each asked for once.
#[derive(Debug, Default)]
pub(super) struct Types {
    known: RefCell<BTreeMap<String, Option<Ty>>>,
}

/// Types that casts name, of which a kernel may lack some.
pub(super) const NAMES: &[&str] = &[
    "struct task_struct",
    "struct file",
    "struct inode",
    "struct dentry",
    "struct mm_struct",
    "struct sock",
    "struct sk_buff",
    "struct cred",
    "struct page",
    "struct net_device",
];

impl Types {
    pub(super) fn get(&self, kernel: &dyn Kernel, name: &str) -> Option<Ty> {
        if let Some(known) = self.known.borrow().get(name) {
            return known.clone();
        }
        let found = kernel.c_type(name).ok().flatten();
        self.known.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    /// Names of [`NAMES`] that this kernel has.
    pub(super) fn present(&self, kernel: &dyn Kernel) -> Vec<&'static str> {
        NAMES.iter().copied().filter(|name| self.get(kernel, name).is_some()).collect()
    }

    /// A way from a pointer to `name` to something of the shape that is wanted: what is written
    /// behind the pointer. `index` makes an index below a bound.
    pub(super) fn way(
        &self,
        kernel: &dyn Kernel,
        (name, wanted): (&str, &Shape),
        random: &mut Random,
        index: &mut dyn FnMut(&mut Random, u32) -> String,
    ) -> Option<String> {
        for _ in 0..6 {
            let mut ty = self.get(kernel, name)?;
            let mut text = String::new();
            for _ in 0..6 {
                if !text.is_empty() && Shape::of(&ty).as_ref() == Some(wanted) {
                    return Some(text);
                }
                let Some((step, next)) = self.step(kernel, &ty, random, index) else { break };
                text += &step;
                ty = next;
            }
        }
        None
    }

    /// One step from a value of type `ty` into it.
    fn step(
        &self,
        kernel: &dyn Kernel,
        ty: &Ty,
        random: &mut Random,
        index: &mut dyn FnMut(&mut Random, u32) -> String,
    ) -> Option<(String, Ty)> {
        match ty {
            Ty::Record(record) => {
                let field = random.choose(&record.fields)?;
                let arrow = if random.percent(20) { "->" } else { "." };
                (!field.name.is_empty())
                    .then(|| (format!("{arrow}{}", field.name), field.ty.clone()))
            }
            Ty::Opaque(name) => self.step(kernel, &self.complete(kernel, name)?, random, index),
            Ty::Ptr(to, _) => {
                let to = if let Ty::Opaque(name) = &**to {
                    self.complete(kernel, name)?
                } else {
                    (**to).clone()
                };
                matches!(to, Ty::Record(_)).then(|| self.step(kernel, &to, random, index))?
            }
            Ty::Array(item, count @ 1..) => {
                Some((format!("[{}]", index(random, *count)), (**item).clone()))
            }
            Ty::Array(_, 0)
            | Ty::Void
            | Ty::Bool
            | Ty::Int(..)
            | Ty::Str(_)
            | Ty::Bytes(_)
            | Ty::Tuple(_)
            | Ty::Enum(_)
            | Ty::Coded(_)
            | Ty::Packed(_)
            | Ty::Reduced(_) => None,
        }
    }

    /// A type that is known by its name and is more than a name.
    fn complete(&self, kernel: &dyn Kernel, name: &str) -> Option<Ty> {
        self.get(kernel, name).filter(|ty| matches!(ty, Ty::Record(_)))
    }
}

//! BTF: the types of the kernel, of its modules and of BPF objects. Nothing is read before it is
//! asked for: a name is searched among the strings, then among the types, and a type is decoded
//! when it is needed. Bytes may be anything; what makes no sense is not found.

mod bytes;
mod convert;
mod find;
mod open;
mod raw;
mod spell;

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    path::PathBuf,
    rc::Rc,
    sync::Arc,
};

use ir::{Record, Ty};
pub use stdlib::Prototype;
use stdlib::{Answer, PerCpuVariable, Unanswered};

use bytes::Bytes;
use find::Index;
use raw::Sections;

/// The number of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(u32);

impl TypeId {
    /// The type with this number.
    pub(super) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

/// What a name is looked up as: C has one space of names for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BtfKind {
    /// `unsigned int`, `char`, `double`
    Number,
    /// `struct NAME`
    Struct,
    /// `union NAME`
    Union,
    /// `enum NAME`
    Enum,
    /// `typedef … NAME`
    Typedef,
    /// A function.
    Function,
    /// A variable; the kernel's BTF has the per-CPU ones.
    Variable,
}

/// One piece of BTF, with the one that it extends.
#[derive(Debug)]
pub struct Btf {
    bytes: Bytes,
    sections: Sections,
    /// What the numbers of its types and strings continue: modules extend `vmlinux`.
    base: Option<Rc<Self>>,
    index: RefCell<Index>,
    records: RefCell<Records>,
}

/// Decoded records by number and the typedef that names them; none while one is decoded.
type Records = BTreeMap<(u32, Option<u32>), Option<Decoded>>;

#[derive(Debug, Clone)]
struct Decoded {
    record: Arc<Record>,
    /// Of the members: what [`Record::align`] would be without packing.
    align: u32,
}

impl Btf {
    /// The running kernel's types.
    pub fn vmlinux() -> Answer<Self> {
        open::sysfs("vmlinux", None)
    }

    /// The types of a loaded module, on top of those of `vmlinux`.
    pub fn module(name: &str, vmlinux: Rc<Self>) -> Answer<Self> {
        open::sysfs(name, Some(vmlinux))
    }

    /// The types in section `.BTF` of an ELF file.
    pub fn of_elf(path: &str) -> Answer<Self> {
        open::elf(path)
    }

    /// BTF in memory; none if it doesn't look like BTF of this machine.
    pub fn from_bytes(bytes: Vec<u8>, base: Option<Rc<Self>>) -> Option<Self> {
        Self::new(bytes.into(), base)
    }

    fn new(bytes: Bytes, base: Option<Rc<Self>>) -> Option<Self> {
        let sections = Sections::of(bytes.as_slice())?;
        let index = RefCell::default();
        Some(Self { bytes, sections, base, index, records: RefCell::default() })
    }

    /// The first type of this name, not counting those of the base.
    pub fn find(&self, name: &str, kind: BtfKind) -> Option<TypeId> {
        find::by_name(self, name, kind)
    }

    /// The number of the type of a name as C writes it.
    pub fn id_of(&self, name: &str) -> Option<TypeId> {
        match name.split_once(' ').map(|(word, name)| (word, name.trim())) {
            Some(("struct", name)) => self.find(name, BtfKind::Struct),
            Some(("union", name)) => self.find(name, BtfKind::Union),
            Some(("enum", name)) => self.find(name, BtfKind::Enum),
            Some(_) | None => {
                self.find(name, BtfKind::Typedef).or_else(|| self.find(name, BtfKind::Number))
            }
        }
    }

    /// The type of a name as C writes it: `struct task_struct`, `union x`, `enum y`, `pid_t`.
    pub fn named(&self, name: &str) -> Option<Ty> {
        self.ty(self.id_of(name)?)
    }

    /// The type with this number; of a function its address, of a variable what it holds. None
    /// for what can't be decoded.
    pub fn ty(&self, id: TypeId) -> Option<Ty> {
        convert::ty(self, id.0)
    }

    /// What function `id` takes and gives.
    pub fn prototype(&self, id: TypeId) -> Option<Prototype> {
        convert::prototype(self, id.0)
    }

    /// What the function takes and gives that type `id` is a pointer to, also by other names.
    pub(super) fn pointed_prototype(&self, id: TypeId) -> Option<Prototype> {
        convert::pointed_prototype(self, id.0)
    }

    /// What function `id` takes and gives, as C writes it; none for nothing.
    pub(super) fn declaration(&self, id: TypeId) -> Option<(Vec<String>, Option<String>)> {
        spell::function(self, id)
    }

    /// The declarations of the members of struct `id`.
    pub(super) fn members(&self, id: TypeId) -> Option<Vec<String>> {
        spell::members(self, id)
    }

    /// The definition of type `id` in C.
    pub(super) fn definition(&self, id: TypeId) -> Option<String> {
        spell::definition(self, id)
    }

    /// What follows `prefix` in the names that start with it, whatever they name: one look over
    /// the text of all names.
    pub(super) fn names_after<'a>(&'a self, prefix: &str) -> Vec<&'a str> {
        find::names_after(self, prefix)
    }

    /// The name of type `id`.
    pub fn name(&self, id: TypeId) -> Option<&str> {
        self.string(self.raw(id.0)?.name)
    }

    /// The value that `name` has in the first enum that names one so, and that enum.
    pub fn enumerator(&self, name: &str) -> Option<(TypeId, i64)> {
        find::enumerator(self, name)
    }

    /// Numbers and names of everything of this kind that has a name, in the order of numbers.
    pub fn all(&self, kind: BtfKind) -> Vec<(TypeId, &str)> {
        find::all(self, kind)
    }

    /// How many types there are, those of the base included.
    pub fn count(&self) -> u32 {
        self.first_id() - 1 + find::count(self)
    }
}

/// The BTF of the running kernel and its modules, opened when something is asked.
#[derive(Debug, Default)]
pub(super) struct KernelBtf {
    /// A file to read instead of what the kernel shows.
    file: Option<PathBuf>,
    vmlinux: OnceCell<Answer<Rc<Btf>>>,
    modules: OnceCell<Vec<(String, OnceCell<Option<Btf>>)>>,
    types: RefCell<BTreeMap<String, Option<Ty>>>,
    /// What was asked before: the checker asks in each of its passes.
    enumerators: RefCell<BTreeMap<String, Option<(Ty, i64)>>>,
}

impl KernelBtf {
    /// That of a file, which knows nothing of this machine's modules.
    pub(super) fn of_file(path: PathBuf) -> Self {
        Self { file: Some(path), modules: OnceCell::from(Vec::new()), ..Self::default() }
    }

    /// That of a kernel which has none.
    pub(super) fn absent() -> Self {
        Self {
            vmlinux: OnceCell::from(Err(open::no_btf())),
            modules: OnceCell::from(Vec::new()),
            ..Self::default()
        }
    }

    /// The kernel's own.
    pub(super) fn vmlinux(&self) -> Answer<&Rc<Btf>> {
        let open = || match &self.file {
            None => Btf::vmlinux().map(Rc::new),
            Some(path) => open::file(path).map(Rc::new),
        };
        self.vmlinux.get_or_init(open).as_ref().map_err(Unanswered::clone)
    }

    /// That of each module that has some.
    pub(super) fn modules(&self) -> impl Iterator<Item = (&str, &Btf)> {
        let unopened = |name| (name, OnceCell::new());
        let modules = self
            .modules
            .get_or_init(|| open::module_names().into_iter().map(unopened).collect());
        modules.iter().filter_map(|(name, cell)| {
            let open = || Btf::module(name, Rc::clone(self.vmlinux().ok()?)).ok();
            Some((name.as_str(), cell.get_or_init(open).as_ref()?))
        })
    }

    /// The type of a name as C writes it, the kernel's own first.
    pub(super) fn c_type(&self, name: &str) -> Answer<Option<Ty>> {
        if let Some(known) = self.types.borrow().get(name) {
            return Ok(known.clone());
        }
        let vmlinux = self.vmlinux()?;
        let found = vmlinux
            .named(name)
            .or_else(|| self.modules().find_map(|(_, module)| module.named(name)));
        self.types.borrow_mut().insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// The number of the type of a name, if it is the kernel's own.
    pub(super) fn type_id(&self, name: &str) -> Option<u32> {
        self.vmlinux().ok()?.id_of(name).map(|TypeId(id)| id)
    }

    /// The kernel's own per-CPU variable of that name.
    pub(super) fn per_cpu_variable(&self, name: &str) -> Answer<Option<PerCpuVariable>> {
        let vmlinux = self.vmlinux()?;
        let found = vmlinux.find(name, BtfKind::Variable);
        Ok(found.and_then(|id| Some(PerCpuVariable { id: id.0, ty: vmlinux.ty(id)? })))
    }

    /// The enum that has an enumerator of that name, and its value, the kernel's own first.
    pub(super) fn enumerator(&self, name: &str) -> Answer<Option<(Ty, i64)>> {
        if let Some(known) = self.enumerators.borrow().get(name) {
            return Ok(known.clone());
        }
        let find = |btf: &Btf| {
            let (id, value) = btf.enumerator(name)?;
            Some((btf.ty(id)?, value))
        };
        let vmlinux = self.vmlinux()?;
        let found =
            find(vmlinux).or_else(|| self.modules().find_map(|(_, module)| find(module)));
        self.enumerators.borrow_mut().insert(name.to_owned(), found.clone());
        Ok(found)
    }
}

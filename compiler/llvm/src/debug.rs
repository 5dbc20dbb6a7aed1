//! Debug information: what LLVM makes BTF and line information of. The script's text travels
//! in it, so that the verifier's log shows the script's own lines.

use std::{cell::RefCell, collections::BTreeMap};

use diag::{Origin, Source, SourceId, Span};
use inkwell::{
    AddressSpace,
    context::Context,
    debug_info::{
        AsDIScope, DICompileUnit, DIFile, DIFlags, DIFlagsConstants, DILocation, DIScope,
        DISubprogram, DIType, DWARFEmissionKind, DWARFSourceLanguage, DebugInfoBuilder,
        debug_metadata_version,
    },
    module::{FlagBehavior, Module},
    values::GlobalValue,
};
use ir::{Function, Inlining, Program, Role, ValueKind};

use crate::ffi;

/// What DWARF calls signed, unsigned.
const SIGNED: u32 = 5;
const UNSIGNED: u32 = 7;
/// The largest column that BTF can hold; beyond it, it would spill into the line.
const LAST_COLUMN: usize = 1023;

/// A builder of debug information.
pub(crate) struct Debug<'c> {
    context: &'c Context,
    builder: DebugInfoBuilder<'c>,
    unit: DICompileUnit<'c>,
    files: Vec<File<'c>>,
    /// For each of the program's texts, which of the files it is: copies are the same file.
    places: Vec<usize>,
    types: Types<'c>,
    /// Scopes that stand for the parts of a function that come from another text than its start.
    parts: RefCell<BTreeMap<(String, SourceId), DIScope<'c>>>,
}

struct File<'c> {
    file: DIFile<'c>,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

struct Types<'c> {
    int: DIType<'c>,
    long: DIType<'c>,
    byte: DIType<'c>,
    ptr: DIType<'c>,
}

/// Where the instructions of one function come from.
pub(crate) struct Scope<'c> {
    name: String,
    source: SourceId,
    subprogram: DISubprogram<'c>,
}

impl<'c> Debug<'c> {
    /// Starts the debug information of `module`.
    pub(crate) fn new(context: &'c Context, module: &Module<'c>, program: &Program) -> Self {
        // Without a version of DWARF and with CodeView, which is for other systems only, LLVM
        // writes BTF alone: nobody reads the DWARF, which is half of a small object and 4 % of
        // the instructions that a small compilation takes.
        for (flag, value) in [("Debug Info Version", debug_metadata_version()), ("CodeView", 1)]
        {
            let value = context.i32_type().const_int(u64::from(value), false);
            module.add_basic_value_flag(flag, FlagBehavior::Warning, value);
        }
        let name = program.sources.iter().next().map_or("program", |source| &source.name);
        let (builder, unit) = module.create_debug_info_builder(
            true,
            DWARFSourceLanguage::C,
            name,
            "",
            "hawktrace",
            true,
            "",
            0,
            "",
            DWARFEmissionKind::Full,
            0,
            false,
            false,
            "",
            "",
        );
        let (mut files, mut places) = (Vec::new(), Vec::<usize>::new());
        for (index, source) in program.sources.iter().enumerate() {
            let original = program.sources.original(SourceId(index as u32)).0 as usize;
            match places.get(original) {
                Some(place) => places.push(*place),
                None => {
                    places.push(files.len());
                    files.push(File::new(&builder, index, source));
                }
            }
        }
        let types = Types::new(&builder, unit.get_file());
        Self { context, builder, unit, files, places, types, parts: RefCell::default() }
    }

    /// Ends it; nothing may be added later.
    pub(crate) fn finish(&self) {
        self.builder.finalize();
    }

    /// Describes a function, whose parameters must have names in BTF.
    pub(crate) fn function(&self, function: &Function) -> Scope<'c> {
        let (line, _) = self.position(function.span);
        let file = self.file(function.span.source);
        let Types { int, long, byte, ptr } = self.types;
        let (result, parameters) = match &function.role {
            Role::Program(_) => (int, vec![("ctx".to_owned(), ptr)]),
            Role::Subprogram { parameters } => {
                let ty = |kind: &ValueKind| match kind {
                    ValueKind::Int => long,
                    ValueKind::Ptr => ptr,
                };
                let ty = |kind: &ValueKind| match function.inlining {
                    // The kernel takes the size of what is pointed to from here.
                    Inlining::Apart { bytes } => {
                        pointer(&self.builder, self.array(byte, 8, bytes.into()))
                    }
                    Inlining::Never | Inlining::Always => ty(kind),
                };
                let name = |(index, kind)| (format!("p{index}"), ty(kind));
                (long, parameters.iter().enumerate().map(name).collect())
            }
        };
        let types: Vec<_> = parameters.iter().map(|(_, ty)| *ty).collect();
        let is_apart = matches!(function.inlining, Inlining::Apart { .. });
        let subprogram = self.builder.create_function(
            file.as_debug_info_scope(),
            &function.name,
            None,
            file,
            line,
            self.builder.create_subroutine_type(file, Some(result), &types, DIFlags::ZERO),
            matches!(function.role, Role::Subprogram { .. }) && !is_apart,
            true,
            line,
            DIFlags::PROTOTYPED,
            true,
        );
        for (number, (name, ty)) in (1..).zip(&parameters) {
            let scope = subprogram.as_debug_info_scope();
            self.builder.create_parameter_variable(
                scope,
                name,
                number,
                file,
                line,
                *ty,
                true,
                DIFlags::ZERO,
            );
        }
        Scope { name: function.name.clone(), source: function.span.source, subprogram }
    }

    /// The place of an instruction of the function with `scope`.
    pub(crate) fn location(&self, scope: &Scope<'c>, span: Span) -> DILocation<'c> {
        let (line, column) = self.position(span);
        let place = self.part(scope, span.source);
        self.builder.create_debug_location(self.context, line, column, place, None)
    }

    /// Describes a BTF-defined map: a struct in which the array length that each pointer member
    /// points to is the value of an attribute, as libbpf reads it.
    pub(crate) fn map(&self, global: GlobalValue<'c>, name: &str, attributes: &[(&str, u32)]) {
        let file = self.unit.get_file();
        let scope = file.as_debug_info_scope();
        let member = |(at, (name, value)): (u64, &(&str, u32))| {
            let ty = self.number(*value);
            let ty = self.builder.create_member_type(
                scope,
                name,
                file,
                0,
                64,
                64,
                at * 64,
                DIFlags::ZERO,
                ty,
            );
            ty.as_type()
        };
        let members: Vec<_> = (0..).zip(attributes).map(member).collect();
        let bits = members.len() as u64 * 64;
        let ty = self.builder.create_struct_type(
            scope,
            "",
            file,
            0,
            bits,
            64,
            DIFlags::ZERO,
            None,
            &members,
            0,
            None,
            "",
        );
        self.global(global, name, ty.as_type());
    }

    /// Describes a global variable as `size` bytes.
    pub(crate) fn bytes(&self, global: GlobalValue<'c>, name: &str, size: usize) {
        self.global(global, name, self.array(self.types.byte, 8, size as u64));
    }

    fn global(&self, global: GlobalValue<'c>, name: &str, ty: DIType<'c>) {
        let expression = self.builder.create_global_variable_expression(
            self.unit.as_debug_info_scope(),
            name,
            "",
            self.unit.get_file(),
            0,
            ty,
            false,
            None,
            None,
            global.get_alignment() * 8,
        );
        // 0 is `!dbg`.
        global.set_metadata(expression.as_metadata_value(self.context), 0);
    }

    /// `int (*)[value]`
    fn number(&self, value: u32) -> DIType<'c> {
        pointer(&self.builder, self.array(self.types.int, 32, value.into()))
    }

    fn array(&self, item: DIType<'c>, bits: u32, count: u64) -> DIType<'c> {
        let (size, range) = (u64::from(bits) * count, 0..count.cast_signed());
        let ranges = std::slice::from_ref(&range);
        self.builder.create_array_type(item, size, bits, ranges).as_type()
    }

    fn part(&self, scope: &Scope<'c>, source: SourceId) -> DIScope<'c> {
        let whole = scope.subprogram.as_debug_info_scope();
        let place = |id: SourceId| self.places.get(id.0 as usize);
        if place(source) == place(scope.source) {
            return whole;
        }
        let block = || {
            let file = self.file(source);
            self.builder.create_lexical_block(whole, file, 1, 1).as_debug_info_scope()
        };
        let mut parts = self.parts.borrow_mut();
        *parts.entry((scope.name.clone(), source)).or_insert_with(block)
    }

    fn file_of(&self, source: SourceId) -> Option<&File<'c>> {
        self.files.get(*self.places.get(source.0 as usize)?)
    }

    fn file(&self, source: SourceId) -> DIFile<'c> {
        let file = self.file_of(source);
        file.map_or_else(|| self.unit.get_file(), |file| file.file)
    }

    /// Line and column, from 1.
    fn position(&self, span: Span) -> (u32, u32) {
        let Some(file) = self.file_of(span.source) else { return (1, 1) };
        let start = span.start as usize;
        let line = file.lines.partition_point(|&at| at <= start).max(1);
        let column = start - file.lines[line - 1] + 1;
        (line as u32, column.min(LAST_COLUMN) as u32)
    }
}

impl<'c> Scope<'c> {
    /// The function that it is.
    pub(crate) const fn subprogram(&self) -> DISubprogram<'c> {
        self.subprogram
    }
}

impl<'c> File<'c> {
    fn new(builder: &DebugInfoBuilder<'c>, index: usize, source: &Source) -> Self {
        // LLVM keeps the lines by file name, so that two texts must not have one name.
        let name = match source.origin {
            Origin::Root | Origin::Import(_) => source.name.clone(),
            Origin::Expansion(_) => format!("{}#{index}", source.name),
        };
        let ends = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { file: ffi::file_with_text(builder, &name, &source.text), lines }
    }
}

impl<'c> Types<'c> {
    fn new(builder: &DebugInfoBuilder<'c>, file: DIFile<'c>) -> Self {
        let basic = |name, bits, encoding| {
            let ty = builder.create_basic_type(name, bits, encoding, DIFlags::ZERO);
            // It fails for empty names only.
            ty.map_or_else(|_| nameless(builder, file), |ty| ty.as_type())
        };
        let byte = basic("unsigned char", 8, UNSIGNED);
        Self {
            int: basic("int", 32, SIGNED),
            long: basic("long", 64, SIGNED),
            byte,
            ptr: pointer(builder, byte),
        }
    }
}

fn nameless<'c>(builder: &DebugInfoBuilder<'c>, file: DIFile<'c>) -> DIType<'c> {
    let scope = file.as_debug_info_scope();
    let zero = DIFlags::ZERO;
    builder.create_struct_type(scope, "", file, 0, 0, 8, zero, None, &[], 0, None, "").as_type()
}

fn pointer<'c>(builder: &DebugInfoBuilder<'c>, to: DIType<'c>) -> DIType<'c> {
    builder.create_pointer_type("", to, 64, 64, AddressSpace::default()).as_type()
}

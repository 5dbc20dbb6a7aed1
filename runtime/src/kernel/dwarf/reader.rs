//! Entries of DWARF, their attributes, and the entries that these refer to.

use std::{
    borrow::Cow,
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use gimli::{AttributeValue, DwAt, DwTag, UnitOffset};
use object::{Endianness, Object, ObjectSection, read::elf::ElfFile64};

use super::Places;

pub(super) type Slice<'d> = gimli::EndianSlice<'d, gimli::LittleEndian>;
pub(super) type Unit<'d> = gimli::Unit<Slice<'d>>;
type Header<'d> = gimli::UnitHeader<Slice<'d>>;
type Value<'d> = AttributeValue<Slice<'d>>;

/// The debug information of a file.
pub(super) struct Reader<'d> {
    /// The file.
    pub(super) path: &'d str,
    pub(super) dwarf: gimli::Dwarf<Slice<'d>>,
    pub(super) places: &'d Places,
    /// Units by their place.
    pub(super) units: RefCell<BTreeMap<usize, Rc<Unit<'d>>>>,
    pub(super) headers: OnceCell<Vec<Header<'d>>>,
}

/// An entry.
#[derive(Clone)]
pub(super) struct Die<'d> {
    pub(super) unit: Rc<Unit<'d>>,
    pub(super) entry: gimli::DebuggingInformationEntry<Slice<'d>>,
}

/// The sections of debug information, without compression.
pub(super) fn sections<'d>(
    elf: &ElfFile64<'d, Endianness>,
) -> Result<gimli::DwarfSections<Cow<'d, [u8]>>, object::Error> {
    gimli::DwarfSections::load(|id| match elf.section_by_name(id.name()) {
        Some(section) => section.uncompressed_data(),
        None => Ok(Cow::Borrowed(&[])),
    })
}

impl<'d> Die<'d> {
    pub(super) fn tag(&self) -> DwTag {
        self.entry.tag()
    }

    /// Its place in `.debug_info`.
    pub(super) fn place(&self) -> Option<usize> {
        Some(self.entry.offset().to_debug_info_offset(&self.unit.header)?.0)
    }
}

impl<'d> Reader<'d> {
    pub(super) fn headers(&self) -> &[Header<'d>] {
        self.headers.get_or_init(|| {
            let mut headers = Vec::new();
            let mut units = self.dwarf.units();
            while let Ok(Some(header)) = units.next() {
                headers.push(header);
            }
            headers
        })
    }

    pub(super) fn unit(&self, header: &Header<'d>) -> Option<Rc<Unit<'d>>> {
        let place = header.debug_info_offset()?.0;
        if let Some(known) = self.units.borrow().get(&place) {
            return Some(Rc::clone(known));
        }
        let unit = Rc::new(self.dwarf.unit(*header).ok()?);
        self.units.borrow_mut().insert(place, Rc::clone(&unit));
        Some(unit)
    }

    /// The entry at a place in `.debug_info`.
    pub(super) fn at(&self, place: usize) -> Option<Die<'d>> {
        let headers = self.headers();
        let start = |header: &Header<'d>| header.debug_info_offset().map_or(0, |at| at.0);
        let index = headers.partition_point(|header| start(header) <= place).checked_sub(1)?;
        let header = &headers[index];
        let unit = self.unit(header)?;
        self.in_unit(&unit, UnitOffset(place - start(header)))
    }

    pub(super) fn in_unit(&self, unit: &Rc<Unit<'d>>, at: UnitOffset) -> Option<Die<'d>> {
        Some(Die { unit: Rc::clone(unit), entry: unit.entry(at).ok()? })
    }

    pub(super) fn root(&self, unit: &Rc<Unit<'d>>) -> Option<Die<'d>> {
        self.in_unit(unit, unit.header.root_offset())
    }

    /// What is directly inside of an entry.
    pub(super) fn children(&self, die: &Die<'d>) -> Vec<Die<'d>> {
        let mut found = Vec::new();
        let Ok(mut tree) = die.unit.entries_tree(Some(die.entry.offset())) else {
            return found;
        };
        let Ok(root) = tree.root() else { return found };
        let mut children = root.children();
        while let Ok(Some(child)) = children.next() {
            let entry = child.entry().clone();
            found.push(Die { unit: Rc::clone(&die.unit), entry });
        }
        found
    }

    /// The entry that an attribute of this very entry refers to.
    pub(super) fn referred(&self, die: &Die<'d>, name: DwAt) -> Option<Die<'d>> {
        let value = die.entry.attr_value(name)?;
        if let AttributeValue::UnitRef(at) = value {
            return self.in_unit(&die.unit, at);
        }
        let AttributeValue::DebugInfoRef(at) = value else { return None };
        self.at(at.0)
    }

    /// The entry that has the attribute: this one, or the one that it completes.
    pub(super) fn owner(&self, die: &Die<'d>, name: DwAt) -> Option<Die<'d>> {
        let mut die = die.clone();
        for _ in 0..4 {
            if die.entry.has_attr(name) {
                return Some(die);
            }
            die = self
                .referred(&die, gimli::DW_AT_abstract_origin)
                .or_else(|| self.referred(&die, gimli::DW_AT_specification))?;
        }
        None
    }

    pub(super) fn attribute(&self, die: &Die<'d>, name: DwAt) -> Option<Value<'d>> {
        self.owner(die, name)?.entry.attr_value(name)
    }

    pub(super) fn name(&self, die: &Die<'d>) -> Option<String> {
        let owner = self.owner(die, gimli::DW_AT_name)?;
        let value = owner.entry.attr_value(gimli::DW_AT_name)?;
        let text = self.dwarf.attr_string(&owner.unit, value).ok()?;
        Some(text.to_string_lossy().into_owned())
    }

    pub(super) fn number(&self, die: &Die<'d>, name: DwAt) -> Option<u64> {
        let value = self.attribute(die, name)?;
        value.udata_value().or_else(|| value.sdata_value().map(i64::cast_unsigned))
    }

    pub(super) fn is(&self, die: &Die<'d>, name: DwAt) -> bool {
        let value = self.attribute(die, name);
        matches!(value, Some(AttributeValue::Flag(true)))
    }

    /// The type of a variable, a member, a function's result, or what a type is made of.
    pub(super) fn ty(&self, die: &Die<'d>) -> Option<Die<'d>> {
        let owner = self.owner(die, gimli::DW_AT_type)?;
        self.referred(&owner, gimli::DW_AT_type)
    }
}

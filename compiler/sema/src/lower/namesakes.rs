//! `probe` is one value for one name, whichever of the sites called so has fired: labels, probes
//! that stand in a script twice and the places of one line have names in common.

use std::collections::HashMap;

use ir::{Bin, Global, Id, IdVec, Inst, Mutability, Sign, Site, SiteId, ValueId, Width};

use super::{body::BodyLowering, plan::SiteSource};

/// The first site of each name.
#[derive(Debug, Default)]
pub(super) struct Namesakes {
    first: HashMap<String, SiteId>,
}

impl Namesakes {
    /// Adds a site, with the first that is called so.
    pub(super) fn push(&mut self, mut site: Site, sites: &mut IdVec<SiteId, Site>) -> SiteId {
        let new = SiteId::from_index(sites.len());
        site.first = *self.first.entry(site.name.clone()).or_insert(new);
        sites.push(site)
    }
}

impl BodyLowering<'_> {
    /// The number of the first site that is called like the one that fired.
    pub(super) fn first_of_name(&mut self) -> ValueId {
        if let SiteSource::Constant(site) = self.unit.site {
            return self.b.constant(self.program.sites[site].first.index() as i64);
        }
        let fired = stdlib::Lower::site(self);
        let sites = self.unit.sites.iter().map(|(site, _)| *site);
        let pairs: Vec<_> = sites.map(|site| (site, self.program.sites[site].first)).collect();
        if pairs.iter().all(|(site, first)| site == first) {
            return fired;
        }
        // Never empty here; a power of two bounds the look-up for the verifier.
        let last = pairs.iter().map(|(site, _)| site.index()).max().unwrap_or_default();
        let mut numbers = vec![0u32; (last + 1).next_power_of_two()];
        for (site, first) in pairs {
            numbers[site.index()] = first.index() as u32;
        }
        let length = numbers.len() as i64;
        let table = self.program.globals.push(Global {
            name: format!("namesakes_{}", self.program.globals.len()),
            content: numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            align: 4,
            mutability: Mutability::Constant,
        });
        let index = self.b.bin_const(Bin::And, fired, length - 1);
        let bytes = self.b.bin_const(Bin::Mul, index, 4);
        let table = self.b.global(table);
        let place = self.b.push(Inst::Offset(table, bytes));
        self.b.load(place, 0, Width::W32, Sign::Unsigned)
    }
}

//! Uses of maps: keys, values, and that every use of a map agrees with the others.

use diag::{Code, Diagnostic, Span};
use grammar::ast::MapAccess;
use ir::{Reduce, Ty};
use stdlib::article;

use super::{Checker, KeyTypes, MapTypes};
use crate::{
    typed::{Entry, ExprId},
    types::{Seen, join},
};

impl Checker<'_> {
    fn map(&mut self, name: &str, span: Span) -> &mut MapTypes {
        self.known.maps.entry(name.to_owned()).or_insert_with(|| MapTypes {
            span,
            key: None,
            value: None,
            value_span: span,
            item: None,
            read: None,
        })
    }

    /// The value's type as far as it is known.
    pub(super) fn map_value(&self, name: &str) -> Option<Ty> {
        let value = self.known.maps.get(name)?.value.as_ref();
        value.map(|seen| seen.ty.clone())
    }

    /// The key's type: none for a scalar map or one not known yet.
    pub(super) fn map_key(&self, name: &str) -> Option<Ty> {
        let key = self.known.maps.get(name)?.key.as_ref()?;
        key.ty.as_ref().map(|seen| seen.ty.clone())
    }

    /// Checks the keys of an access and widens the map's.
    pub(super) fn entry(&mut self, access: &MapAccess, span: Span) -> Option<Entry> {
        let name = access.name.text.clone();
        let keys: Vec<_> = match &access.keys {
            Some(keys) => keys.list.iter().map(|key| self.expr(key)).collect(),
            None => Vec::new(),
        };
        // An aggregation stands for its number.
        let keys: Vec<_> = keys.into_iter().map(|key| self.reduced_number(key)).collect();
        for key in &keys {
            if self.lacks_value(*key) {
                return None;
            }
        }
        let key_span = access.keys.as_ref().map_or(span, |keys| keys.span);
        self.keys(&name, (span, key_span), &keys).then_some(Entry { map: name, keys })
    }

    /// Widens the key of map `name` by `keys`, none for a scalar map; whether that went well.
    pub(super) fn keys(
        &mut self,
        name: &str,
        (span, key_span): (Span, Span),
        keys: &[ExprId],
    ) -> bool {
        if keys.iter().any(|key| self.is_nothing(*key)) {
            self.map(name, span);
            return false;
        }
        let seen = match keys {
            [] => None,
            [key] => Some(self.seen(*key)),
            _ => Some(Seen::fixed(Ty::Tuple(
                keys.iter().map(|key| self.ty(*key).clone()).collect(),
            ))),
        };
        if let Some(Seen { ty: Ty::Reduced(_), .. }) = &seen {
            let problem = Diagnostic::new(
                Code::KeyMismatch,
                key_span,
                "an aggregation can't be a key",
                "here",
            );
            self.c.problems.push(problem);
            return false;
        }
        let map = self.map(name, span);
        let Some(known) = &mut map.key else {
            map.key = Some(KeyTypes { ty: seen, span: key_span });
            return true;
        };
        let (first, first_span) = (known.ty.clone(), known.span);
        match (first, seen) {
            (None, None) => true,
            (Some(old), Some(new)) => match join(&old, &new) {
                Some(joined) => {
                    known.ty = Some(joined);
                    true
                }
                None => {
                    let problem =
                        key_mismatch(name, (&old.ty, first_span), (&new.ty, key_span));
                    self.c.problems.push(problem);
                    false
                }
            },
            (old, _) => {
                let problem = mixed(name, old.is_some(), span, first_span);
                self.c.problems.push(problem);
                false
            }
        }
    }

    /// Notes that a map is read.
    pub(super) fn note_read(&mut self, name: &str, span: Span) {
        self.map(name, span).read.get_or_insert(span);
    }

    /// Widens the value of a map; complains if it does not go with what is there.
    pub(super) fn widen_value(&mut self, name: &str, span: Span, seen: &Seen) {
        if seen.ty == Ty::Void {
            return;
        }
        let map = self.map(name, span);
        let Some(old) = &map.value else {
            (map.value, map.value_span) = (Some(seen.clone()), span);
            return;
        };
        if let Some(joined) = join(old, seen) {
            map.value = Some(joined);
            return;
        }
        let (old, first) = (old.ty.clone(), map.value_span);
        if let (Ty::Reduced(one), Ty::Reduced(other)) = (&old, &seen.ty)
            && one.to_string() == other.to_string()
        {
            let problem = other_parameters(name, *one, (first, span));
            self.c.problems.push(problem);
            return;
        }
        let title = format!("`@{name}` holds `{old}`, which `{}` does not go with", seen.ty);
        let compat = format!(
            "Type mismatch for @{name}: trying to assign value of type '{}' when map already has a type '{old}'",
            seen.ty
        );
        let label = format!("this is {}", article(&seen.ty));
        let mut problem = Diagnostic::new(Code::TypeMismatch, span, title, label);
        if first != span {
            problem = problem.related(first, format!("first used for {} here", article(&old)));
        }
        self.c.problems.push(problem.help("use another map for it").compat(compat));
    }
}

impl Checker<'_> {
    /// Widens what an aggregation of a map tells apart; complains if it does not go with what is
    /// there.
    pub(super) fn widen_item(&mut self, name: &str, item: &stdlib::Arg) {
        let seen = self.seen(ExprId(item.handle));
        let map = self.map(name, item.span);
        let joined = match &map.item {
            Some(old) => join(old, &seen),
            None => Some(seen.clone()),
        };
        let Some(joined) = joined else {
            let old = map.item.as_ref().map_or(Ty::Void, |old| old.ty.clone());
            let title =
                format!("`@{name}` counts `{old}`, which `{}` does not go with", seen.ty);
            let label = format!("this is {}", article(&seen.ty));
            let problem = Diagnostic::new(Code::TypeMismatch, item.span, title, label);
            self.c.problems.push(problem.help("use another map for it"));
            return;
        };
        map.item = Some(joined);
    }
}

/// An aggregation whose parameters differ from those of another use of the map.
fn other_parameters(name: &str, reduce: Reduce, (first, span): (Span, Span)) -> Diagnostic {
    let (word, compat) = match reduce {
        Reduce::Log2 { .. } => ("hist", "Different bits in a single hist unsupported"),
        Reduce::Linear { .. } => {
            ("lhist", "Different lhist bounds in a single map unsupported")
        }
        Reduce::Series(_) => {
            ("tseries", "Different tseries bounds in a single map unsupported")
        }
        Reduce::Top(_) => ("topk", "Different topk parameters in a single map unsupported"),
        Reduce::Count
        | Reduce::Quantiles
        | Reduce::Distinct
        | Reduce::Sum(_)
        | Reduce::Min(_)
        | Reduce::Max(_)
        | Reduce::Mean(_)
        | Reduce::Stats(_) => ("aggregation", ""),
    };
    let title = format!("`@{name}` is a `{word}` with other parameters elsewhere");
    Diagnostic::new(Code::TypeMismatch, span, title, "these parameters differ")
        .related(first, "from these")
        .help("give the same parameters everywhere, or use another map")
        .compat(compat)
}

fn key_mismatch(name: &str, (old, first): (&Ty, Span), (new, span): (&Ty, Span)) -> Diagnostic {
    let title = format!("`@{name}` has keys of type `{old}`, which `{new}` does not go with");
    let compat = format!(
        "Argument mismatch for @{name}: trying to access with arguments: '{new}' when map expects arguments: '{old}'"
    );
    Diagnostic::new(Code::KeyMismatch, span, title, format!("this key is `{new}`"))
        .related(first, format!("this one is `{old}`"))
        .help("use the same kinds of keys everywhere, or another map")
        .compat(compat)
}

fn mixed(name: &str, was_keyed: bool, span: Span, first: Span) -> Diagnostic {
    let (now, before) = if was_keyed { ("without", "with") } else { ("with", "without") };
    let title = format!("`@{name}` is used {now} a key here and {before} one elsewhere");
    let words = |keyed: bool| {
        if keyed {
            "with an explicit key (non-scalar map)"
        } else {
            "without an explicit key (scalar map)"
        }
    };
    let compat = format!(
        "@{name} used as a map {}, previously used {}",
        words(!was_keyed),
        words(was_keyed)
    );
    let help = if was_keyed {
        format!("write `@{name}[KEY]`, or use another map")
    } else {
        format!("write `@{name}` without a key, or use another map")
    };
    Diagnostic::new(Code::MixedMap, span, title, format!("{now} a key"))
        .related(first, format!("{before} a key"))
        .help(help)
        .compat(compat)
}

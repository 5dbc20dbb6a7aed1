//! Expressions that are no numbers: conditions, texts, pointers, tuples and records.

use super::{
    random::Random,
    shape::{Shape, field_name},
    writer::Writer,
};

const TEXTS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"sh\"",
    "\"bash\"",
    "\"hawk trace\"",
    "\"a\\tb\\n\"",
    "\"\\x41\\101\"",
    "\"abcdefghijklmno\"",
    "\"abcdefghijklmnop\"",
    "\"/usr/share/dict/words and more than that\"",
];

impl Writer<'_> {
    /// What is found behind a pointer to something in the kernel.
    pub(super) fn kernel_part(&mut self, shape: &Shape, depth: usize) -> Option<String> {
        let names = self.types.present(self.kernel);
        let name = match self.random.percent(60) {
            true => "struct task_struct",
            false => self.random.choose(&names)?,
        };
        let dynamic = self.random.percent(20).then(|| self.open_int(depth.saturating_sub(1)));
        let mut index = |random: &mut Random, count: u32| match &dynamic {
            Some(text) => format!("({text}) % {count}"),
            None => random.below(count as usize).to_string(),
        };
        let way = self.types.way(self.kernel, (name, shape), &mut self.random, &mut index)?;
        let base = self.pointer(name, depth.saturating_sub(1));
        Some(format!("{base}{way}"))
    }

    pub(super) fn pointer(&mut self, name: &str, depth: usize) -> String {
        let shape = Shape::Pointer(name.to_owned());
        match self.random.below(3) {
            0 if let Some(variable) = self.variable(&shape) => variable.text,
            1 if depth > 0
                && let Some(way) = self.kernel_part(&shape, depth - 1) =>
            {
                way
            }
            _ => match self.atom(&shape) {
                Some(atom) if self.random.percent(70) => atom,
                _ => format!("(({name} *){})", self.open_int(depth.min(1))),
            },
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> String {
        if depth == 0 || !self.grows() {
            return match self.atom(&Shape::Bool) {
                Some(atom) if self.random.percent(50) => atom,
                _ => (*self.random.pick(&["true", "false"])).to_owned(),
            };
        }
        match self.random.below(10) {
            0..4 => {
                let (left, right) = (self.open_int(depth - 1), self.int(depth - 1).text);
                let operator = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("({left} {operator} {right})")
            }
            4 => {
                let operator = *self.random.pick(&["&&", "||"]);
                format!(
                    "({} {operator} {})",
                    self.condition(depth - 1),
                    self.condition(depth - 1)
                )
            }
            5 => format!("(!{})", self.condition(depth - 1)),
            6 | 7 => {
                let (left, right) = (self.text(depth - 1), self.text(depth - 1));
                let operator = *self.random.pick(&["==", "!="]);
                format!("({left} {operator} {right})")
            }
            8 => match self.call_of(&Shape::Bool, depth) {
                Some(call) => call,
                None => self.choice(&Shape::Bool, depth),
            },
            _ => {
                let shape = Shape::Tuple(vec![Shape::Int, Shape::Text]);
                let (left, right) =
                    (self.expr(&shape, depth - 1), self.expr(&shape, depth - 1));
                format!("({left} == {right})")
            }
        }
    }

    pub(super) fn text(&mut self, depth: usize) -> String {
        if depth == 0 || !self.grows() {
            return match (self.random.below(3), self.atom(&Shape::Text)) {
                (0, _) | (_, None) => (*self.random.pick(TEXTS)).to_owned(),
                (_, Some(atom)) => atom,
            };
        }
        match self.random.below(9) {
            0 | 1 => (*self.random.pick(TEXTS)).to_owned(),
            2 => self.atom(&Shape::Text).unwrap_or_else(|| "comm".to_owned()),
            3 => self.choice(&Shape::Text, depth),
            4 => self.block_value(&Shape::Text, depth),
            5 => match self.entry_of(&Shape::Text) {
                Some(entry) => entry,
                None => self.text(0),
            },
            6 => self.kernel_part(&Shape::Text, depth).unwrap_or_else(|| self.text(0)),
            _ => match self.call_of(&Shape::Text, depth) {
                Some(call) => call,
                None => self.text(0),
            },
        }
    }

    pub(super) fn tuple(&mut self, items: &[Shape], depth: usize) -> String {
        let texts: Vec<_> =
            items.iter().map(|item| self.expr(item, depth.saturating_sub(1))).collect();
        match texts.as_slice() {
            [only] => format!("({only},)"),
            _ => format!("({})", texts.join(", ")),
        }
    }

    pub(super) fn record(&mut self, items: &[Shape], depth: usize) -> String {
        let fields: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                format!("{}={}", field_name(at), self.expr(item, depth.saturating_sub(1)))
            })
            .collect();
        format!("({})", fields.join(", "))
    }
}

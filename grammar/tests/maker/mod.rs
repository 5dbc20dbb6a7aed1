//! Makes programs that nobody would write: every construct inside of every other, with
//! parentheses, comments and line ends wherever they may stand.

mod programs;

/// A small generator of numbers that look random and are the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.next(from.len())]
    }
}

/// A program in the making.
pub(crate) struct Maker {
    pub(crate) random: Random,
    pub(crate) out: String,
    /// How many more nodes there may be.
    pub(crate) left: usize,
    /// One of how many gaps has a comment; 0: none has.
    pub(crate) comments: usize,
    /// Whether blocks may stand in expressions.
    pub(crate) blocks: bool,
}

pub(crate) const TYPES: &[&str] = &[
    "uint64",
    "pid_t",
    "foo",
    "struct s",
    "struct s *",
    "char * *",
    "unsigned long",
    "uint8 [ 8 ]",
    "enum e",
    "typeof ( $x )",
    "typeof ( $x ) *",
    "foo *",
    "const struct s *",
    "union u [ 2 ] *",
];
const BINARY: &[&str] = &[
    "||", "&&", "|", "^", "&", "==", "!=", "<", ">", "<=", ">=", "<<", ">>", "+", "-", "*",
    "/", "%",
];
const COMMENTS: &[&str] = &[
    " // one\n",
    "\n // two\n",
    "\n\n // three\n\n",
    " /* four */ ",
    "\n /* five */\n",
    " /* six */\n",
    "\n /* seven */ ",
    " /* eight\n * nine */ ",
    "\n/* ten\n  eleven */\n",
    " // - twelve \n",
    " /*/*/ ",
    " //\n",
];
impl Maker {
    /// A token, with a gap before it.
    fn put(&mut self, token: &str) {
        self.gap();
        self.out += token;
    }

    fn puts(&mut self, tokens: &str) {
        for token in tokens.split(' ') {
            self.put(token);
        }
    }

    fn gap(&mut self) {
        self.out.push(' ');
        if self.comments > 0 && self.random.next(self.comments) == 0 {
            self.out += self.random.pick(COMMENTS);
        } else if self.random.next(12) == 0 {
            self.out += self.random.pick(&["\n", "\n\n", "\n\n\n", "\t", "\r\n"]);
        }
    }

    fn chance(&mut self, of: usize) -> bool {
        self.random.next(of) == 0
    }

    /// Whether there may be more, deeper.
    fn grows(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn list(&mut self, least: usize, one: fn(&mut Self)) {
        let count = least + self.random.next(4);
        for at in 0..count {
            if at > 0 {
                self.put(",");
            }
            one(self);
        }
    }

    // ── expressions ──

    fn expr(&mut self) {
        if self.chance(8) {
            self.put("(");
            self.expr();
            return self.put(")");
        }
        if !self.grows() {
            return self.leaf();
        }
        match self.random.next(20) {
            0..=5 => {
                self.expr();
                self.put(BINARY[self.random.0 as usize % BINARY.len()]);
                self.expr();
            }
            6 => {
                self.put(["!", "~", "-", "*"][self.random.0 as usize % 4]);
                self.expr();
            }
            7 => self.step(),
            8 => {
                self.expr();
                self.put("?");
                self.expr();
                self.put(":");
                self.expr();
            }
            9 => {
                self.expr();
                self.put("?:");
                self.expr();
            }
            10 => self.cast(),
            11 | 12 => self.postfix(),
            13 | 14 => self.call(),
            15 => self.tuple(),
            16 => {
                self.put("comptime");
                self.expr();
            }
            17 if self.blocks => self.block(true),
            18 if self.blocks => self.if_else(true),
            _ => self.place(),
        }
    }

    fn leaf(&mut self) {
        let leaf = self.random.pick(&[
            "1",
            "0x1F",
            "1e6",
            "5ms",
            "10ull",
            "0",
            "017",
            "\"a\\tb\\x41\"",
            "\"\"",
            "true",
            "$1",
            "$#",
            "$x",
            "@m",
            "@",
            "pid",
            "foo",
            "args",
            "pid_t",
            "uint64",
            "1_000",
            "\"// no comment\"",
        ]);
        self.put(leaf);
    }

    fn place(&mut self) {
        let place =
            self.random.pick(&["$x", "$some_longer_name", "@m", "@", "@some_longer_name"]);
        self.put(place);
        if place.starts_with('@') && self.chance(2) {
            self.put("[");
            self.list(1, Self::expr);
            self.put("]");
        }
    }

    fn step(&mut self) {
        let sign = self.random.pick(&["++", "--", "&"]);
        if self.chance(2) || sign == "&" {
            self.put(sign);
            self.place();
        } else {
            self.place();
            self.put(sign);
        }
    }

    fn cast(&mut self) {
        self.put("(");
        let ty = self.random.pick(TYPES);
        self.puts(ty);
        self.put(")");
        self.expr();
    }

    fn postfix(&mut self) {
        let wrapped = self.chance(3);
        if wrapped {
            self.put("(");
            self.expr();
            self.put(")");
        } else {
            self.place();
        }
        for _ in 0..=self.random.next(3) {
            match self.random.next(5) {
                0 => self.puts(". name"),
                1 => self.puts("-> if"),
                2 => self.puts(". 0"),
                _ => {
                    self.put("[");
                    self.expr();
                    self.put("]");
                }
            }
        }
    }

    fn call(&mut self) {
        let name =
            self.random.pick(&["printf", "hist", "f", "sizeof", "some_longer_function_name"]);
        self.put(name);
        self.put("(");
        self.list(0, Self::argument);
        self.put(")");
    }

    fn argument(&mut self) {
        if self.chance(6) {
            let ty = self.random.pick(TYPES);
            return self.puts(ty);
        }
        self.expr();
    }

    fn tuple(&mut self) {
        self.put("(");
        match self.random.next(4) {
            0 => {
                self.puts("x =");
                self.expr();
                self.puts(", type =");
                self.expr();
            }
            1 => {
                self.expr();
                self.put(",");
            }
            2 => {}
            _ => self.list(2, Self::argument),
        }
        self.put(")");
    }
}

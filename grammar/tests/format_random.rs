//! The formatter over programs that nobody would write: every construct inside of every other,
//! with parentheses, comments and line ends wherever they may stand.

mod check;

use check::{formatted, parse};

/// How many programs.
const ROUNDS: usize = 4_000;

/// A small generator of numbers that look random and are the same in every run.
struct Random(u64);

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
struct Maker {
    random: Random,
    out: String,
    /// How many more nodes there may be.
    left: usize,
    /// One of how many gaps has a comment; 0: none has.
    comments: usize,
    /// Whether blocks may stand in expressions.
    blocks: bool,
}

const TYPES: &[&str] = &[
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
const POINTS: &[&str] = &[
    "begin",
    "END",
    "kprobe:vfs_read",
    "uprobe:/bin/bash:readline",
    "i:s:1",
    "BEGIN",
    "tracepoint:syscalls:sys_enter_openat",
    "uprobe:\"/with space/x\":\"f(int)\"",
    "kprobe:$1",
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

    // ── statements ──

    fn block(&mut self, valued: bool) {
        self.put("{");
        for _ in 0..self.random.next(4) {
            self.stmt();
        }
        if valued && !self.chance(6) {
            self.expr();
        }
        self.put("}");
    }

    fn if_else(&mut self, valued: bool) {
        for at in 0..=self.random.next(3) {
            if at > 0 {
                self.put("else");
            }
            self.put("if");
            self.expr();
            self.block(valued);
        }
        if valued || self.chance(2) {
            self.put("else");
            self.block(valued);
        }
    }

    fn stmt(&mut self) {
        if !self.grows() {
            return self.puts("break ;");
        }
        match self.random.next(16) {
            0..=3 => {
                self.place();
                let sign = self.random.pick(&["=", "=", "+=", "/=", "<<="]);
                self.put(sign);
                self.expr();
            }
            4 => {
                self.puts("let $x");
                if self.chance(2) {
                    let ty = self.random.pick(TYPES);
                    self.put(":");
                    self.puts(ty);
                }
                if self.chance(2) {
                    self.put("=");
                    self.expr();
                }
            }
            5 => return self.if_else(false),
            6 => {
                let keyword = self.random.pick(&["while", "unroll", "if"]);
                self.put(keyword);
                self.expr();
                return self.block(false);
            }
            7 => return self.for_each(),
            8 => return self.block(false),
            9 => {
                self.puts("_ =");
                self.expr();
            }
            10 => self.put("return"),
            11 => {
                self.put("return");
                self.expr();
            }
            12 => self.puts("import \"x.h\""),
            13 => self.put(""),
            _ => self.expr(),
        }
        self.put(";");
    }

    fn for_each(&mut self) {
        let wrapped = self.chance(2);
        self.put("for");
        if wrapped {
            self.put("(");
        }
        self.puts("$k :");
        self.expr();
        if self.chance(2) {
            self.put("..");
            self.expr();
        }
        if wrapped {
            self.put(")");
        }
        self.block(false);
    }

    // ── items ──

    fn program(&mut self) {
        if self.chance(6) {
            self.out += "#!/usr/bin/env hawk\n";
        }
        if self.chance(4) {
            self.puts("config = {");
            self.puts("max_strlen = 0x40 ; name = \"x\" ; print_maps = false ; missing = warn");
            self.put("}");
        }
        if self.chance(6) {
            self.out += "\n#include <linux/fs.h>\nstruct s { int  x; } /* c */ ;\n";
        }
        for _ in 0..self.random.next(3) {
            self.puts("import \"lib.bt\" ;");
        }
        for _ in 0..self.random.next(3) {
            self.puts("let @m = lruhash ( 1_000 ) ;");
        }
        for _ in 0..=self.random.next(3) {
            self.left = 1 + self.random.next(40);
            match self.random.next(8) {
                0 => {
                    let head = self.random.pick(&["macro m ( )", "macro m ( $a , @b , c )"]);
                    self.puts(head);
                    self.block(true);
                }
                1 => {
                    let head = self.random.pick(&[
                        "fn f ( )",
                        "fn f ( $a : int32 , $b : struct s * ) : uint64",
                        "fn f ( $a : foo [ 2 ] )",
                    ]);
                    self.puts(head);
                    self.block(false);
                }
                _ => self.probe(),
            }
        }
        self.gap();
    }

    fn probe(&mut self) {
        if self.chance(6) {
            self.out += "\nlabel=";
        }
        let one = |it: &mut Self| {
            let point = it.random.pick(POINTS);
            it.put(point);
        };
        one(self);
        for _ in 0..self.random.next(3) {
            self.put(",");
            one(self);
        }
        if self.chance(3) {
            self.put("/");
            self.blocks = false;
            self.expr();
            self.blocks = true;
            self.put("/");
        }
        self.block(false);
    }
}

fn check_many(seed: u64, comments: usize) {
    let mut maker =
        Maker { random: Random(seed), out: String::new(), left: 0, comments, blocks: true };
    let (mut right, mut failures) = (0, Vec::new());
    for _ in 0..ROUNDS {
        maker.out.clear();
        maker.program();
        if !parse(&maker.out).problems.is_empty() {
            continue;
        }
        right += 1;
        if let Err(wrong) = formatted(&maker.out) {
            failures.push(wrong);
        }
    }
    failures.sort_by_key(String::len);
    let shown = failures.iter().take(4).cloned().collect::<Vec<_>>().join("\n======\n");
    assert!(failures.is_empty(), "{} of {right} are wrong:\n{shown}", failures.len());
    assert!(right > ROUNDS / 2, "only {right} programs are right");
}

#[test]
fn without_comments() {
    check_many(0x9e37_79b9_7f4a_7c15, 0);
}

#[test]
fn with_a_few_comments() {
    check_many(0xd1b5_4a32_d192_ed03, 40);
}

#[test]
fn with_comments_everywhere() {
    check_many(0x0123_4567_89ab_cdef, 5);
}

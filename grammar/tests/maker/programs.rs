//! Statements and items of made programs.

use super::{Maker, TYPES};

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
    // ── statements ──

    pub(super) fn block(&mut self, valued: bool) {
        self.put("{");
        for _ in 0..self.random.next(4) {
            self.stmt();
        }
        if valued && !self.chance(6) {
            self.expr();
        }
        self.put("}");
    }

    pub(super) fn if_else(&mut self, valued: bool) {
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

    /// A whole program, behind what is there.
    pub(crate) fn program(&mut self) {
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

//! `args` of functions of programs, by their debug information: what every kind of argument in C,
//! C++, Rust and Go is, from code that is optimized and code that is not.

use libtest_mimic::Failed;
use serde_json::json;

use crate::{Guests, Test, harness::Folder, uprobes::expect};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root uprobe programs languages";
    vec![
        Test::new("arguments::of_c", needs, Guests::Sample, c),
        Test::new("arguments::of_cplusplus", needs, Guests::All, cplusplus),
        Test::new("arguments::of_rust", needs, Guests::All, rust),
        Test::new("arguments::of_go", needs, Guests::All, go),
    ]
}

fn c() -> Result<(), Failed> {
    let folder = Folder::new()?;
    for program in ["args_target", "args_target_o2", "args_target_dwarf4"] {
        let path = folder.copy(program, program)?.display().to_string();
        let script = format!(
            "uprobe:{path}:kinds {{ @kinds[args.c, args.on, args.s, args.u] = count(); }}
            uprobe:{path}:by_value {{
                $s = args.s; $b = args.b;
                @value[args.s.x, args.s.tag, args.p.a, args.p.b, args.last] = count();
                @large[args.b.n, args.b.name, args.b.last, $b.name, $s.x] = count();
            }}
            uprobe:{path}:mixed {{ @mixed[args.a, args.b, args.c] = count(); }}
            uprobe:{path}:many {{ @many[args.a, args.f, args.g, args.h, args.p.a, args.p.b] = count(); }}
            uprobe:{path}:large_result {{ @seed[args.seed] = count(); }}
            uprobe:{path}:list {{
                @list[args.head->value, args.head->next->next->value] = count();
                $o = args.other;
                @other[$o->low, $o->high, *$o->colour, $o->grid[1][2]] = count();
            }}
            uprobe:{path}:fields {{
                $b = args.b;
                @bits[$b->first, $b->second, $b->third, $b->as.bytes, $b->as.number] = count();
                @cast = ((struct bits *)arg0)->third;
                @sizes = (sizeof(struct large), offsetof(struct large, last));
            }}"
        );
        let wanted = json!({
            "@kinds": {"GREEN,true,-3,65535": 2},
            "@value": {"0,120,-1,7,99": 1, "1,120,-1,7,99": 1},
            "@large": {"5,large,-9,large,0": 1, "5,large,-9,large,1": 1},
            "@mixed": {"0,-20,30": 1, "1,-20,30": 1}, "@many": {"1,6,-7,8,70,71": 2},
            "@seed": {"0": 1, "1": 1}, "@list": {"4,6": 2}, "@other": {"2,-3,BLUE,6": 2},
            "@bits": {"5,-2,100,abc,6513249": 2}, "@cast": 100, "@sizes": [24, 16],
        });
        expect(&folder, &script, &format!("{path} 2"), &wanted)?;
    }
    Ok(())
}

fn cplusplus() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("cpp_target", "target")?.display().to_string();
    let script = format!(
        "uprobe:{path}:cpp:cargo::weigh {{ @weigh[args.crate->id, args.crate->count, args.unit] = count(); }}
        uprobe:{path}:cpp:cargo::take {{ @take[args.handle.number, args.times] = count(); }}
        uprobe:{path}:cpp:*load<short>* {{ @template[args.item->first, args.item->second, args.size] = count(); }}
        uprobe:{path}:cpp:cargo::label {{
            $n = args.name;
            @label[str($n->_M_dataplus._M_p, $n->_M_string_length), str(args.view._M_str, args.view._M_len)] = count();
            $v = args.numbers->_M_impl;
            @numbers[($v._M_finish - $v._M_start), *$v._M_start] = count();
        }}
        uprobe:{path}:cpp:other::load {{ @twin[args.item->name, args.item->second] = count(); }}
        uprobe:{path}:cpp:\"shape::Box::area(int) const\" {{ @this[args.this->width, args.height] = count(); }}"
    );
    let wanted = json!({
        "@weigh": {"11,30,Tonne": 3}, "@take": {"40,3": 3}, "@template": {"1,2,6": 3},
        "@label": {"hawk,awk": 3}, "@numbers": {"3,4": 3}, "@twin": {"twin,5": 3}, "@this": {"3,7": 3},
    });
    expect(&folder, &script, &format!("{path} 3"), &wanted)
}

fn rust() -> Result<(), Failed> {
    let folder = Folder::new()?;
    for program in ["rust_target", "rust_target_v0", "rust_target_debug"] {
        let path = folder.copy(program, program)?.display().to_string();
        let script = format!(
            "uprobe:{path}:cpp:rust_target::paint {{
                @[args.colour, str(args.name.data_ptr, args.name.length)] = count();
            }}
            uprobe:{path}:cpp:rust_target::shape::Square::area {{
                @area[args.self->side, args.self->tag, args.height] = count();
            }}
            uprobe:{path}:cpp:rust_target::send {{
                $p = args.parcel;
                if ($p->tag == 0) {{ @weight[$p->Weight.__0, args.times] = count(); }}
                else {{ @wide[$p->tag, $p->Wide.width] = count(); }}
            }}
            uprobe:{path}:cpp:rust_target::shape::larger {{ @larger[args.left, args.right] = count(); }}"
        );
        let wanted = json!({
            "@": {"Green,hawk": 2}, "@area": {"3,113,7": 2},
            "@weight": {"5,3": 2}, "@wide": {"1,7": 2}, "@larger": {"0,5": 1, "1,5": 1, "5,0": 1, "5,1": 1},
        });
        expect(&folder, &script, &format!("{path} 2"), &wanted)?;
    }
    Ok(())
}

fn go() -> Result<(), Failed> {
    let folder = Folder::new()?;
    for program in ["go_target", "go_target_debug"] {
        let path = folder.copy(program, program)?.display().to_string();
        let script = format!(
            "uprobe:{path}:main.add {{ @add[args.a, args.b] = count(); }}
            uprobe:{path}:main.greet {{ @greet[str(args.name.str, args.name.len), args.times] = count(); }}
            uprobe:{path}:main.total {{
                @total[args.values.array[1], args.values.len, args.values.cap, args.isOn, args.room[2]] = count();
            }}
            uprobe:{path}:\"main.(*Square).Area\" {{ @area[args.s->Side, args.height] = count(); }}
            uprobe:{path}:main.Square.Sides {{
                @sides[args.s.Side, str(args.s.Name.str, args.s.Name.len), args.count] = count();
            }}"
        );
        let wanted = json!({
            "@add": {"0,2": 1, "1,2": 1}, "@greet": {"hawk,3": 2}, "@area": {"3,7": 2},
            "@sides": {"3,square,4": 2}, "@total": {"6,3,4,true,30": 2},
        });
        expect(&folder, &script, &format!("{path} 2"), &wanted)?;
    }
    Ok(())
}

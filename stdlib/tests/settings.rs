//! Settings by name: what they take, old names, and who wins.

use stdlib::{
    Config,
    settings::{ALL, From, Given, Taken, Unset},
};

#[test]
fn rows_are_sorted_and_their_examples_are_taken() {
    assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
    for row in ALL {
        let mut config = Config::default();
        let value = row.value(&config);
        if value != "automatic" {
            let taken = config.set(row.name, Given::Text(&value), From::Outside);
            assert!(matches!(taken, Ok(Taken::Set)), "{}: {taken:?}", row.name);
            assert_eq!(row.value(&config), value, "{}", row.name);
        }
    }
}

fn taken(name: &str) -> (Config, Result<Taken, Unset>) {
    let mut config = Config::default();
    let taken = config.set(name, Given::Integer(64), From::Script);
    (config, taken)
}

#[test]
fn any_case_and_prefix_does() {
    let (config, result) = taken("BPFTRACE_MAX_STRLEN");
    assert!(matches!(result, Ok(Taken::Set)) && config.max_strlen == 64);
    assert!(matches!(taken("max_strln").1, Err(Unset::Unknown)));
    assert!(matches!(taken("btf").1, Err(Unset::EnvironmentOnly)));
    assert!(matches!(taken("compat").1, Err(Unset::Wrong(_))));
}

#[test]
fn old_names_are_known() {
    assert!(matches!(taken("strlen").1, Ok(Taken::OldName("max_strlen"))));
    assert!(matches!(taken("symbol_source").1, Ok(Taken::NoEffect)));
    let mut config = Config::default();
    let old = config.set("no_cpp_demangle", Given::Bool(true), From::Script);
    assert!(matches!(old, Ok(Taken::OldName("cpp_demangle"))));
    assert!(!config.cpp_demangle);
}

#[test]
fn the_environment_wins() {
    let mut config = Config::default();
    let outside = config.set("max_strlen", Given::Text("32"), From::Outside);
    assert!(matches!(outside, Ok(Taken::Set)));
    let inside = config.set("max_strlen", Given::Integer(64), From::Script);
    assert!(matches!(inside, Ok(Taken::Pinned)));
    assert_eq!(config.max_strlen, 32);
    assert!(config.set("max_strlen", Given::Text("64"), From::Script).is_err());
}

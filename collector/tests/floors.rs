//! The floors of this crate: a module uses those below it, and none above.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that fails is to stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. Modules of one floor do not use each other, but for those on top.
const FLOORS: &[&[&str]] = &[
    &["names", "units", "text", "secrets", "spawn", "ui"],
    &["parse", "tuning"],
    &["record", "impairment", "agent"],
    &["host", "import"],
    &["system", "workload"],
    &["matrix"],
    &["plan", "stopping"],
    &["campaign", "clean", "doctor", "lab", "cli"],
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The modules that the sources of a module use, tests left out.
fn used(module: &str) -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![source.join(format!("{module}.rs"))];
    if source.join(module).is_dir() {
        files.extend(sources(&source.join(module)));
    }
    let mut used = BTreeSet::new();
    for path in files.iter().filter(|path| path.file_stem().is_some_and(|stem| stem != "tests")) {
        let text = fs::read_to_string(path).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        for rest in program.split("crate::").skip(1) {
            match rest.strip_prefix('{') {
                None => {
                    used.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                }
                // `use crate::{a, b};`
                Some(list) => {
                    let list = list.split(';').next().unwrap();
                    used.extend(list.split(['{', '}', ',', ':']).map(|word| word.trim().to_owned()));
                }
            }
        }
    }
    used.retain(|word| floor(word).is_some());
    used
}

#[test]
fn every_module_stands_on_the_ones_below_it() {
    let top = FLOORS.len() - 1;
    for (height, modules) in FLOORS.iter().enumerate() {
        for module in *modules {
            for other in used(module) {
                let below = floor(&other).unwrap();
                assert!(
                    other == *module || below < height || (below == top && height == top),
                    "{module} uses {other}, which is not below it"
                );
            }
        }
    }
}

#[test]
fn every_module_has_its_floor() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let known: BTreeSet<&str> = FLOORS.concat().into_iter().collect();
    assert_eq!(modules.collect::<BTreeSet<_>>(), known);
}

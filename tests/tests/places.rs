//! What an addition takes: the number of places that ARCHITECTURE.md says it does.

use meshbench_schemas::words::Workload;
use meshbench_tests::program::project;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// All sources of the programs below a folder of the project; tests, benches and what they make up are none.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let skipped = ["target", "tests", "benches", "examples", "fuzz", "fixture"];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if skipped.contains(&name) || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What of a source is no test.
fn program(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

/// The variants of `Workload` that each source names, by its path in the project.
fn naming() -> BTreeMap<String, BTreeSet<String>> {
    let known: Vec<String> = Workload::ALL.iter().map(|workload| format!("{workload:?}")).collect();
    let mut naming = BTreeMap::new();
    for path in sources(&project()) {
        let text = fs::read_to_string(&path).unwrap();
        let after = program(&text).split("Workload::").skip(1);
        let words = after.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '{').collect::<String>());
        // A list of variants, as in an import, is taken for all of them.
        let found: BTreeSet<String> = words.filter(|word| word.starts_with('{') || known.contains(word)).collect();
        if !found.is_empty() {
            naming.insert(path.strip_prefix(project()).unwrap().display().to_string(), found);
        }
    }
    naming
}

#[test]
fn a_workload_is_named_by_its_own_file_alone() {
    let naming = naming();
    for (path, named) in &naming {
        // What an importer reads are the files of another framework, one for each workload of that framework.
        if path.starts_with("collector/src/import/") {
            continue;
        }
        assert!(path.starts_with("collector/src/workload/"), "{path} names {named:?}: ask what it is, not which one");
        assert_eq!(named.len(), 1, "{path} is the file of one workload and names {named:?}");
    }
    let own = |path: &&String| path.starts_with("collector/src/workload/");
    assert!(naming.keys().filter(own).count() >= 4, "the search finds the files of workloads: {naming:?}");
}

#[test]
fn the_table_of_additions_is_true_of_workloads() {
    let text = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with("| a workload |")).unwrap();
    for place in ["schemas/src/workload.rs", "collector/src/workload/", "collector/src/workload.rs"] {
        assert!(row.contains(place), "the row for a workload does not name {place}: {row}");
        assert!(project().join(place).exists(), "{place}");
    }
    assert_eq!(row.matches(".rs`").count(), 2, "a file of its own and these two: {row}");
}

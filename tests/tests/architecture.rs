//! Dependencies point one way, and what is linked may be.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use meshbench_tests::program::project;
use std::collections::{BTreeMap, BTreeSet};

fn metadata() -> Metadata {
    // Only what this platform links: packages for others may never have been downloaded.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let options = ["--offline", "--filter-platform", &platform].map(str::to_owned);
    let manifest = project().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).other_options(options).exec().unwrap()
}

/// Packages that a package links, itself excluded; development dependencies are not linked.
fn closure(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.packages.iter().find(|package| package.name == name).unwrap();
    let mut open = vec![&start.id];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let linked = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if linked && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

#[test]
fn crates_of_the_workspace_depend_in_one_direction() {
    let metadata = metadata();
    let allowed: &[(&str, &[&str])] = &[
        ("meshbench-schemas", &[]),
        ("meshbench-terminal", &[]),
        ("meshbench-collector", &["meshbench-schemas", "meshbench-stats", "meshbench-terminal"]),
        ("meshbench-reports", &["meshbench-schemas", "meshbench-stats"]),
        ("meshbench-stats", &[]),
        ("meshbench-query", &["meshbench-schemas", "meshbench-terminal"]),
        (
            "meshbench-analysis",
            &["meshbench-query", "meshbench-reports", "meshbench-schemas", "meshbench-stats", "meshbench-terminal"],
        ),
        ("meshbench-tests", &[]),
    ];
    assert_eq!(metadata.workspace_members.len(), allowed.len(), "name the new crate and what it may depend on here");
    for (name, expected) in allowed {
        let own: Vec<String> =
            closure(&metadata, name).into_iter().filter(|name| name.starts_with("meshbench-")).collect();
        assert_eq!(own, *expected, "{name}");
    }
}

/// A test that needs something rare asks `meshbench_tests::here`, which fails where nothing may be missing.
#[test]
fn no_test_passes_by_saying_that_it_was_skipped() {
    let mut open = vec![project()];
    let mut looked = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with('.') && name != "target" {
                open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // In two parts, as this file is one of them.
            assert!(!text.contains(concat!("ln!(\"skip", "ped:")), "{}", path.display());
            looked += 1;
        }
    }
    assert!(looked > 300, "{looked}");
}

#[test]
fn collect_stays_small() {
    let linked = closure(&metadata(), "meshbench-collector");
    for banned in ["polars", "duckdb", "libduckdb-sys", "plotters", "resvg", "svg2pdf", "nalgebra"] {
        let found: Vec<&String> =
            linked.iter().filter(|name| *name == banned || name.starts_with(&format!("{banned}-"))).collect();
        assert!(found.is_empty(), "collect links {found:?}");
    }
    // The check above can fail: analyze does link them.
    let analysis = closure(&metadata(), "meshbench-analysis");
    assert!(analysis.contains("polars") && analysis.contains("plotters"));
}

/// The crates of the workspace that depend on one of these by themselves.
fn users<'m>(metadata: &'m Metadata, of: &[&str]) -> Vec<&'m str> {
    let direct = |package: &&cargo_metadata::Package| {
        package.dependencies.iter().any(|dependency| of.contains(&dependency.name.as_str()))
    };
    metadata.workspace_packages().into_iter().filter(direct).map(|package| package.name.as_str()).collect()
}

#[test]
fn distributions_are_in_one_crate() {
    assert_eq!(users(&metadata(), &["statrs"]), ["meshbench-stats"]);
}

#[test]
fn one_crate_links_duckdb() {
    let metadata = metadata();
    assert_eq!(users(&metadata, &["duckdb", "libduckdb-sys"]), ["meshbench-query"]);
    // Whatever is linked with it has to find it when it runs: each crate above says where, in its build script.
    for package in metadata.workspace_packages() {
        if package.name == "meshbench-query" || closure(&metadata, &package.name).contains("meshbench-query") {
            let script = package.manifest_path.with_file_name("build.rs");
            let text = std::fs::read_to_string(&script).unwrap_or_default();
            assert!(text.contains("-rpath") && text.contains("DUCKDB_LIB_DIR"), "{script} sets no rpath");
        }
    }
}

/// Licences under which the programs may link a crate. `deny.toml` has the same list.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "bzip2-1.0.6",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be met with allowed licences: one side of every OR, all sides of every AND.
fn allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let any = |text: &str| text.split(" OR ").any(|licence| ALLOWED.contains(&licence.trim().trim_matches(['(', ')'])));
    expression.split(" AND ").all(any)
}

#[test]
fn licences_allow_what_is_linked() {
    assert!(
        allowed("MIT OR GPL-3.0")
            && allowed("(MIT OR Apache-2.0) AND Unicode-3.0")
            && !allowed("GPL-3.0-only")
            && !allowed("MIT AND GPL-2.0")
    );
    let metadata = metadata();
    let linked: BTreeSet<String> =
        ["meshbench-collector", "meshbench-analysis"].iter().flat_map(|name| closure(&metadata, name)).collect();
    let refused: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| linked.contains(package.name.as_str()))
        .filter(|package| !package.license.as_deref().is_some_and(allowed))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

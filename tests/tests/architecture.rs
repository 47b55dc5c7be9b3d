//! Dependencies point one way, and what is linked may be.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use meshbench_tests::program::project;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

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

/// The first sentence of what a module says of itself, without its full stop.
fn says(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let paragraph = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    assert!(!paragraph.is_empty(), "{} does not say what it is", file.display());
    let end = paragraph.find(". ").unwrap_or(paragraph.len());
    paragraph[..end].trim_end_matches(['.', ':']).replace("[`", "`").replace("`]", "`").replace('|', "\\|")
}

/// The modules of every crate, a table each; one with a folder of its own ends in `/`.
fn map() -> String {
    let mut text = String::new();
    let metadata = metadata();
    let folders = metadata.workspace_packages().into_iter().filter_map(|package| package.manifest_path.parent());
    let folders: BTreeSet<_> = folders.map(|folder| folder.as_std_path().to_owned()).collect();
    for krate in folders {
        let folder = krate.join("src");
        let krate = krate.strip_prefix(project()).unwrap().display();
        writeln!(text, "\n### `{krate}`\n\n| room | what is in it |\n|---|---|").unwrap();
        let names: BTreeSet<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned()))
            .filter(|name| name != "lib" && !name.ends_with("_golden"))
            .collect();
        assert!(names.len() > 1, "{krate}: {names:?}");
        for name in names {
            let slash = if folder.join(&name).is_dir() { "/" } else { "" };
            writeln!(text, "| `{name}{slash}` | {} |", says(&folder.join(format!("{name}.rs")))).unwrap();
        }
    }
    text
}

#[test]
fn the_map_shows_every_room() {
    let path = project().join("ARCHITECTURE.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- begin map -->\n").unwrap();
    let (shown, after) = rest.split_once("<!-- end map -->\n").unwrap();
    let map = map() + "\n";
    if std::env::var_os("MESHBENCH_UPDATE").is_some() {
        fs::write(&path, format!("{before}<!-- begin map -->\n{map}<!-- end map -->\n{after}")).unwrap();
    } else {
        assert!(
            shown == map,
            "the map in ARCHITECTURE.md is not current; \
             MESHBENCH_UPDATE=1 cargo test --release -p meshbench-tests --test architecture writes it"
        );
    }
}

/// Rust files of a crate that name a stage: its row, its field or its module.
fn naming(folder: &Path, row: &str, table: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            naming(&path, row, table, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let words = [row, &format!("mod {table};"), &format!("{table} = "), &format!("{table}: {table}::")];
            if words.iter().any(|word| text.contains(word)) {
                found.insert(path.strip_prefix(project()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
}

/// The document says in how many places a stage stands, and these are all. A stage with a table in the report shows it.
#[test]
fn a_stage_stands_where_the_document_says() {
    let text = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let line = text.lines().find(|line| line.starts_with("| a stage table |")).unwrap();
    let told: BTreeSet<String> =
        line.split('`').filter(|part| part.ends_with(".rs")).map(|path| path.replace("NAME", "components")).collect();
    let mut found = BTreeSet::new();
    for krate in ["schemas/src", "analysis/src", "reports/src"] {
        naming(&project().join(krate), "Components", "components", &mut found);
    }
    // Rows that are made up for tests.
    found.remove("reports/src/fixture/compared.rs");
    assert_eq!(found, told);
    assert_eq!(told.len(), 6, "and FORMAT.md: what the document counts");
}

#[test]
fn collect_stays_small() {
    let linked = closure(&metadata(), "meshbench-collector");
    for banned in ["polars", "duckdb", "libduckdb-sys", "plotters", "resvg", "krilla", "nalgebra"] {
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
            let text = fs::read_to_string(&script).unwrap_or_default();
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

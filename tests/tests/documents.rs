//! What the documents say is true: their commands run, their paths exist, their tables are current.

use meshbench_tests::campaign;
use meshbench_tests::program::{project, run_in};
use std::ffi::OsStr;
use std::fs;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "FORMAT.md",
    "METHODS.md",
    "CHANGELOG.md",
    "notebooks/README.md",
    "examples/paper/README.md",
    "docs/collect.md",
    "data/README.md",
    "data/systems/README.md",
];

/// The commands in a document's `sh` blocks, without their comments.
fn commands(document: &str) -> Vec<String> {
    let text = fs::read_to_string(project().join(document)).unwrap();
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .flat_map(str::lines)
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn commands_in_the_documents_run() {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    std::os::unix::fs::symlink(project().join("data"), folder.path().join("data")).unwrap();
    fs::create_dir_all(folder.path().join("examples/paper")).unwrap();
    let mut ran = 0;
    for document in DOCUMENTS {
        for command in commands(document) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let (program, arguments) = words.split_first().unwrap();
            match *program {
                "analyze" | "collect" if arguments.first() != Some(&"lab") => {
                    let arguments: Vec<&dyn AsRef<OsStr>> =
                        arguments.iter().map(|word| word as &dyn AsRef<OsStr>).collect();
                    let ended = run_in(folder.path(), program, &arguments);
                    assert_eq!(ended.code, 0, "{document}: {command}\n{}", ended.stderr);
                    ran += 1;
                }
                // Run by a test of their own.
                "collect" | "latexmk" => {}
                script => assert!(project().join(script).is_file(), "{document}: {script} is no file of the project"),
            }
        }
    }
    assert!(ran >= 6, "only {ran} commands were found");
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut followed = 0;
    for document in DOCUMENTS {
        let path = project().join(document);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !link.starts_with("http") && !file.is_empty() {
                assert!(path.parent().unwrap().join(file).exists(), "{document}: {link}");
                followed += 1;
            }
        }
    }
    assert!(followed > 10, "only {followed} links were found");
}

#[test]
fn options_in_the_readme_exist() {
    let folder = tempfile::tempdir().unwrap();
    for (command, options) in [
        ("lab", ["--seed", "--uml", "--output", "smoke", "--log-format"].as_slice()),
        ("run", &["--ssh-config", "--known-hosts", "--output", "--seed"]),
        ("resume", &["--ssh-config", "--uml"]),
        ("status", &["--json"]),
        ("plan", &["--list", "--seed"]),
    ] {
        let help = run_in(folder.path(), "collect", &[&command, &"--help"]).stdout;
        for option in options {
            assert!(help.contains(option), "{command}: {option} is not in {help}");
        }
    }
}

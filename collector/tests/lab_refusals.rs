//! What `collect lab` refuses before it starts anything: no kernel, no root and no network needed.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use std::path::Path;
use std::process::{Command, Output};

fn lab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collect"));
    command.arg("lab").args(arguments).current_dir(folder).env_remove("MESHBENCH_UML");
    command.output().unwrap()
}

fn refused(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let output = lab(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).replace("│", " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in: {said}");
    }
}

/// Options with which a lab has somewhere to run, whatever the machine; nothing is started.
const SOMEWHERE: [&str; 2] = ["--uml", "/bin/true"];

#[test]
fn an_existing_output_and_an_unfinished_campaign_of_another_matrix() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    let arguments = |rest: &[&'static str]| [rest, &SOMEWHERE].concat();
    refused(folder.path(), &arguments(&["smoke", "-o", "a"]), 2, &["exists already", "never overwritten"]);
    let partial = folder.path().join("b.partial");
    std::fs::create_dir(&partial).unwrap();
    std::fs::write(partial.join("journal.jsonl"), "").unwrap();
    std::fs::write(partial.join("matrix.toml"), "name = \"other\"\n").unwrap();
    refused(folder.path(), &arguments(&["smoke", "-o", "b"]), 2, &["another matrix", "collect resume"]);
    for command in ["resume", "seal", "status"] {
        let mut collect = Command::new(env!("CARGO_BIN_EXE_collect"));
        let output = collect.args([command, "nothing"]).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no unfinished campaign"), "{command}");
    }
}

#[test]
fn an_output_that_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    for output in ["/proc/no-such/ds", ".."] {
        let arguments = [["smoke", "-o", output].as_slice(), &SOMEWHERE].concat();
        refused(folder.path(), &arguments, 2, &["failed to create the output"]);
    }
}

#[test]
fn a_matrix_with_a_mistake_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.toml"), "name = \"m\"\nseeed = 1\n").unwrap();
    refused(folder.path(), &["m.toml", "-o", "ds"], 2, &["m.toml, line 2, column 1", "seeed", "`seed`"]);
    refused(folder.path(), &["no-such", "-o", "ds"], 2, &["no-such", "smoke"]);
    assert!(!folder.path().join("ds.partial").exists());
}

#[test]
fn a_kernel_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), &["smoke", "-o", "ds", "--uml", "nowhere"], 3, &["User-Mode Linux", "user-mode-linux"]);
    refused(folder.path(), &["smoke", "-o", "ds", "--uml", "/etc/passwd"], 3, &["no executable file"]);
}

#[test]
fn its_own_processes_are_not_for_people() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["lab-controller", "lab-host", "lab-init"] {
        let output = Command::new(env!("CARGO_BIN_EXE_collect")).arg(name).current_dir(folder.path()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("collect lab"), "{name}: {said}");
    }
}

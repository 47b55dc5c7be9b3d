//! On a terminal nothing is wider than it is, and in a pipe nothing depends on one.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_tests::program::{programs, project};
use nix::pty::{Winsize, openpty};
use std::io::Read;
use std::process::{Command, Stdio};

const COMMANDS: &[(&str, &[&str])] = &[
    ("analyze", &["summary", "data/lab-five"]),
    ("analyze", &["compare", "data/lab-five", "--old-system", "tinc", "--new-system", "wireguard"]),
    ("analyze", &["check", "data/lab-five", "--fail-on", "never"]),
    ("analyze", &["plan", "data/lab-five", "--workload", "tcp"]),
    ("analyze", &["claims", "data/lab-five", "published", "--resamples", "100"]),
    ("analyze", &["explain", "data/lab-five", "tinc", "medium", "tcp"]),
    ("analyze", &["explain", "data/lab-five", "tinc", "WireGuard", "medium", "tcp"]),
    ("analyze", &["explain", "offload-under-netem"]),
    ("analyze", &["verify", "data/lab-five"]),
    ("analyze", &["compare", "data/lab-five", "data/lab-five", "--workload", "udp"]),
    ("analyze", &["query", "data/lab-five", "FROM estimates LIMIT 3"]),
    ("analyze", &["query", "data/lab-five"]),
    ("analyze", &["query", "data/lab-five", "SELECT * EXCLUDE (run_id, artifact, detail) FROM runs LIMIT 5"]),
    ("analyze", &["--help"]),
    ("analyze", &["compare", "--help"]),
    ("analyze", &["merge", "--help"]),
    ("analyze", &["query", "--help"]),
    ("collect", &["plan", "thesis", "--list"]),
    ("collect", &["systems", "list"]),
    ("collect", &["plan", "smoke"]),
    ("collect", &["run", "--help"]),
    ("collect", &["lab", "--help"]),
    ("collect", &["systems", "--help"]),
];

/// What a program prints on a terminal of so many columns.
fn on_terminal(program: &str, arguments: &[&str], columns: u16) -> String {
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(Some(&size), None).unwrap();
    let mut child = Command::new(programs().join(program))
        .args(arguments)
        .current_dir(project())
        .stdin(Stdio::null())
        .stdout(Stdio::from(pair.slave))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut master = std::fs::File::from(pair.master);
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    // At its end a terminal gives an error instead of nothing.
    while let Ok(read @ 1..) = master.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
    }
    assert_eq!(child.wait().unwrap().code(), Some(0), "{program} {arguments:?}");
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// The text without the escapes that colour it.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

/// Every number of a text, of two digits or more.
fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|number| number.len() > 1).collect()
}

#[test]
fn nothing_is_wider_than_the_terminal_and_no_number_is_torn() {
    for (program, arguments) in COMMANDS {
        let piped = Command::new(programs().join(program)).args(*arguments).current_dir(project()).output().unwrap();
        let piped = String::from_utf8(piped.stdout).unwrap();
        for columns in [60, 120] {
            let text = plain(&on_terminal(program, arguments, columns));
            for line in text.lines() {
                let width = line.chars().count();
                assert!(width <= usize::from(columns), "{program} {arguments:?} at {columns}: {width}\n{line}");
            }
            let all = numbers(&piped);
            let torn = numbers(&text).into_iter().find(|number| !all.contains(number));
            assert_eq!(torn, None, "{program} {arguments:?} at {columns}\n{text}");
        }
    }
}

#[test]
fn a_pipe_is_as_wide_as_it_has_to_be_whatever_the_environment_says() {
    let print = |columns: &str| {
        let command = ["summary", "data/lab-five", "--workload", "tcp"];
        let output = Command::new(programs().join("analyze"))
            .args(command)
            .env("COLUMNS", columns)
            .current_dir(project())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = print("20");
    assert_eq!(text, print("300"));
    let rows = text.lines().filter(|line| line.starts_with("yggdrasil  high")).count();
    assert!(rows >= 2, "a row is a line: {text}");
}

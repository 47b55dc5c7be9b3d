//! Running `collect` and `analyze` as a user would.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a program ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it printed as its result.
    pub stdout: String,
    /// What else it said.
    pub stderr: String,
}

/// The folder with the programs: the tests' own, one up.
pub fn programs() -> PathBuf {
    let own = std::env::current_exe().expect("the test's own path");
    own.ancestors().nth(2).expect("the build folder").to_owned()
}

/// The project's root.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the project's root")
}

/// Runs one of the programs in `folder`.
pub fn run_in(folder: &Path, program: &str, arguments: &[&dyn AsRef<OsStr>]) -> Ended {
    let path = programs().join(program);
    assert!(path.exists(), "{} is not built: cargo build --release --workspace --bins", path.display());
    let output = Command::new(&path)
        .args(arguments.iter().map(|argument| argument.as_ref()))
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a program that has to succeed.
pub fn succeed_in(folder: &Path, program: &str, arguments: &[&dyn AsRef<OsStr>]) -> Ended {
    let ended = run_in(folder, program, arguments);
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    ended
}

//! What some tests need and not every machine has: a real campaign, a kernel, root, programs. Where it is missing, such a
//! test is left out and says so, unless `MESHBENCH_ALL_TESTS` is set: then it fails. `.ci/run` sets it.

use crate::program::project;
use std::path::{Path, PathBuf};

/// With any value, nothing may be missing.
pub const ALL: &str = "MESHBENCH_ALL_TESTS";
/// The archive of a campaign of vpn-bench; without it the one that lies beside the project's folder.
pub const CAMPAIGN: &str = "MESHBENCH_CAMPAIGN";
/// A User-Mode Linux kernel; without it the one that lies beside the project's folder.
pub const KERNEL: &str = "MESHBENCH_UML";

/// Says that a test is left out for want of something.
///
/// # Panics
/// If nothing may be missing.
pub fn missing(what: &str) {
    let all = std::env::var_os(ALL).is_some_and(|value| !value.is_empty());
    match left_out(what, all) {
        Ok(said) => eprintln!("{said}"),
        Err(failure) => panic!("{failure}"),
    }
}

fn left_out(what: &str, all: bool) -> Result<String, String> {
    if all {
        Err(format!("{what} is missing, and {ALL} is set, so that no test may be left out"))
    } else {
        Ok(format!("left out: {what} is missing"))
    }
}

/// The archive of a real campaign.
pub fn campaign() -> Option<PathBuf> {
    let what = format!("a real campaign (name the archive of one with {CAMPAIGN})");
    file(CAMPAIGN, "data/vpn-bench-2025-12-09.tar.xz", &what)
}

/// A User-Mode Linux kernel.
pub fn kernel() -> Option<PathBuf> {
    file(KERNEL, "lab/linux.uml", &format!("a User-Mode Linux kernel (name one with {KERNEL})"))
}

/// The file that a variable names, or the one that lies in `shared` beside the project's folder.
fn file(variable: &str, beside: &str, what: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).filter(|value| !value.is_empty());
    let path = named.map_or_else(|| project().join("../shared").join(beside), PathBuf::from);
    if path.is_file() {
        return Some(path);
    }
    missing(&format!("{what}: {}", path.display()));
    None
}

/// Whether all these programs are here.
pub fn programs(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    let here = |name: &str| folders.iter().any(|folder: &PathBuf| Path::join(folder, name).is_file());
    let lacking: Vec<&str> = names.iter().copied().filter(|name| !here(name)).collect();
    if !lacking.is_empty() {
        missing(&format!("{} (scripts/check installs what tests need)", lacking.join(", ")));
    }
    lacking.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_or_is_a_failure() {
        assert_eq!(left_out("a kernel", false).unwrap(), "left out: a kernel is missing");
        assert!(left_out("a kernel", true).unwrap_err().contains("MESHBENCH_ALL_TESTS is set"));
    }

    #[test]
    fn programs_are_looked_for_in_path() {
        assert!(programs(&["sh"]));
        // With the variable set this would fail, as it should.
        if std::env::var_os(ALL).is_none() {
            assert!(!programs(&["sh", "no-such-program-of-anybody"]));
        }
    }
}

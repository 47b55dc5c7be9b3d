// The commit that a program is built from, for `--version`. Part of the build scripts of both programs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the value is found at compile time, and where a build outside of a clone may give it.
const VARIABLE: &str = "MESHBENCH_COMMIT";

/// Tells the compiler the commit: that of the variable, else that of the clone, else `unknown`. Files under `sources`
/// (relative to the project) are what the program is made of: where one differs from the commit, that is said.
fn tell_commit(sources: &[&str]) {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let given = std::env::var(VARIABLE).ok().filter(|given| !given.is_empty());
    let commit = given.or_else(|| of_clone(sources)).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env={VARIABLE}={commit}");
}

fn of_clone(sources: &[&str]) -> Option<String> {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
    let project = package.parent()?.canonicalize().ok()?;
    // An unpacked archive may lie inside of somebody else's clone.
    if Path::new(&git(&project, &["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != project {
        return None;
    }
    let commit = git(&project, &["rev-parse", "--short=12", "HEAD"])?;
    for file in ["HEAD", "logs/HEAD"] {
        let path = project.join(git(&project, &["rev-parse", "--git-path", file])?);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    for source in sources {
        println!("cargo::rerun-if-changed={}", project.join(source).display());
    }
    let changed = git(&project, &[&["status", "--porcelain", "--"], sources].concat())?;
    Some(if changed.is_empty() { commit } else { format!("{commit} with changes") })
}

/// What git prints; `None` where there is no git, or it fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(folder).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

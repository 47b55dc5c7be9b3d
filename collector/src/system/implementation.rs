//! Which implementation can be had on all hosts.

use super::error::SystemError;
use super::file::{Implementation, Program, SystemFile};
use crate::agent::protocol::{Change, Scope};
use crate::host::{Command, Host, HostError, Status, on_all};

/// A link that is made to see whether it can be, and removed at once.
const TRIAL: &str = "mb-trial";

/// The first implementation that has everything it needs on every host.
pub async fn choose(file: &SystemFile, hosts: &[Host]) -> Result<Implementation, SystemError> {
    let mut missing = Vec::new();
    for implementation in &file.implementations {
        let lacks = on_all(hosts, |index, host| lacks(file, implementation, index, host)).await?;
        let lacks: Vec<String> = lacks.into_iter().flatten().collect();
        if lacks.is_empty() {
            return Ok(implementation.clone());
        }
        missing.extend(lacks);
    }
    missing.dedup();
    Err(SystemError::Unsupported { system: file.label.clone(), missing })
}

/// What a host lacks for an implementation, as sentences.
async fn lacks(
    file: &SystemFile,
    implementation: &Implementation,
    index: usize,
    host: &Host,
) -> Result<Vec<String>, HostError> {
    let mut lacks = Vec::new();
    let found = paths(host, &implementation.programs).await?;
    for (name, path) in implementation.programs.iter().zip(found) {
        let program = file.programs.get(name);
        let role = program.and_then(|program| program.role.as_deref());
        if path.is_none() && file.is_for(role, index) {
            let how = program.map(how_to_get).unwrap_or_default();
            lacks.push(format!("{} has no `{name}`{how}", host.name));
        }
    }
    if let Some(link) = implementation.link.as_ref().filter(|_| lacks.is_empty()) {
        // The name is reserved, so that the link goes even if nobody is left to remove it.
        host.change(Scope::System, Change::Interface { name: TRIAL.to_owned() }).await?;
        let made = host.run(&Command::new("ip").args(["link", "add", TRIAL, "type"]).args(link.words())).await?;
        if made.status == Status::Exited(0) {
            host.check(&Command::new("ip").args(["link", "del", TRIAL])).await?;
        } else {
            lacks.push(format!("{}: the kernel makes no link of type {link} ({})", host.name, made.excerpt()));
        }
    }
    Ok(lacks)
}

/// How to get a program, as the end of a sentence.
fn how_to_get(program: &Program) -> String {
    let ways = [
        program.debian.as_ref().map(|package| format!("Debian: apt install {package}")),
        program.nix.as_ref().map(|package| format!("NixOS: the package {package}")),
        program.hint.clone(),
    ];
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    if ways.is_empty() { String::new() } else { format!(" ({})", ways.join("; ")) }
}

/// Where programs are in the host's own `PATH`, each `None` where it is nowhere.
pub async fn paths(host: &Host, programs: &[String]) -> Result<Vec<Option<String>>, HostError> {
    if programs.is_empty() {
        return Ok(Vec::new());
    }
    let output = host.run(&Command::new("which").args(programs)).await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let path_of = |program: &String| {
        let is_it = |line: &&str| {
            line.starts_with('/') && (line == program || line.rsplit('/').next() == Some(program.as_str()))
        };
        text.lines().map(str::trim).find(is_it).map(str::to_owned)
    };
    Ok(programs.iter().map(path_of).collect())
}

//! Asking a host.

use crate::host::{Command, Host, HostError, Status, excerpt};
use std::time::Duration;

/// What a command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Its exit code; 127 where there is no such program, `None` if it did not end by itself.
    pub code: Option<i32>,
    /// Its standard output without white space around it.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Said {
    /// Whether it succeeded.
    pub(super) fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Whether there is no such program.
    pub(super) fn absent(&self) -> bool {
        self.code == Some(127)
    }

    /// What it printed, if it succeeded and printed anything.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.out.as_str()).filter(|out| self.ok() && !out.is_empty())
    }

    /// Why it failed, in one line.
    pub(super) fn why(&self) -> String {
        let said = if self.err.trim().is_empty() { &self.out } else { &self.err };
        excerpt(said.as_bytes())
    }
}

/// Runs a command, however it ends.
pub(super) async fn ask<'a>(host: &Host, words: impl AsRef<[&'a str]>) -> Result<Said, HostError> {
    let (program, arguments) = words.as_ref().split_first().unwrap_or((&"true", &[]));
    // The C locale, because answers are read.
    let command = Command::new(*program).args(arguments).env("LC_ALL", "C").deadline(Duration::from_secs(30));
    let output = host.run(&command).await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = match output.status {
        Status::Exited(code) => Some(code),
        Status::DeadlinePassed | Status::Killed => None,
    };
    Ok(Said { code, out: text(&output.stdout).trim().to_owned(), err: text(&output.stderr) })
}

/// Runs commands at the same time; answers are in their order.
pub(super) async fn ask_all(host: &Host, commands: &[Vec<&str>]) -> Result<Vec<Said>, HostError> {
    futures_util::future::try_join_all(commands.iter().map(|words| ask(host, words))).await
}

#[cfg(test)]
pub(super) mod made {
    use super::Said;

    /// A command that succeeded.
    pub(in crate::doctor) fn good(out: &str) -> Said {
        Said { code: Some(0), out: out.to_owned(), err: String::new() }
    }

    /// A command that failed.
    pub(in crate::doctor) fn bad(code: i32, err: &str) -> Said {
        Said { code: Some(code), out: String::new(), err: err.to_owned() }
    }
}

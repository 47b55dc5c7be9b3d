//! What is run on a host, and what came of it.

use super::{excerpt, milliseconds};
use crate::agent::protocol::{Bytes, Finished, Task};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a command may take when nothing else is said.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(20);

/// A program with its arguments, what it reads, and how long it may run.
#[derive(Debug, Clone)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    stdin: Vec<u8>,
    deadline: Duration,
}

impl Command {
    /// A program without arguments, with nothing to read and a deadline of 20 s.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            stdin: Vec::new(),
            deadline: DEFAULT_DEADLINE,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, argument: impl ToString) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<T: ToString>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.to_string()));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Sets what the program reads from its standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: &[u8]) -> Self {
        bytes.clone_into(&mut self.stdin);
        self
    }

    /// Sets how long it may run; then it is ended on the host.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The program's name.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// How long it may run.
    pub(super) const fn get_deadline(&self) -> Duration {
        self.deadline
    }

    /// As the agent is told.
    pub(super) fn task(&self) -> Task {
        Task {
            program: self.program.clone(),
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
            stdin: Bytes(self.stdin.clone()),
            deadline_ms: milliseconds(self.deadline),
        }
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this exit code.
    Exited(i32),
    /// It was ended because its deadline had passed.
    DeadlinePassed,
    /// Something else killed it.
    Killed,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit code {code}"),
            Self::DeadlinePassed => f.write_str("stopped at its deadline"),
            Self::Killed => f.write_str("killed"),
        }
    }
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Output {
    /// When it was started, by the host's clock, UTC.
    pub started: jiff::Timestamp,
    /// How long it took, by the host's own monotonic clock.
    pub elapsed: Duration,
    /// How it ended.
    pub status: Status,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
    /// Whether it wrote more than was kept.
    pub truncated: bool,
}

impl From<Finished> for Output {
    fn from(finished: Finished) -> Self {
        let status = match finished.code {
            _ if finished.deadline_passed => Status::DeadlinePassed,
            Some(code) => Status::Exited(code),
            None => Status::Killed,
        };
        Self {
            started: jiff::Timestamp::from_microsecond(finished.started_us).unwrap_or_default(),
            elapsed: Duration::try_from_secs_f64(finished.elapsed_s).unwrap_or_default(),
            status,
            stdout: finished.stdout.0,
            stderr: finished.stderr.0,
            truncated: finished.truncated,
        }
    }
}

impl Output {
    /// A command whose program is not there: 127, as a shell says it.
    pub(super) fn not_started(message: &str) -> Self {
        Self {
            started: jiff::Timestamp::now(),
            elapsed: Duration::ZERO,
            status: Status::Exited(127),
            stdout: Vec::new(),
            stderr: message.as_bytes().to_vec(),
            truncated: false,
        }
    }

    /// The end of what the command said about its failure, as one printable line.
    pub fn excerpt(&self) -> String {
        let error = if self.stderr.iter().all(u8::is_ascii_whitespace) { &self.stdout } else { &self.stderr };
        excerpt(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_not_an_exit_code() {
        let finished = Finished {
            started_us: 0,
            elapsed_s: 1.0,
            code: Some(143),
            deadline_passed: true,
            stdout: Bytes::default(),
            stderr: Bytes::default(),
            truncated: false,
        };
        assert_eq!(Output::from(finished.clone()).status, Status::DeadlinePassed);
        assert_eq!(Output::from(Finished { deadline_passed: false, ..finished.clone() }).status, Status::Exited(143));
        assert_eq!(Output::from(Finished { deadline_passed: false, code: None, ..finished }).status, Status::Killed);
    }
}

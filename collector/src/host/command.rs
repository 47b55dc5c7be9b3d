//! What is run on a host, and what came of it.

use std::time::Duration;

/// How long a command may take when nothing else is said.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(20);
/// Bytes of standard error or output that go into a message.
const EXCERPT: usize = 400;

/// A program with its arguments, what it reads, and how long it may run.
#[derive(Debug, Clone)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
    pub(super) stdin: Vec<u8>,
    pub(super) hold_stdin: bool,
    pub(super) deadline: Duration,
}

impl Command {
    /// A program without arguments, with nothing to read and a deadline of 20 s.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            stdin: Vec::new(),
            hold_stdin: false,
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

    /// Sets what the program reads from its standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: &[u8]) -> Self {
        bytes.clone_into(&mut self.stdin);
        self
    }

    /// Keeps the standard input open until the program is waited for or dropped, so that the program can
    /// notice that nobody is interested in it any more.
    #[must_use]
    pub fn hold_stdin(mut self) -> Self {
        self.hold_stdin = true;
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

    /// Everything that is sent to the host: the program inside `timeout`, which ends it there.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = ["env", "LC_ALL=C", "timeout", "-k", "2"].map(str::to_owned).into();
        words.push(format!("{:.3}", self.deadline.as_secs_f64()));
        words.push(self.program.clone());
        words.extend(self.arguments.iter().cloned());
        words
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

impl Status {
    /// Tells a deadline from an exit: `timeout` says 124, or 137 where the program did not listen.
    pub fn of(code: Option<i32>, elapsed: Duration, deadline: Duration) -> Self {
        match code {
            Some(124 | 137) if elapsed >= deadline => Self::DeadlinePassed,
            Some(code) => Self::Exited(code),
            None => Self::Killed,
        }
    }
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Output {
    /// When it was started, by the controller's clock, UTC.
    pub started: jiff::Timestamp,
    /// How long it took, with the time SSH needed.
    pub elapsed: Duration,
    /// How it ended.
    pub status: Status,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// The end of what the command said about its failure, as one printable line.
    pub fn excerpt(&self) -> String {
        let error = if self.stderr.iter().all(u8::is_ascii_whitespace) { &self.stdout } else { &self.stderr };
        excerpt(error)
    }
}

/// The end of some text as one printable line.
pub fn excerpt(bytes: &[u8]) -> String {
    let tail = bytes.get(bytes.len().saturating_sub(EXCERPT)..).unwrap_or_default();
    let text = String::from_utf8_lossy(tail);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "it said nothing".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_wrapped_so_that_it_ends_on_the_host() {
        let command = Command::new("ping").args(["-c", "1"]).arg("a b").deadline(Duration::from_millis(1500));
        assert_eq!(command.words(), ["env", "LC_ALL=C", "timeout", "-k", "2", "1.500", "ping", "-c", "1", "a b"]);
    }

    #[test]
    fn a_deadline_is_not_an_exit_code() {
        let (second, two) = (Duration::from_secs(1), Duration::from_secs(2));
        assert_eq!(Status::of(Some(124), two, second), Status::DeadlinePassed);
        assert_eq!(Status::of(Some(124), second, two), Status::Exited(124));
        assert_eq!(Status::of(None, second, two), Status::Killed);
    }

    #[test]
    fn excerpts_are_one_printable_line() {
        assert_eq!(excerpt(b"a\n\x1b[31mb\0c"), "a [31mb c");
        assert_eq!(excerpt(b" \n"), "it said nothing");
    }
}

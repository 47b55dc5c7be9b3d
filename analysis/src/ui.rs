//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use meshbench_reports::Progress;
use meshbench_terminal::Page;
use std::io::{self, IsTerminal, Write};

/// Writes one line to stderr; on a terminal in lines that are no wider than it is.
pub fn say(line: &str) {
    // A closed stderr is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "{}", Page::of_stderr().fit(line));
}

/// What results for people are written on.
pub fn page() -> Page {
    Page::of_stdout()
}

/// Writes a result to stdout. A reader that went away, such as `head`, is no error.
pub fn result(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    printed(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// A result that is written to stdout piece by piece.
pub type Results = io::BufWriter<io::StdoutLock<'static>>;

/// Where such a result goes.
pub fn results() -> Results {
    io::BufWriter::new(io::stdout().lock())
}

/// What became of writing to stdout: a reader that went away is no error.
pub fn printed(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// A bar on a terminal, a line a tenth of the work elsewhere.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    terminal: bool,
}

impl Bar {
    /// A bar that has not begun.
    pub fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            None,
            if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}") {
            bar.set_style(style);
        }
        Self { bar, terminal }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Bar {
    fn step(&self, done: usize, total: usize, what: &str) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(what.chars().filter(|c| !c.is_control()).take(40).collect::<String>());
        let tenth = |done: usize| done * 10 / total.max(1);
        if !self.terminal && done > 0 && tenth(done) > tenth(done - 1) {
            say(&format!("report: {done} of {total}"));
        }
    }
}

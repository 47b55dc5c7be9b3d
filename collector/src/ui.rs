//! The only place that writes to the terminal.
//!
//! Everything goes to stderr, so that stdout stays free for results. On a terminal progress is a bar;
//! elsewhere (a log file, CI) it is a plain line every few seconds.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use meshbench_terminal::Page;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Seconds between two plain lines where stderr is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Columns from which on a terminal has room for a bar beside what is being done.
const WIDE: usize = 100;

/// How lines on stderr are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
pub enum LogFormat {
    /// For people; on a terminal with a bar.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Chosen once, by the command line; a static because whoever has something to say must not have to know it.
static JSON: AtomicBool = AtomicBool::new(false);

/// Chooses how lines on stderr are written.
pub fn set_format(format: LogFormat) {
    JSON.store(format == LogFormat::Json, Ordering::Relaxed);
}

/// How lines on stderr are written.
pub fn format() -> LogFormat {
    if JSON.load(Ordering::Relaxed) { LogFormat::Json } else { LogFormat::Text }
}

/// Writes one line to stderr.
pub fn say(line: &str) {
    leveled("info", line, &of_stderr().fit(line));
}

/// Writes one line to stderr that a reader should not miss.
pub fn warn(line: &str) {
    leveled("warning", line, &of_stderr().line("warning: ", line));
}

/// Says why a command could not do what it was asked.
pub fn fail(message: &str) {
    leveled("error", message, message);
}

fn leveled(level: &str, line: &str, text: &str) {
    match format() {
        LogFormat::Text => write_line(text),
        LogFormat::Json => object(json!({ "level": level, "message": line })),
    }
}

/// Writes a JSON object with the time in it.
fn object(mut object: serde_json::Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert("time".to_owned(), jiff::Timestamp::now().to_string().into());
    }
    write_line(&object.to_string());
}

fn write_line(line: &str) {
    // A closed stderr is no reason to stop a measurement.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Passes bytes of another process on to stderr as they are.
pub fn relay(bytes: &[u8]) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
}

/// What results for people are written on.
pub fn page() -> Page {
    Page::of_stdout()
}

/// What messages for people are written on.
pub fn of_stderr() -> Page {
    Page::of_stderr()
}

/// Writes bytes to stdout: a result that another program reads.
pub fn result(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// How far a long piece of work is, and when it will end.
pub struct Progress {
    bar: ProgressBar,
    /// `None` on a terminal, else when the last plain line was written.
    plain: Option<Cell<Instant>>,
    label: String,
    message: RefCell<String>,
    /// What is received now, in bit/s.
    live: Cell<Option<f64>>,
    started: Instant,
    remaining: Cell<Option<Duration>>,
}

impl Progress {
    /// Starts to show progress over `total` steps under a short label such as `lab smoke`.
    pub fn new(total: u64, label: &str) -> Self {
        let terminal = std::io::stderr().is_terminal() && format() == LogFormat::Text;
        let target = if terminal { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        // Where there is no room for a bar beside the message, the message is cut at the terminal's edge instead.
        let narrow = Page::of_stderr().width().is_some_and(|width| width < WIDE);
        let line = if narrow { "{prefix} {pos}/{len} {wide_msg}" } else { "{prefix} {wide_bar} {pos}/{len} {msg}" };
        let style = ProgressStyle::with_template(line);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(label.to_owned());
        Self {
            bar,
            plain: (!terminal).then(|| Cell::new(Instant::now())),
            label: label.to_owned(),
            message: RefCell::default(),
            live: Cell::new(None),
            started: Instant::now(),
            remaining: Cell::new(None),
        }
    }

    /// Says that `n` more steps are done.
    pub fn inc(&self, n: u64) {
        self.bar.inc(n);
        self.draw(false);
    }

    /// Says what is being done now; replaces the last message.
    pub fn message(&self, text: &str) {
        text.clone_into(&mut self.message.borrow_mut());
        self.draw(false);
    }

    /// Says what is received right now, in bit/s.
    pub fn live(&self, bit_s: f64) {
        self.live.set(Some(bit_s));
        self.draw(false);
    }

    /// Nothing is received any more.
    pub fn quiet(&self) {
        self.live.set(None);
    }

    /// There are `n` more steps than was known.
    pub fn lengthen(&self, n: u64) {
        self.bar.inc_length(n);
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Sets an estimate of the time left that is better than steps done over time passed.
    pub fn remaining(&self, left: Duration) {
        self.remaining.set(Some(left));
    }

    /// Writes a line that stays, above the bar.
    pub fn note(&self, line: &str) {
        self.bar.suspend(|| say(line));
    }

    /// Removes the bar, or writes a last plain line.
    pub fn finish(&self) {
        self.draw(true);
        self.bar.finish_and_clear();
    }

    fn left(&self) -> Option<Duration> {
        let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        match self.remaining.get() {
            _ if done >= total => None,
            Some(left) => Some(left),
            None if done == 0 => None,
            None => {
                let steps_left = total.saturating_sub(done);
                Some(self.started.elapsed().mul_f64(steps_left as f64 / done as f64))
            }
        }
    }

    fn draw(&self, last: bool) {
        let left = self.left().map_or_else(String::new, |left| format!("{} left", human(left)));
        let message = self.message.borrow();
        let live = self.live.get().map(rate);
        let Some(previous) = &self.plain else {
            let parts: Vec<String> = [Some(left), Some(message.clone()), live].into_iter().flatten().collect();
            self.bar.set_message(parts.join("  "));
            return;
        };
        if !last && previous.get().elapsed() < PLAIN_EVERY {
            return;
        }
        previous.set(Instant::now());
        let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        if format() == LogFormat::Json {
            let left_s = self.left().map(|left| left.as_secs());
            let (elapsed_s, bit_s) = (self.started.elapsed().as_secs(), self.live.get());
            object(json!({
                "level": "progress", "label": self.label, "done": done, "total": total, "elapsed_s": elapsed_s,
                "left_s": left_s, "message": *message, "received_bit_s": bit_s, "last": last,
            }));
            return;
        }
        let end = if last { format!("after {}", human(self.started.elapsed())) } else { left };
        let live = live.map_or_else(String::new, |live| format!("  {live}"));
        say(&format!("{}: {done}/{total}  {end}  {message}{live}", self.label));
    }
}

/// A number of things as people say it: `1 block`, `2 blocks`.
pub fn count<N: std::fmt::Display + PartialEq + From<u8>>(number: N, thing: &str) -> String {
    let many = if number == N::from(1) { "" } else { "s" };
    format!("{number} {thing}{many}")
}

/// A bit rate as people say it: `12.3 Mbit/s`.
fn rate(bit_s: f64) -> String {
    match bit_s {
        0.0..1e6 => format!("{:.1} kbit/s", bit_s / 1e3),
        1e6..1e9 => format!("{:.1} Mbit/s", bit_s / 1e6),
        _ => format!("{:.2} Gbit/s", bit_s / 1e9),
    }
}

/// A duration as people say it: `45 s`, `3 min 20 s`, `2 h 5 min`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(human(Duration::from_millis(59_900)), "59 s");
        assert_eq!(human(Duration::from_secs(200)), "3 min 20 s");
        assert_eq!(human(Duration::from_secs(7_500)), "2 h 5 min");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(
            [count(0_usize, "block"), count(1_u32, "block"), count(2_u64, "block")].join(", "),
            "0 blocks, 1 block, 2 blocks"
        );
    }

    #[test]
    fn an_estimate_given_beats_the_average() {
        let progress = Progress::new(10, "test");
        progress.inc(1);
        progress.remaining(Duration::from_secs(77));
        assert_eq!(progress.left(), Some(Duration::from_secs(77)));
        progress.inc(9);
        assert_eq!(progress.left(), None);
        progress.finish();
    }
}

//! From a tool's parsed report to rows of the dataset: the one place where tool words become metrics
//! of the catalogue. The live collector and the importers both come through here.

pub mod iperf3;
pub mod ping;
pub mod possible;

use meshbench_schemas::catalogue::{Metric, Series, Statistic};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::{Sample, Summary};
use meshbench_schemas::words::{Direction, Workload};

/// What every row of one run carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The attempt.
    pub run_id: Symbol,
    /// What is measured.
    pub system: Symbol,
    /// Host settings under test.
    pub tuning: Symbol,
    /// Network impairment.
    pub profile: Symbol,
    /// What is run.
    pub workload: Workload,
    /// Host that runs the client.
    pub source: Symbol,
    /// Host that runs the server.
    pub target: Symbol,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its outcome.
    pub outcome: Outcome,
    /// Why it is not `ok`.
    pub reason: Option<Reason>,
    /// The tool's own words, shortened.
    pub detail: Option<String>,
}

impl Verdict {
    /// Nothing to complain about.
    pub const OK: Self = Self { outcome: Outcome::Ok, reason: None, detail: None };

    /// Not ok, for this reason.
    pub fn not_ok(outcome: Outcome, reason: Reason, detail: impl AsRef<str>) -> Self {
        Self { outcome, reason: Some(reason), detail: Some(excerpt(detail.as_ref())) }
    }
}

/// A run that took less than this share of the time that it was asked to take did not measure what it was asked to.
const WHOLE: f64 = 0.9;

/// The verdict on a run that ended well and far too early; `None` for one that took its time, or that was asked for none.
pub fn too_short(took_s: f64, asked_s: f64) -> Option<Verdict> {
    let detail = || format!("it took {took_s:.2} s, asked were {asked_s} s");
    (took_s < asked_s * WHOLE).then(|| Verdict::not_ok(Outcome::Invalid, Reason::WrongDuration, detail()))
}

/// The most of a tool's words that a row keeps; the whole output is in the artifact.
const EXCERPT_CHARS: usize = 400;

/// Shortens a text for the `detail` column: its last lines, without blank ones, control characters and
/// credentials.
pub fn excerpt(text: &str) -> String {
    let (text, _) = crate::secrets::scrub(text.as_bytes());
    let text = String::from_utf8_lossy(&text);
    let clean: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let joined = clean.join(" | ");
    let chars = joined.chars().count();
    if chars <= EXCERPT_CHARS {
        return joined;
    }
    let tail: String = joined.chars().skip(chars - EXCERPT_CHARS + 1).collect();
    format!("…{tail}")
}

/// Rows of one run, and the verdict that its report allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Raw samples.
    pub samples: Vec<Sample>,
    /// Reported summaries.
    pub summaries: Vec<Summary>,
    /// What became of the attempt.
    pub verdict: Verdict,
    /// Version of the tool, where it says one.
    pub tool_version: Option<String>,
    /// Start, in seconds since the epoch.
    pub started_unix_s: Option<f64>,
    /// Duration that the tool was asked for.
    pub asked_s: Option<f64>,
    /// Congestion control at the sender.
    pub congestion_control: Option<String>,
    /// Whether payload was sent both ways at the same time.
    pub both_directions: Option<bool>,
    /// What else the tool was told, in the words of its command line.
    pub settings: Option<String>,
    /// Send buffer of the tool's socket at its start.
    pub send_buffer_byte: Option<u32>,
    /// Receive buffer of that socket.
    pub receive_buffer_byte: Option<u32>,
    /// Codes of what was odd in the output and tolerated.
    pub notes: Option<String>,
    /// The times that rates among the summaries were divided by.
    pub spans: Vec<Span>,
}

/// How long a transfer took by the report that its rate is from.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The rate.
    pub metric: &'static str,
    /// The host whose count it is.
    pub host: Symbol,
    /// Which way the payload went.
    pub direction: Option<Direction>,
    /// The time, in seconds.
    pub seconds: f64,
}

impl Recorded {
    /// No rows yet.
    pub fn new(verdict: Verdict) -> Self {
        Self {
            samples: Vec::new(),
            summaries: Vec::new(),
            verdict,
            tool_version: None,
            started_unix_s: None,
            asked_s: None,
            congestion_control: None,
            both_directions: None,
            settings: None,
            send_buffer_byte: None,
            receive_buffer_byte: None,
            notes: None,
            spans: Vec::new(),
        }
    }

    /// Adds codes to those of what was odd.
    pub fn note(&mut self, codes: Option<&str>) {
        let all = [self.notes.as_deref(), codes];
        self.notes = joined(&all.into_iter().flatten().flat_map(str::split_whitespace).collect::<Vec<_>>());
    }

    /// Adds a sample; a value that is not finite is no measurement and is left out.
    pub fn sample(&mut self, labels: &Labels, series: &Series, host: &Symbol, at: At, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.samples.push(Sample {
            run_id: labels.run_id.clone(),
            system: labels.system.clone(),
            tuning: labels.tuning.clone(),
            profile: labels.profile.clone(),
            workload: labels.workload,
            host: host.clone(),
            metric: symbol(series.id),
            direction: at.direction,
            stream: at.stream,
            seq: at.seq,
            t_s: at.t_s.filter(|t| t.is_finite()),
            window_s: at.window_s.filter(|window| window.is_finite()),
            value,
        });
    }

    /// Adds a summary; a value that is not finite is no measurement and is left out.
    pub fn summary(
        &mut self,
        labels: &Labels,
        metric: &Metric,
        host: &Symbol,
        direction: Option<Direction>,
        statistic: Statistic,
        value: f64,
    ) {
        if !value.is_finite() {
            return;
        }
        self.summaries.push(Summary {
            run_id: labels.run_id.clone(),
            system: labels.system.clone(),
            tuning: labels.tuning.clone(),
            profile: labels.profile.clone(),
            workload: labels.workload,
            host: host.clone(),
            metric: symbol(metric.id),
            direction,
            statistic: symbol(statistic.as_str()),
            value,
        });
    }
}

/// The codes of a parser's notes, each once, in order; none where there are none.
pub fn note_codes(notes: &[crate::parse::Note]) -> Option<String> {
    joined(&notes.iter().map(crate::parse::Note::code).collect::<Vec<_>>())
}

/// Codes as the column `notes` holds them: each once, in order; none where there are none.
pub fn joined(codes: &[impl AsRef<str>]) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for code in codes.iter().map(AsRef::as_ref) {
        if !once.contains(&code) {
            once.push(code);
        }
    }
    (!once.is_empty()).then(|| once.join(" "))
}

/// Where in a run a sample stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct At {
    /// Which way the payload flows.
    pub direction: Option<Direction>,
    /// One of several streams; `None` for all of them.
    pub stream: Option<u32>,
    /// Number of the interval, packet or request.
    pub seq: u32,
    /// Seconds since the run's start.
    pub t_s: Option<f64>,
    /// Length of the interval.
    pub window_s: Option<f64>,
}

/// Interns a word of the catalogue, so that the same text is one allocation for a whole import.
fn symbol(text: &'static str) -> Symbol {
    use std::cell::RefCell;
    use std::collections::HashMap;
    thread_local! {
        static WORDS: RefCell<HashMap<&'static str, Symbol>> = RefCell::default();
    }
    WORDS.with(|words| words.borrow_mut().entry(text).or_insert_with(|| Symbol::from(text)).clone())
}

//! The JSON of `hyperfine --export-json`, 1.12 to 1.20.
//!
//! `--time-unit` changes what hyperfine shows, never what it exports: times are always seconds.

use serde::Deserialize;

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::json::{self, Search, Tree};
use crate::parse::scalar::{Num, Word};
use crate::parse::text;

/// The name used in messages.
const TOOL: &str = "hyperfine";

/// What is kept of an output that was cut: runs that are complete.
const CARRIERS: &[&str] = &["results"];

/// Reads an export of hyperfine.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] for the output of something else,
/// [`ParseError::NoData`] for an export without a single result.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let raw = match serde_json::from_slice::<Raw>(body) {
        // serde would take a list for an object, field by field.
        Ok(raw) if raw.results.is_some() && body.starts_with(b"{") => raw,
        _ => tolerant(body, &mut notes)?,
    };
    let results: Vec<CommandResult> =
        raw.results.unwrap_or_default().into_iter().map(|raw| result(raw, &mut notes)).collect();
    if results.is_empty() {
        let broken = notes.has_break() || notes.has(&Note::Truncated);
        let what =
            if broken { "it ends or breaks before its first result is whole" } else { "the list of results is empty" };
        let what = what.to_owned();
        return Err(ParseError::NoData { tool: TOOL, what });
    }
    Ok(Report { results, notes: notes.into_vec() })
}

/// One export.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// One entry a command, in the order given.
    pub results: Vec<CommandResult>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// The runs of one command.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CommandResult {
    /// The command, or its name (`--command-name`).
    pub command: Option<String>,
    /// How many executions the export speaks of: the longer one of its times and exit codes.
    pub executions: usize,
    /// Wall-clock time of each run, seconds. An entry that is no number is absent, here and in
    /// `exit_codes` and `memory_bytes`.
    pub times_s: Vec<f64>,
    /// Exit status of each run; none where a signal ended it. Empty where not exported.
    pub exit_codes: Vec<Option<i64>>,
    /// Largest resident size of each run, bytes (1.19+). Empty where not exported.
    pub memory_bytes: Vec<Option<f64>>,
    /// Mean user-mode CPU time, seconds.
    pub user_s: Option<f64>,
    /// Mean kernel CPU time, seconds.
    pub system_s: Option<f64>,
    /// Mean of the times, seconds.
    pub mean_s: Option<f64>,
    /// Standard deviation, seconds; none for a single run.
    pub stddev_s: Option<f64>,
    /// Median, seconds.
    pub median_s: Option<f64>,
    /// Smallest, seconds.
    pub min_s: Option<f64>,
    /// Largest, seconds.
    pub max_s: Option<f64>,
    /// Parameters of this command (`--parameter-scan`, `--parameter-list`), in order.
    pub parameters: Vec<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw {
    results: Option<Vec<RawResult>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawResult {
    command: Word,
    times: Option<Vec<Num>>,
    exit_codes: Option<Vec<Num>>,
    memory_usage_byte: Option<Vec<Num>>,
    user: Num,
    system: Num,
    mean: Num,
    stddev: Num,
    median: Num,
    min: Num,
    max: Num,
    parameters: Option<std::collections::BTreeMap<String, Text>>,
}

/// A parameter's value, which is a text, or a number in some versions.
#[derive(Debug)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(input)?;
        Ok(Self(match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }))
    }
}

fn tolerant(body: &[u8], notes: &mut Notes) -> Result<Raw, ParseError> {
    let accept = |tree: &Tree| matches!(tree.key("results"), Some(Tree::List(_)));
    let search = Search { roots: b"{", carriers: CARRIERS, repeated: &[], accept: &accept };
    let mut found = json::find(body, &search, notes);
    if found.len() > 1 {
        notes.add(Note::Doubled);
    }
    let Some(last) = found.pop() else {
        let found = text::excerpt(body);
        return Err(ParseError::NotThis { tool: TOOL, found });
    };
    if body.get(..last.from).is_some_and(|before| !before.is_empty()) {
        notes.add(Note::TextBefore);
    }
    if body.get(last.to..).is_some_and(|after| !after.is_empty()) {
        notes.add(Note::TextAfter);
    }
    Ok(Raw::deserialize(last.tree).unwrap_or_default())
}

fn result(raw: RawResult, notes: &mut Notes) -> CommandResult {
    if raw.times.is_none() {
        notes.add(Note::MissingField("results.times".to_owned()));
    }
    let times = raw.times.unwrap_or_default();
    let codes = raw.exit_codes.unwrap_or_default();
    let memory = raw.memory_usage_byte.unwrap_or_default();
    if !codes.is_empty() && codes.len() != times.len() {
        let what = format!("{} times, {} exit codes", times.len(), codes.len());
        notes.add(Note::Contradiction(what));
    }
    let executions = times.len().max(codes.len());
    let mut report = CommandResult { command: raw.command.0, executions, ..CommandResult::default() };
    if times.is_empty() {
        report.exit_codes = codes.iter().map(|code| exit_code(*code)).collect();
    }
    for (index, time) in times.into_iter().enumerate() {
        // The lists belong together by position: an unreadable time takes its neighbours with it.
        let Some(time) = time.noted(("results", "times"), notes) else {
            continue;
        };
        report.times_s.push(time);
        report.exit_codes.extend(codes.get(index).map(|code| exit_code(*code)));
        report.memory_bytes.extend(memory.get(index).map(|memory| memory.get()));
    }
    let mut get = |num: Num, name: &str| num.noted(("results", name), notes);
    report.user_s = get(raw.user, "user");
    report.system_s = get(raw.system, "system");
    report.mean_s = get(raw.mean, "mean");
    // One run has no deviation, and hyperfine says so with `null`.
    report.stddev_s = raw.stddev.get();
    report.median_s = get(raw.median, "median");
    report.min_s = get(raw.min, "min");
    report.max_s = get(raw.max, "max");
    if report.times_s.len() == executions {
        beside_times(&report, notes);
    }
    report.parameters = raw.parameters.unwrap_or_default().into_iter().map(|(key, Text(value))| (key, value)).collect();
    report
}

/// How far what hyperfine works out of the times may be from what they give.
const ROUNDING: f64 = 1e-6;

/// Says where mean, median or ends are not those of the times.
fn beside_times(report: &CommandResult, notes: &mut Notes) {
    let mut times = report.times_s.clone();
    times.sort_by(f64::total_cmp);
    let n = times.len() as f64;
    let middle = |at: usize| times.get(at).copied();
    let (half, odd) = (times.len() / 2, times.len() % 2 == 1);
    let median =
        if odd { middle(half) } else { middle(half).zip(middle(half.wrapping_sub(1))).map(|(a, b)| (a + b) / 2.0) };
    let mean = (n > 0.0).then(|| times.iter().sum::<f64>() / n);
    for (name, printed, counted) in [
        ("mean", report.mean_s, mean),
        ("median", report.median_s, median),
        ("min", report.min_s, times.first().copied()),
        ("max", report.max_s, times.last().copied()),
    ] {
        let Some((printed, counted)) = printed.zip(counted) else { continue };
        if (printed - counted).abs() > ROUNDING * counted.abs().max(printed.abs()) {
            notes.add(Note::Contradiction(format!("a {name} of {printed} s, of the times {counted} s")));
        }
    }
}

fn exit_code(code: Num) -> Option<i64> {
    let value = code.get()?;
    let whole = text::as_count(value.abs()).and_then(|whole| i64::try_from(whole).ok())?;
    Some(if value < 0.0 { -whole } else { whole })
}

//! One result file as one attempt.

use super::facts::{DOWNLOAD_EXECUTIONS, ResultFile};
use super::failure::{Failure, classify, classify_value};
use super::wrapper::{HarnessError, Meta, Pair, Parallel, RawPair, Status, Wrapper};
use super::{summaries, wrapper};
use crate::parse::iperf3::Report;
use crate::parse::{Note, Notes, ParseError, hyperfine, iperf3, json};
use crate::record::possible::{Beside, refuse_beside};
use crate::record::{At, Labels, Recorded, Verdict, iperf3 as transfers, note_codes, too_short};
use meshbench_schemas::catalogue::{self as metrics, Statistic};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::LONGEST_S;
use meshbench_schemas::words::Workload;
use serde_json::Value;
use std::collections::BTreeMap;

/// One attempt as a result file tells it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its rows and verdict.
    pub recorded: Recorded,
    /// What the harness says about the run.
    pub meta: Meta,
    /// Limit that stopped it.
    pub limit_s: Option<f64>,
    /// Whether its samples come from the text of an error.
    pub recovered: bool,
    /// Which try it is, from 1: after an error the harness reports the most tries it could have made,
    /// so that only a success tells how many came before.
    pub number: u32,
}

impl Attempt {
    fn new(recorded: Recorded, meta: Meta) -> Self {
        Self { recorded, meta, limit_s: None, recovered: false, number: 1 }
    }

    fn refused(error: &ParseError) -> Self {
        Self::new(unreadable(error), Meta::default())
    }

    /// A failure that holds nothing.
    pub fn unusable(reason: Reason, detail: &str, meta: Meta) -> Self {
        Self::new(Recorded::new(Verdict::not_ok(Outcome::Failed, reason, detail)), meta)
    }

    /// Leaves out what cannot be, as everything that is recorded does (see [`refuse_beside`]), and finds runs that were
    /// shorter than they had to be. `cores` are those of the hosts, as far as they are known.
    pub fn refuse_impossible(&mut self, file: &ResultFile, cores: &BTreeMap<String, f64>) {
        let took = self.meta.duration_seconds.filter(|took| *took > 0.0 && *took <= LONGEST_S);
        let asked = self.recorded.asked_s.or(file.asked_s);
        refuse_beside(&mut self.recorded, Beside { length_s: took.or(asked), wall_s: took, cores: Some(cores) });
        if let Some((took, asked)) = took.zip(asked).filter(|_| self.recorded.verdict.outcome == Outcome::Ok)
            && let Some(verdict) = too_short(took, asked)
        {
            self.recorded.verdict = verdict;
        }
    }

    /// Lower bound of the workload's duration where the limit cut it off.
    pub fn censored_at_s(&self, workload: Workload) -> Option<f64> {
        let limit = self.limit_s.filter(|_| self.recorded.verdict.outcome == Outcome::Censored)?;
        match workload {
            Workload::Download => Some(limit / DOWNLOAD_EXECUTIONS),
            _ => metrics::duration_of(workload).map(|_| limit),
        }
    }
}

fn unreadable(error: &ParseError) -> Recorded {
    let reason = if matches!(error, ParseError::NoData { .. }) { Reason::NoData } else { Reason::UnreadableFile };
    Recorded::new(Verdict::not_ok(Outcome::Failed, reason, error.to_string()))
}

/// Reads the file of one link. `labels` may still name another target than the file does.
pub fn read(file: &ResultFile, text: &[u8], labels: impl FnOnce(&Meta, u32) -> Labels) -> Attempt {
    let clean = wrapper::without_nan(text);
    // In one pass where the file is as it should be; whatever is odd is read again below, with more patience.
    if file.tool == "iperf3"
        && let Ok(wrapped) = wrapper::read::<Report>(&clean)
        && wrapped.is_success(false)
        && let Wrapper { data: Some(report), meta, .. } = wrapped
    {
        let meta = meta.unwrap_or_default();
        let number = meta.tries();
        let labels = labels(&meta, number);
        let mut attempt = Attempt::new(transfers::record(&report, &labels), meta);
        attempt.number = number;
        return attempt;
    }
    let wrapped = match wrapper::parts(&clean) {
        Ok(wrapped) => wrapped,
        Err(error) => {
            let mut attempt = Attempt::refused(&error);
            // A transfer cut off in the middle still has intervals worth keeping; in the file of a whole ring
            // nobody could say whose they are, and neither of which of two results.
            if file.keeps_intervals() && !matches!(error, ParseError::Unsupported { .. }) {
                recover(&mut attempt, &clean, &labels(&Meta::default(), 1));
            }
            return attempt;
        }
    };
    let meta = wrapped.meta.clone().unwrap_or_default();
    let failure = failure_of(file, &wrapped);
    let number = if wrapped.status == Status::Success && failure.is_none() { meta.tries() } else { 1 };
    let labels = labels(&meta, number);
    if let Some((failure, output)) = failure {
        let output = output.as_deref().map(str::as_bytes).or(wrapped.data).filter(|_| file.keeps_intervals());
        let mut attempt = Attempt::failed(failure, output, meta, &labels);
        attempt.recorded.note(note_codes(&wrapped.notes).as_deref());
        return attempt;
    }
    let data = wrapped.data.unwrap_or(&clean);
    let mut attempt = Attempt::new(from_data(file, data, &labels), meta);
    attempt.recorded.note(note_codes(&wrapped.notes).as_deref());
    attempt.number = number;
    attempt
}

/// What a file says that went wrong, with the tool's output where the error has it; `None` where all went well.
fn failure_of(file: &ResultFile, wrapped: &wrapper::Parts<'_>) -> Option<(Failure, Option<String>)> {
    let error_type = wrapped.error_type.as_deref();
    let told = || {
        let Some(error) = wrapped.error else {
            return (classify(&HarnessError::default(), error_type, wrapped.timeout), None);
        };
        let lossy = || Value::String(String::from_utf8_lossy(error).into_owned());
        classify_value(&json::read(error).unwrap_or_else(|_| lossy()), error_type, wrapped.timeout)
    };
    match (&wrapped.status, wrapped.error) {
        (Status::Error, _) => Some(told()),
        (Status::Success, Some(_)) => {
            let (failure, output) = told();
            Some((failure.beside("the status is `success` beside an error"), output))
        }
        (Status::Other(word), _) => {
            let (failure, output) = told();
            Some((failure.beside(&format!("the status is `{word}`")), output))
        }
        // A report of iperf3 that was never wrapped has its own errors in it.
        (Status::Missing, Some(_)) if wrapped.data.is_none() && file.tool != "iperf3" => Some(told()),
        (Status::Missing, Some(_)) if wrapped.data.is_some() => {
            let (failure, output) = told();
            Some((failure.beside("a result stands beside an error"), output))
        }
        (Status::Success | Status::Missing, _) => None,
    }
}

/// One link's part of the file of all links, its report read.
pub type LinkPart = Pair<Result<Report, ParseError>>;

/// What the file of all links says.
#[derive(Debug, Default)]
pub struct Ring {
    /// What the harness says about the run.
    pub meta: Meta,
    /// Every link's part; none where the whole of it failed or is no such list.
    pub parts: Option<Vec<LinkPart>>,
    /// What is wrong with entries of the list that are no link's part.
    pub odd: Vec<String>,
    /// Codes of what was odd about the file, and so about every part of it.
    pub notes: Option<String>,
}

/// Reads the file of all links.
pub fn read_ring(text: &[u8]) -> Ring {
    let clean = wrapper::without_nan(text);
    // In one pass where every report is as it should be; otherwise each is read on its own, with more patience.
    if let Ok(wrapped) = wrapper::read::<Parallel<Report>>(&clean)
        && wrapped.is_success(true)
        && let Wrapper { data: Some(Parallel { pairs }), meta, .. } = wrapped
    {
        let parts = pairs.into_iter().map(|pair| pair.map(Ok)).collect();
        return Ring { meta: meta.unwrap_or_default(), parts: Some(parts), odd: Vec::new(), notes: None };
    }
    let Ok(wrapped) = wrapper::parts(&clean) else { return Ring::default() };
    let went_well = matches!(wrapped.status, Status::Success | Status::Missing) && wrapped.error.is_none();
    let read = wrapped.data.filter(|_| went_well).and_then(wrapper::pairs);
    let (pairs, odd) = read.map_or((None, Vec::new()), |(pairs, odd)| (Some(pairs), odd));
    let parse = |pair: RawPair<'_>| pair.map(|text| text.and_then(iperf3::parse));
    let parts = pairs.map(|pairs| pairs.into_iter().map(parse).collect());
    Ring { meta: wrapped.meta.unwrap_or_default(), parts, odd, notes: note_codes(&wrapped.notes) }
}

/// One link's part as an attempt.
pub fn read_part(part: &LinkPart, meta: &Meta, labels: &Labels) -> Attempt {
    let nothing = |error: &&Value| wrapper::says_nothing(error.to_string().as_bytes());
    match (&part.result, part.error.as_ref().filter(|error| !nothing(error))) {
        (Some(result), None) => Attempt::new(from_report(result.as_ref(), labels), meta.clone()),
        (result, Some(error)) => {
            let (failure, output) = classify_value(error, None, None);
            let failure = if result.is_some() { failure.beside("a result stands beside an error") } else { failure };
            let mut attempt = Attempt::failed(failure, output.as_deref().map(str::as_bytes), meta.clone(), labels);
            if let Some(Ok(report)) = result.as_ref().filter(|_| !attempt.recovered) {
                keep_intervals(&mut attempt, report, labels);
            }
            attempt
        }
        (None, None) => Attempt::unusable(Reason::NoData, "the entry has neither a result nor an error", meta.clone()),
    }
}

fn from_report(report: Result<&Report, &ParseError>, labels: &Labels) -> Recorded {
    match report {
        Ok(report) => transfers::record(report, labels),
        Err(error) => unreadable(error),
    }
}

fn from_data(file: &ResultFile, data: &[u8], labels: &Labels) -> Recorded {
    let mut notes = Notes::default();
    match file.workload {
        Workload::Tcp | Workload::Udp | Workload::TcpParallel => from_report(iperf3::parse(data).as_ref(), labels),
        Workload::Download => match hyperfine::parse(data) {
            Ok(report) => download(&report, labels),
            Err(error) => unreadable(&error),
        },
        workload => match json::read_noted::<Value>(data, &mut notes) {
            Ok(value) => {
                let mut recorded = match workload {
                    Workload::Ping => summaries::ping(&value, labels),
                    Workload::Quic => summaries::qperf(&value, labels),
                    _ => summaries::rist(&value, labels),
                };
                recorded.note(note_codes(&notes.into_vec()).as_deref());
                recorded
            }
            Err(error) => unreadable(&ParseError::Malformed {
                tool: "the harness",
                line: error.line(),
                column: error.column(),
                what: error.to_string(),
            }),
        },
    }
}

impl Attempt {
    /// A failure, and whatever the output beside it still holds.
    fn failed(failure: Failure, output: Option<&[u8]>, meta: Meta, labels: &Labels) -> Self {
        let mut attempt = Self::new(Recorded::new(failure.verdict), meta);
        attempt.limit_s = failure.limit_s;
        if let Some(output) = output.filter(|output| !output.trim_ascii().is_empty()) {
            recover(&mut attempt, output, labels);
        }
        attempt
    }
}

/// Adds intervals from the output of an iperf3 that failed; its own error message is the better reason.
fn recover(attempt: &mut Attempt, output: &[u8], labels: &Labels) {
    if let Ok(report) = iperf3::parse(output) {
        keep_intervals(attempt, &report, labels);
    }
}

fn keep_intervals(attempt: &mut Attempt, report: &Report, labels: &Labels) {
    let failed = std::mem::replace(&mut attempt.recorded, transfers::record(report, labels));
    attempt.recovered = !attempt.recorded.samples.is_empty();
    // Totals of a failed run are no result.
    attempt.recorded.summaries.clear();
    let own = std::mem::replace(&mut attempt.recorded.verdict, failed.verdict);
    if attempt.recorded.verdict.outcome == Outcome::Failed && report.error.is_some() {
        attempt.recorded.verdict = own;
    }
}

/// hyperfine's repetitions as samples.
fn download(report: &hyperfine::Report, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    let others = report.results.len().saturating_sub(1);
    let others = (others > 0).then_some(Note::OtherCommands(others));
    recorded.notes = note_codes(&[report.notes.as_slice(), others.as_slice()].concat());
    let Some(result) = report.results.first() else {
        recorded.verdict = Verdict::not_ok(Outcome::Failed, Reason::NoData, "hyperfine reports no command");
        return recorded;
    };
    for (seq, time) in (0..).zip(&result.times_s) {
        recorded.sample(labels, &metrics::COMMAND_TIME, &labels.source, At { seq, ..At::default() }, *time);
    }
    if let (Some(user), Some(system)) = (result.user_s, result.system_s) {
        recorded.summary(labels, &metrics::DOWNLOAD_CPU_TIME, &labels.source, None, Statistic::Mean, user + system);
    }
    for (metric, part) in
        [(&metrics::DOWNLOAD_USER_TIME, result.user_s), (&metrics::DOWNLOAD_SYSTEM_TIME, result.system_s)]
    {
        if let Some(part) = part {
            recorded.summary(labels, metric, &labels.source, None, Statistic::Mean, part);
        }
    }
    // An export without its single times still has their mean.
    let mean = result.mean_s.filter(|mean| result.times_s.is_empty() && *mean > 0.0);
    if let Some(mean) = mean {
        recorded.summary(labels, &metrics::DOWNLOAD_TIME, &labels.source, None, Statistic::Mean, mean);
    }
    let bad = result.exit_codes.iter().filter(|code| **code != Some(0)).count();
    let (timed, told) = (result.times_s.len(), result.exit_codes.len());
    recorded.verdict = if result.times_s.is_empty() && mean.is_none() {
        Verdict::not_ok(Outcome::Failed, Reason::NoData, "hyperfine reports no time")
    } else if bad > 0 && bad == result.exit_codes.len() {
        Verdict::not_ok(Outcome::Failed, Reason::ToolError, exit_codes(&result.exit_codes))
    } else if bad > 0 {
        Verdict::not_ok(Outcome::Partial, Reason::RepetitionLost, exit_codes(&result.exit_codes))
    } else if timed == 0 {
        let words = "no execution has a time of its own, only their mean is told";
        Verdict::not_ok(Outcome::Partial, Reason::RepetitionLost, words)
    } else if timed < result.executions {
        let words = format!("{timed} of {} executions have a time", result.executions);
        Verdict::not_ok(Outcome::Partial, Reason::RepetitionLost, words)
    } else if told > 0 && told < timed {
        let words = format!("{told} of {timed} executions have an exit code: how the others ended is unknown");
        Verdict::not_ok(Outcome::Partial, Reason::RepetitionLost, words)
    } else if result.times_s.iter().any(|time| *time <= 0.0) {
        Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, format!("times {:?} s", result.times_s))
    } else {
        Verdict::OK
    };
    recorded
}

/// Exit codes in words: a run that a signal ended has none.
fn exit_codes(codes: &[Option<i64>]) -> String {
    let word = |code: &Option<i64>| code.map_or_else(|| "none".to_owned(), |code| code.to_string());
    format!("exit codes {}", codes.iter().map(word).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;

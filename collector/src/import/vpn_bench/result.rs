//! One result file as one attempt.

use super::facts::{DOWNLOAD_EXECUTIONS, ResultFile};
use super::failure::{Failure, classify, classify_text, section};
use super::wrapper::{HarnessError, Meta, Pair, Parallel, Wrapper};
use super::{summaries, wrapper};
use crate::parse::iperf3::Report;
use crate::parse::{ParseError, hyperfine, iperf3, json};
use crate::record::{At, Labels, Recorded, Verdict, note_codes, possible};
use meshbench_schemas::catalogue::{self as metrics, Statistic};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Workload;
use serde_json::Value;

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

    /// Leaves out what cannot be, as everything that is recorded does; see [`possible::refuse`].
    pub fn refuse_impossible(&mut self, file: &ResultFile) {
        let took = self.meta.duration_seconds.filter(|took| *took > 0.0);
        let length_s = took.or(self.recorded.asked_s).or(file.asked_s);
        possible::refuse(&mut self.recorded, length_s);
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
        && let Ok(Wrapper { status, data: Some(report), meta, .. }) = wrapper::read::<Report>(&clean)
        && status.as_deref() == Some("success")
    {
        let meta = meta.unwrap_or_default();
        let number = meta.tries();
        let labels = labels(&meta, number);
        let mut attempt = Attempt::new(crate::record::iperf3::record(&report, &labels), meta);
        attempt.number = number;
        return attempt;
    }
    let wrapped = match wrapper::parts(&clean) {
        Ok(wrapped) => wrapped,
        Err(error) => {
            let mut attempt = Attempt::refused(&error);
            // A transfer cut off in the middle still has intervals worth keeping; in the file of a whole ring
            // nobody could say whose they are.
            if file.tool == "iperf3" && file.workload != Workload::TcpParallel {
                recover(&mut attempt, &clean, &labels(&Meta::default(), 1));
            }
            return attempt;
        }
    };
    let meta = wrapped.meta.unwrap_or_default();
    let number = if wrapped.status.as_deref() == Some("success") { meta.tries() } else { 1 };
    let labels = labels(&meta, number);
    let failed = wrapped.status.as_deref() == Some("error")
        || (wrapped.status.is_none() && wrapped.error.is_some() && wrapped.data.is_none() && file.tool != "iperf3");
    if failed {
        let error = wrapped.error.unwrap_or(b"{}");
        // Some errors are one text instead of fields.
        if let Ok(text) = serde_json::from_slice::<String>(error) {
            let output = section(&text, "Stdout").filter(|_| file.tool == "iperf3");
            return Attempt::failed(classify_text(&text), output, meta, &labels);
        }
        let error: HarnessError = json::read(error).unwrap_or_default();
        let output = error.stdout.as_deref().filter(|_| file.tool == "iperf3");
        let failure = classify(&error, wrapped.error_type.as_deref(), wrapped.timeout);
        return Attempt::failed(failure, output, meta, &labels);
    }
    let data = wrapped.data.unwrap_or(&clean);
    let mut attempt = Attempt::new(from_data(file, data, &labels), meta);
    attempt.number = number;
    attempt
}

/// One link's part of the file of all links, its report read.
pub type LinkPart = Pair<Result<Report, ParseError>>;

/// Reads the file of all links: what the harness says, and every link's part unless the whole of it failed.
pub fn read_ring(text: &[u8]) -> (Meta, Option<Vec<LinkPart>>) {
    let clean = wrapper::without_nan(text);
    // In one pass where every report is as it should be; otherwise each is read on its own, with more patience.
    if let Ok(Wrapper { data: Some(Parallel { pairs }), meta, .. }) = wrapper::read::<Parallel<Report>>(&clean) {
        return (meta.unwrap_or_default(), Some(pairs.into_iter().map(|pair| pair.map(Ok)).collect()));
    }
    let Ok(wrapped) = wrapper::parts(&clean) else { return (Meta::default(), None) };
    let pairs = wrapped.data.and_then(wrapper::pairs);
    let parts = pairs.map(|pairs| pairs.into_iter().map(|pair| pair.map(iperf3::parse)).collect());
    (wrapped.meta.unwrap_or_default(), parts)
}

/// One link's part as an attempt.
pub fn read_part(part: &LinkPart, meta: &Meta, labels: &Labels) -> Attempt {
    match (&part.result, &part.error) {
        (Some(result), _) => Attempt::new(from_report(result.as_ref(), labels), meta.clone()),
        (None, Some(error)) => Attempt::failed(classify_text(error), section(error, "Stdout"), meta.clone(), labels),
        (None, None) => Attempt::new(
            Recorded::new(Verdict::not_ok(
                Outcome::Failed,
                Reason::NoData,
                "the entry has neither a result nor an error",
            )),
            meta.clone(),
        ),
    }
}

fn from_report(report: Result<&Report, &ParseError>, labels: &Labels) -> Recorded {
    match report {
        Ok(report) => crate::record::iperf3::record(report, labels),
        Err(error) => unreadable(error),
    }
}

fn from_data(file: &ResultFile, data: &[u8], labels: &Labels) -> Recorded {
    match file.workload {
        Workload::Tcp | Workload::Udp | Workload::TcpParallel => from_report(iperf3::parse(data).as_ref(), labels),
        Workload::Download => match hyperfine::parse(data) {
            Ok(report) => download(&report, labels),
            Err(error) => unreadable(&error),
        },
        workload => match json::read::<Value>(data) {
            Ok(value) => match workload {
                Workload::Ping => summaries::ping(&value, labels),
                Workload::Quic => summaries::qperf(&value, labels),
                _ => summaries::rist(&value, labels),
            },
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
    fn failed(failure: Failure, output: Option<&str>, meta: Meta, labels: &Labels) -> Self {
        let mut attempt = Self::new(Recorded::new(failure.verdict), meta);
        attempt.limit_s = failure.limit_s;
        if let Some(output) = output.filter(|output| !output.trim().is_empty()) {
            recover(&mut attempt, output.as_bytes(), labels);
        }
        attempt
    }
}

/// Adds intervals from the output of an iperf3 that failed; its own error message is the better reason.
fn recover(attempt: &mut Attempt, output: &[u8], labels: &Labels) {
    let Ok(report) = iperf3::parse(output) else { return };
    let failed = std::mem::replace(&mut attempt.recorded, crate::record::iperf3::record(&report, labels));
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
    recorded.notes = note_codes(&report.notes);
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
    recorded.verdict = if result.times_s.is_empty() && mean.is_none() {
        Verdict::not_ok(Outcome::Failed, Reason::NoData, "hyperfine reports no time")
    } else if bad > 0 && bad == result.exit_codes.len() {
        Verdict::not_ok(Outcome::Failed, Reason::ToolError, format!("exit codes {:?}", result.exit_codes))
    } else if bad > 0 {
        Verdict::not_ok(Outcome::Partial, Reason::RepetitionLost, format!("exit codes {:?}", result.exit_codes))
    } else if result.times_s.iter().any(|time| *time <= 0.0) {
        Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, format!("times {:?} s", result.times_s))
    } else {
        Verdict::OK
    };
    recorded
}

#[cfg(test)]
mod tests {
    use super::super::facts::LINK_FILES;
    use super::*;

    fn labels(workload: Workload) -> Labels {
        let word = |text: &str| text.into();
        Labels {
            run_id: word("r"),
            system: word("internal"),
            tuning: word("default"),
            profile: word("baseline"),
            workload,
            source: word("h1"),
            target: word("h2"),
        }
    }

    fn read_as(workload: Workload, text: &str) -> Attempt {
        let file = LINK_FILES.iter().find(|file| file.workload == workload).unwrap();
        read(file, text.as_bytes(), |_, _| labels(workload))
    }

    fn value(attempt: &Attempt, metric: &str) -> Option<f64> {
        attempt.recorded.summaries.iter().find(|row| &*row.metric == metric).map(|row| row.value)
    }

    /// One report, as it is and with what strict readers refuse, inside a whole wrapper.
    #[test]
    fn a_wrapped_report_is_read_as_patiently_as_a_bare_one() {
        let report = include_str!("../../../tests/fixtures/iperf3/tcp-bidir.json");
        let wrapped =
            |report: &str| format!(r#"{{"status": "success", "data": {report}, "meta": {{"test_attempts": 1}}}}"#);
        let plain = read_as(Workload::Tcp, &wrapped(report));
        assert_eq!(plain.recorded.verdict, Verdict::OK);
        let odd = report.replacen("\"version\"", "\"a\": -nan, \"b\": 1.5e 8, \"c\": inf, \"version\"", 1);
        assert_ne!(odd, report);
        let odd = read_as(Workload::Tcp, &wrapped(&odd));
        assert_eq!(odd.recorded.verdict, Verdict::OK);
        assert_eq!(odd.recorded.samples, plain.recorded.samples);
        assert_eq!(value(&odd, "throughput"), value(&plain, "throughput"));
        assert!(value(&odd, "throughput").is_some());
    }

    #[test]
    fn summaries_and_exports_are_read_so_too() {
        let five = |mean: &str| {
            format!(
                r#"{{"min": 1.0, "average": {mean}, "max": 3.0, "percentiles": {{"p25": -nan, "p50": 2, "p75": 2}}}}"#
            )
        };
        let ping = format!(
            r#"{{"status": "success", "data": {{"rtt_avg_ms": {}, "packet_loss_percent": {}}}, "meta": {{}}}}"#,
            five("2.5e 0"),
            five("nan")
        );
        let ping = read_as(Workload::Ping, &ping);
        assert_eq!(value(&ping, "rtt_mean"), Some(0.001));
        let export = r#"{"status": "success", "data": {"results": [{"mean": 9.5, "stddev": nan, "user": null, "exit_codes": [0, 0]}]}, "meta": {}}"#;
        let download = read_as(Workload::Download, export);
        assert_eq!(download.recorded.verdict, Verdict::OK);
        assert_eq!((value(&download, "download_time"), value(&download, "download_cpu_time")), (Some(9.5), None));
        let failed = read_as(Workload::Download, &export.replace("[0, 0]", "[1, 1]"));
        assert_eq!(failed.recorded.verdict.reason, Some(Reason::ToolError));
    }
}

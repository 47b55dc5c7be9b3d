//! From bytes to raw reports: the fast path, the event stream, and the tolerant path.

use serde::Deserialize;

use super::raw::{RawEnd, RawInterval, RawReport, RawStart, SUMS};
use super::{Note, ParseError, Report, TOOL, build};
use crate::parse::Notes;
use crate::parse::json::{self, Found, Search, Tree};
use crate::parse::scalar::{Complaint, Word};
use crate::parse::text::{self, excerpt};

/// Keys whose unfinished value still holds finished records.
const CARRIERS: &[&str] = &["start", "test_start", "timestamp", "intervals", "end", "streams"];

/// How iperf3 begins a message on its own account.
const COMPLAINT: &str = "iperf3: error - ";

pub(super) fn report(bytes: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(bytes, TOOL, &mut notes)?;
    // serde would take a list for an object, field by field.
    if body.starts_with(b"{")
        && let Ok(raw) = serde_json::from_slice::<RawReport>(body)
        && raw.is_report()
    {
        return Ok(build::report(raw, notes));
    }
    if let Some(raw) = events(body) {
        return Ok(build::report(raw, notes));
    }
    tolerant(body, notes)
}

/// Only the name of an event.
#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    event: Word,
}

/// An event with its data.
#[derive(Deserialize)]
struct Event<T> {
    data: T,
}

/// A clean event stream of one run; none when anything about it is not as iperf3 writes it.
fn events(body: &[u8]) -> Option<RawReport> {
    let mut report = RawReport::default();
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let name = serde_json::from_slice::<Name>(line).ok()?.event.0?;
        match name.as_str() {
            "start" if report.start.is_none() && report.intervals.is_none() => {
                report.start = Some(data::<RawStart>(line)?);
            }
            "interval" if report.end.is_none() => {
                report.intervals.get_or_insert_default().push(data::<RawInterval>(line)?);
            }
            "end" if report.end.is_none() => report.end = Some(data::<RawEnd>(line)?),
            "error" => report.error = data(line)?,
            "server_output_json" => report.server_output_json = Some(Box::new(data(line)?)),
            "server_output_text" => report.server_output_text = data(line)?,
            "start" | "interval" | "end" => return None,
            // Events of later versions are additions, as unknown keys are.
            _ => {}
        }
    }
    report.is_report().then_some(report)
}

fn data<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Option<T> {
    serde_json::from_slice::<Event<T>>(line).ok().map(|event| event.data)
}

/// A candidate among the objects of a text.
struct Candidate {
    raw: RawReport,
    from: usize,
    to: usize,
    whole: bool,
}

impl Candidate {
    /// Better candidates are greater; among equals the later one is taken.
    fn rank(&self) -> (bool, bool, bool) {
        let data = self.raw.intervals.as_ref().is_some_and(|list| !list.is_empty())
            || self.raw.end.as_ref().is_some_and(|end| !end.streams.is_empty());
        // Behind a break, the server's report inside the client's looks like one of its own.
        let client = self.raw.start.as_ref().is_none_or(|start| start.accepted_connection.is_none());
        (data, client, self.whole)
    }
}

fn tolerant(body: &[u8], mut notes: Notes) -> Result<Report, ParseError> {
    let search = Search { roots: b"{", carriers: CARRIERS, repeated: SUMS, accept: &is_ours };
    let found = json::find(body, &search, &mut notes);
    let first = found.first().map_or(body.len(), |found| found.from);
    let last = found.last().map_or(0, |found| found.to);
    let candidates = candidates(found, &mut notes);

    let outside = [body.get(..first), body.get(last.max(first)..)];
    let complaint = outside.into_iter().flatten().find_map(complaint);

    let several = candidates.len() > 1;
    let best = candidates.into_iter().max_by_key(Candidate::rank);
    let Some(best) = best else {
        return match complaint {
            Some(error) => Ok(Report { error: Some(error), ..Report::default() }),
            None => Err(ParseError::NotThis { tool: TOOL, found: describe(body) }),
        };
    };
    if several {
        notes.add(Note::Doubled);
    }
    let blank = |range: Option<&[u8]>| range.unwrap_or_default().iter().all(|byte| text::is_blank(*byte));
    if !blank(body.get(..first)) {
        notes.add(Note::TextBefore);
    }
    let behind = last.max(best.to);
    if !blank(body.get(behind..)) && best.from < behind {
        notes.add(Note::TextAfter);
    }
    let mut report = build::report(best.raw, notes);
    if report.error.is_none() {
        report.error = complaint;
    }
    Ok(report)
}

/// Whether an object is a report or an event of one.
fn is_ours(tree: &Tree) -> bool {
    if let Some(Tree::Text(_)) = tree.key("event") {
        return true;
    }
    matches!(tree.key("start"), Some(Tree::Map(_)))
        || matches!(tree.key("intervals"), Some(Tree::List(_)))
        || matches!(tree.key("end"), Some(Tree::Map(_)))
}

/// Whole reports as they are, events put together.
fn candidates(found: Vec<Found>, notes: &mut Notes) -> Vec<Candidate> {
    let mut list: Vec<Candidate> = Vec::new();
    let mut stream: Option<Candidate> = None;
    for Found { tree, from, to, whole } in found {
        let Some(Tree::Text(event)) = tree.key("event") else {
            if let Ok(raw) = RawReport::deserialize(tree) {
                list.push(Candidate { raw, from, to, whole });
            }
            continue;
        };
        let event = event.clone();
        if event == "start" {
            list.extend(stream.take());
        }
        let current = stream.get_or_insert_with(|| Candidate { raw: RawReport::default(), from, to, whole: true });
        current.to = to;
        current.whole &= whole;
        let data = match tree {
            Tree::Map(entries) => entries.into_iter().find(|(key, _)| key == "data"),
            _ => None,
        };
        match data {
            Some((_, data)) => put(&mut current.raw, &event, data),
            // The unfinished last event, or one without content.
            None => notes.add(Note::MissingField(format!("{event}.data"))),
        }
    }
    list.extend(stream);
    // With `--json-stream-full-output` the same run comes twice, and the whole report is richer.
    list.retain(|candidate| candidate.raw.is_report());
    list
}

fn put(report: &mut RawReport, event: &str, data: Tree) {
    match event {
        "start" => report.start = RawStart::deserialize(data).ok(),
        "interval" => {
            report.intervals.get_or_insert_default().extend(RawInterval::deserialize(data).ok());
        }
        "end" => report.end = RawEnd::deserialize(data).ok(),
        "error" => report.error = Complaint::deserialize(data).unwrap_or_default(),
        "server_output_json" => {
            report.server_output_json = RawReport::deserialize(data).ok().map(Box::new);
        }
        "server_output_text" => {
            report.server_output_text = Word::deserialize(data).unwrap_or_default();
        }
        _ => {}
    }
}

/// What iperf3 complained about in plain text, without its prefix.
fn complaint(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().find_map(|line| {
        let (_, message) = line.split_once(COMPLAINT)?;
        Some(message.trim().trim_matches('\0').to_owned())
    })
}

fn describe(body: &[u8]) -> String {
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => "JSON without `start`, `intervals` or `end`".to_owned(),
        Err(_) => excerpt(body),
    }
}

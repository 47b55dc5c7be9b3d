//! The text of qperf's client: rbruenig/qperf, the QUIC one, not the RDMA tool of the same name.
//!
//! Source: `client.c` and `client_stream.c`. Its "kbit/s", "mbit/s" and "gbit/s" divide by 1024, not
//! by 1000, so that 1 gbit/s is 1.0737 Gbit/s; newer versions also print the core's load:
//! `second 0: 4.123 gbit/s, cpu 3: 99.01%`, older ones the bytes.

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::text::{self, count, number};

/// The name used in messages.
const TOOL: &str = "qperf";

/// Reads the output of one client. Where several were concatenated, cut them apart at their header
/// first; of several in one text the last one that measured anything is read.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] when no line is one of qperf's,
/// [`ParseError::NoData`] when it started and never measured anything.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let ended = text::has_last_line_end(text);
    let content = text::lossy(body, &mut notes);
    let mut report = Report::default();
    let mut before: Option<Report> = None;
    let mut known = false;
    let mut complaint = None;
    let mut lines = content.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let cut = lines.peek().is_none() && !ended;
        match read(line.trim()) {
            Line::Start => {
                known = true;
                report.error = complaint.take();
                let measured = !report.is_empty();
                if measured {
                    notes.add(Note::Doubled);
                    before = Some(report);
                }
                report = Report::default();
            }
            Line::Connect(value) => {
                known = true;
                report.connect_s = Some(value);
            }
            Line::FirstByte(value) => {
                known = true;
                report.first_byte_s = Some(value);
            }
            Line::Second(second) => {
                known = true;
                if report.seconds.last().is_some_and(|last| last.seq >= second.seq) {
                    // Several clients wrote into one text: whose second this is cannot be told.
                    notes.add(Note::Contradiction(format!("second {} comes again", second.seq)));
                }
                report.seconds.push(second);
            }
            Line::Complaint(text) => complaint = Some(text.to_owned()),
            Line::Unknown if cut => notes.add(Note::Truncated),
            Line::Unknown if !line.trim().is_empty() => notes.add(Note::UnknownLine(index + 1)),
            Line::Unknown => {}
        }
    }
    if !known {
        return Err(match complaint {
            Some(what) => ParseError::NoData { tool: TOOL, what },
            None => ParseError::NotThis { tool: TOOL, found: text::excerpt(body) },
        });
    }
    report.error = complaint.take();
    if report.is_empty()
        && let Some(before) = before
    {
        // The last client failed; the one before it measured.
        report = before;
    }
    if report.is_empty() {
        complaint = report.error.take();
        let what = complaint.unwrap_or_else(|| "it never connected".to_owned());
        return Err(ParseError::NoData { tool: TOOL, what });
    }
    report.notes = notes.into_vec();
    Ok(report)
}

/// One client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Time until the handshake was complete, seconds; whole milliseconds.
    pub connect_s: Option<f64>,
    /// Time until the first byte, seconds from the start as `connect_s`; whole milliseconds.
    pub first_byte_s: Option<f64>,
    /// One entry a second.
    pub seconds: Vec<Second>,
    /// Why the client ended early, in its words.
    pub error: Option<String>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

impl Report {
    /// Whether it never connected.
    fn is_empty(&self) -> bool {
        self.connect_s.is_none() && self.seconds.is_empty()
    }
}

/// What was received in one second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Second {
    /// Index, from 0.
    pub seq: u64,
    /// Rate of received data, bit/s: exact where the bytes are printed, else four digits.
    pub bit_s: f64,
    /// Bytes received, where printed.
    pub bytes: Option<f64>,
    /// The core the client ran on, where printed.
    pub core: Option<u64>,
    /// Load of that core, of all processes, as a ratio.
    pub core_load: Option<f64>,
}

enum Line<'a> {
    Start,
    Connect(f64),
    FirstByte(f64),
    Second(Second),
    Complaint(&'a str),
    Unknown,
}

fn read(line: &str) -> Line<'_> {
    const COMPLAINTS: [&str; 5] =
        ["transport close:", "application close:", "unexpected close:", "stateless reset", "received RESET_STREAM"];
    // Its own words and those of the C library behind `perror`.
    const WORDS: [&str; 10] = [
        "failed",
        "error",
        "unable to",
        "could not",
        "returned",
        "refused",
        "unreachable",
        "timed out",
        "not known",
        "no such",
    ];
    if line.starts_with("starting client with") || line.starts_with("running client with") {
        return Line::Start;
    }
    let lower = line.to_ascii_lowercase();
    if COMPLAINTS.iter().any(|start| line.starts_with(start)) || WORDS.iter().any(|word| lower.contains(word)) {
        return Line::Complaint(line);
    }
    let milliseconds = |key| {
        let value = line.strip_prefix(key)?.strip_suffix("ms")?;
        number(value.trim()).map(|ms| ms / 1e3)
    };
    if let Some(value) = milliseconds("connection establishment time:") {
        return Line::Connect(value);
    }
    if let Some(value) = milliseconds("time to first byte:") {
        return Line::FirstByte(value);
    }
    second(line).map_or(Line::Unknown, Line::Second)
}

fn second(line: &str) -> Option<Second> {
    let (seq, rest) = line.strip_prefix("second ")?.split_once(':')?;
    let seq = count(seq.trim())?;
    let (value, rest) = rest.trim_start().split_once(' ')?;
    let value = number(value)?;
    let end = rest.find([',', ' ']).unwrap_or(rest.len());
    let (unit, rest) = (rest.get(..end)?, rest.get(end..)?.trim_start_matches([',', ' ']));
    let scale = match unit {
        "bit/s" => 1.0,
        "kbit/s" => 1024.0,
        "mbit/s" => 1024.0 * 1024.0,
        "gbit/s" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    // Beyond the rate a line is complete only with its own end: a cut percentage would be a lie.
    let (bytes, core, core_load) = if rest.is_empty() {
        (None, None, None)
    } else if let Some(bytes) = rest.strip_prefix('(') {
        (Some(number(bytes.strip_suffix(" bytes received)")?)?), None, None)
    } else {
        let (core, percent) = rest.strip_prefix("cpu")?.split_once(':')?;
        let percent = number(percent.trim().split(',').next()?.strip_suffix('%')?)?;
        (None, count(core.trim()), Some(percent / 100.0))
    };
    let bit_s = bytes.map_or(value * scale, |bytes| bytes * 8.0);
    Some(Second { seq, bit_s, bytes, core, core_load })
}

//! The text of `ping` from iputils (s20121221 to 20240905), IPv4 and IPv6, with and without `-D`,
//! `-O`, `-q`.
//!
//! Source of the wordings: `ping_common.c`, `ping.c` and `ping6_common.c` of iputils.

mod line;

use std::collections::BTreeMap;

pub use super::{Note, ParseError};
use crate::parse::{Notes, text};
use line::Line;

/// The name used in messages.
const TOOL: &str = "ping";

/// Sequence numbers are 16 bits on the wire.
const WRAP: u64 = 1 << 16;

/// More probes than this are not enumerated: a summary line is foreign input, and this is an hour at
/// a thousand a second.
const MOST_PROBES: u64 = 4_000_000;

/// Reads the output of ping.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] when no line is one of ping's,
/// [`ParseError::NoData`] when ping only said why it could not start.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let ended = text::has_last_line_end(text);
    let body_text = text::lossy(body, &mut notes);
    let mut state = State { notes, ..State::default() };
    let mut lines = body_text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let last = lines.peek().is_none();
        if last && !ended {
            state.cut(line);
        } else {
            state.take(line, index + 1);
        }
    }
    state.finish(body)
}

/// One run of ping.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Replies in the order they came in.
    pub replies: Vec<Reply>,
    /// Probes sent, from the summary.
    pub sent: Option<u64>,
    /// Probes answered, from the summary, without duplicates.
    pub received: Option<u64>,
    /// Duplicate replies: from the summary, or counted where it is missing.
    pub duplicates: u64,
    /// Errors instead of replies, in the order they came in.
    pub errors: Vec<ErrorReply>,
    /// Lost probes as a ratio of those sent; computed from the counts, which are exact, where the
    /// summary has them.
    pub loss: Option<f64>,
    /// Time from the first probe to the end, seconds.
    pub duration_s: Option<f64>,
    /// The summary's round-trip times.
    pub rtt: Option<RttSummary>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// One reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Sequence number, counted on beyond 65535.
    pub seq: u64,
    /// Round-trip time, seconds. `time<1 ms` is the 1 ms it is below.
    pub rtt_s: f64,
    /// When the reply came in, seconds since 1970 UTC (`-D`).
    pub unix_s: Option<f64>,
    /// Time to live, or hop limit, of the reply.
    pub ttl: Option<u32>,
    /// A reply to a probe that had been answered (`DUP!`).
    pub duplicate: bool,
}

/// An error instead of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReply {
    /// Sequence number of the probe, counted on beyond 65535; none where it is not printed.
    pub seq: Option<u64>,
    /// Who sent it, as printed; none for errors of this host.
    pub from: Option<String>,
    /// What kind of error.
    pub kind: ErrorKind,
    /// The error in ping's words.
    pub text: String,
}

/// Kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Destination unreachable, of whatever sort.
    Unreachable,
    /// Time to live exceeded in transit, or while reassembling.
    TimeExceeded,
    /// The packet is too big for the path.
    TooBig,
    /// This host could not send (`sendmsg`, `send`).
    Send,
    /// The reply's content is not what was sent.
    Corrupted,
    /// Any other ICMP error.
    Other,
}

/// The summary's round-trip times, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RttSummary {
    /// Smallest.
    pub min_s: f64,
    /// Mean.
    pub avg_s: f64,
    /// Largest.
    pub max_s: f64,
    /// Standard deviation as ping computes it; older versions do not print it.
    pub mdev_s: Option<f64>,
}

/// What became of one probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PacketOutcome {
    /// Sequence number, from 1 on.
    pub seq: u64,
    /// Round-trip time, seconds; none for a lost probe.
    pub rtt_s: Option<f64>,
    /// When the reply came in, seconds since 1970 UTC.
    pub unix_s: Option<f64>,
}

impl Report {
    /// One entry a probe sent, by sequence number; duplicates do not count.
    ///
    /// Without a summary the largest sequence number seen, in whatever line, is the last probe known.
    /// With `-q` no probe is known, and the list is empty. Of more than four million probes only the
    /// answered ones are listed.
    #[must_use]
    pub fn outcomes(&self) -> Vec<PacketOutcome> {
        let mut first_replies: BTreeMap<u64, &Reply> = BTreeMap::new();
        for reply in &self.replies {
            first_replies.entry(reply.seq).or_insert(reply);
        }
        let errors = self.errors.iter().filter_map(|error| error.seq);
        let seen = errors.chain(first_replies.keys().copied());
        let Some((least, most)) = seen.fold(None, |range, seq| {
            let (least, most) = range.unwrap_or((seq, seq));
            Some((seq.min(least), seq.max(most)))
        }) else {
            return self.unanswered();
        };
        // Probes count from 1; busybox and old versions from 0.
        let first = least.min(1);
        let last = self.sent.map_or(most, |sent| most.max(first.saturating_add(sent).saturating_sub(1)));
        if last - first >= MOST_PROBES {
            return first_replies.values().map(|reply| outcome(reply.seq, Some(reply))).collect();
        }
        (first..=last).map(|seq| outcome(seq, first_replies.get(&seq).copied())).collect()
    }

    /// All probes lost, where the summary says that none was answered.
    fn unanswered(&self) -> Vec<PacketOutcome> {
        match (self.sent, self.received) {
            (Some(sent), Some(0)) if sent < MOST_PROBES => (1..=sent).map(|seq| outcome(seq, None)).collect(),
            _ => Vec::new(),
        }
    }
}

fn outcome(seq: u64, reply: Option<&Reply>) -> PacketOutcome {
    PacketOutcome { seq, rtt_s: reply.map(|reply| reply.rtt_s), unix_s: reply.and_then(|reply| reply.unix_s) }
}

/// What has been read so far.
#[derive(Default)]
struct State {
    report: Report,
    notes: Notes,
    /// The largest sequence number so far, counted on.
    newest: Option<u64>,
    counted_duplicates: u64,
    /// Any line of ping's.
    known: bool,
    summary: bool,
    complaint: Option<String>,
}

impl State {
    fn take(&mut self, line: &str, number: usize) {
        let parsed = line::read(line);
        self.known |= !matches!(parsed, Line::Unknown | Line::Blank | Line::Complaint(_));
        match parsed {
            Line::Blank | Line::Header => {}
            Line::Unknown => self.notes.add(Note::UnknownLine(number)),
            Line::Complaint(text) => self.complaint = Some(text.to_owned()),
            Line::NoAnswer { seq } => {
                self.unwrap(seq);
            }
            Line::Reply(reply) => self.reply(reply),
            Line::Error { seq, from, kind, text } => {
                let seq = seq.map(|seq| self.unwrap(seq));
                let from = from.map(str::to_owned);
                self.report.errors.push(ErrorReply { seq, from, kind, text: text.to_owned() });
            }
            Line::Counts(counts) => {
                self.summary = true;
                self.report.sent = Some(counts.sent);
                self.report.received = Some(counts.received);
                self.report.duplicates = counts.duplicates;
                self.report.loss = counts.loss;
                self.report.duration_s = counts.duration_s;
            }
            Line::Rtt(rtt) => self.report.rtt = Some(rtt),
            Line::WrongData(text) => {
                let (seq, kind) = (self.report.replies.last().map(|one| one.seq), ErrorKind::Corrupted);
                self.report.errors.push(ErrorReply { seq, from: None, kind, text: text.to_owned() });
            }
        }
    }

    fn reply(&mut self, reply: line::Reply) {
        let seq = self.unwrap(reply.seq);
        if reply.corrupted {
            let text = "wrong checksum or truncated".to_owned();
            let kind = ErrorKind::Corrupted;
            self.report.errors.push(ErrorReply { seq: Some(seq), from: None, kind, text });
        }
        self.counted_duplicates += u64::from(reply.duplicate);
        // Payloads under 16 bytes leave no room for the time stamp: answered, but how fast is unknown.
        let Some(rtt_s) = reply.rtt_s else {
            self.notes.add(Note::MissingField("time".to_owned()));
            return;
        };
        let line::Reply { unix_s, ttl, duplicate, .. } = reply;
        self.report.replies.push(Reply { seq, rtt_s, unix_s, ttl, duplicate });
    }

    /// Counts a 16-bit sequence number on: the candidate nearest to the newest one.
    fn unwrap(&mut self, seq: u64) -> u64 {
        let Some(newest) = self.newest else {
            self.newest = Some(seq);
            return seq;
        };
        if seq >= WRAP {
            self.newest = Some(newest.max(seq));
            return seq;
        }
        let round = newest - newest % WRAP;
        let full = [round.checked_sub(WRAP), Some(round), Some(round + WRAP)]
            .into_iter()
            .flatten()
            .map(|base| base + seq)
            .min_by_key(|full| full.abs_diff(newest))
            .unwrap_or(seq);
        self.newest = Some(newest.max(full));
        full
    }

    /// A last line that does not end: only its kind is believed.
    fn cut(&mut self, line: &str) {
        let parsed = line::read(line);
        match parsed {
            // The last line of a whole output, whose line feed a wrapper has taken off.
            Line::Rtt(rtt) if line.ends_with(" ms") || line.contains(" ms, ") => {
                self.report.rtt = Some(rtt);
            }
            Line::Counts(_) if line.ends_with("ms") => self.take(line, 0),
            Line::Reply(_) if line.ends_with(" ms") || line.ends_with(')') => self.take(line, 0),
            Line::Blank => {}
            Line::Complaint(text) => self.complaint = Some(text.to_owned()),
            parsed => {
                self.known |= !matches!(parsed, Line::Unknown);
                self.notes.add(Note::Truncated);
            }
        }
    }

    fn finish(self, body: &[u8]) -> Result<Report, ParseError> {
        let Self { mut report, mut notes, counted_duplicates, known, summary, complaint, .. } = self;
        if !known {
            return Err(match complaint {
                Some(what) => ParseError::NoData { tool: TOOL, what },
                None => ParseError::NotThis { tool: TOOL, found: text::excerpt(body) },
            });
        }
        if !summary {
            notes.add(Note::Truncated);
            report.duplicates = counted_duplicates;
        }
        report.notes = notes.into_vec();
        Ok(report)
    }
}

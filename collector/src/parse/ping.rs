//! The text of `ping` from iputils (s20121221 to 20240905), IPv4 and IPv6, with and without `-D`,
//! `-O`, `-q`; and that of busybox, toybox, inetutils, the BSDs and macOS. What looks like it and is not
//! (Windows, fping, hping, another language) is refused by its name.
//!
//! Source of the wordings: `ping_common.c`, `ping.c` and `ping6_common.c` of iputils, and the `ping.c` of the others.

mod contradiction;
mod foreign;
mod line;

use std::collections::BTreeMap;

pub use super::{Note, ParseError};
use crate::parse::{Notes, text};
use line::{Line, Time};

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
/// [`ParseError::Unsupported`] for another tool's output or another language,
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
    /// Replies with their times, in the order they came in.
    pub replies: Vec<Reply>,
    /// Replies without a time, in the order they came in.
    pub untimed: Vec<Untimed>,
    /// The number of the first probe: 1 in iputils, 0 in most others.
    pub first_seq: u64,
    /// Probes sent, from the summary.
    pub sent: Option<u64>,
    /// Probes answered, from the summary, without duplicates.
    pub received: Option<u64>,
    /// Duplicate replies: from the summary, or counted where it is missing.
    pub duplicates: u64,
    /// Probes of which ping said that there is no answer (yet), in that order; some may have been answered later.
    pub unanswered: Vec<u64>,
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

/// A reply whose round-trip time is not known. ping prints none where its time stamp does not fit into the payload
/// (less than 16 bytes); and what it prints of a clock that was set meanwhile is no time of a round trip.
#[derive(Debug, Clone, PartialEq)]
pub struct Untimed {
    /// Sequence number, counted on beyond 65535.
    pub seq: u64,
    /// When the reply came in, seconds since 1970 UTC (`-D`).
    pub unix_s: Option<f64>,
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
    /// Advice of a router, such as a redirect: the probe went on, and is answered or lost all the same.
    Advice,
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
    /// Sequence number, from [`Report::first_seq`] on.
    pub seq: u64,
    /// Whether it was answered.
    pub answered: bool,
    /// Round-trip time, seconds; none for a lost probe, and for an answer whose time is not known.
    pub rtt_s: Option<f64>,
    /// When the reply came in, seconds since 1970 UTC.
    pub unix_s: Option<f64>,
}

impl Report {
    /// One entry a probe sent, by sequence number; duplicates do not count.
    ///
    /// Without a summary the largest sequence number seen, in whatever line, is the last probe known.
    /// Which probes were lost is known where the lines show every answer that the summary counts. Elsewhere (`-q`,
    /// a head that was cut off), and of more than four million probes, only the answered ones are listed; with `-q`
    /// there is none. See [`Report::lists_all`].
    #[must_use]
    pub fn outcomes(&self) -> Vec<PacketOutcome> {
        let answers = self.answers();
        let only_answered = || answers.values().copied().collect();
        if !self.shows_every_answer(answers.len()) {
            return only_answered();
        }
        let errors = self.errors.iter().filter_map(|error| error.seq);
        let seen = errors.chain(answers.keys().copied()).chain(self.unanswered.iter().copied());
        let (least, most) = seen.fold((self.first_seq, None), |(least, most), seq| {
            (seq.min(least), Some(most.map_or(seq, |most: u64| most.max(seq))))
        });
        // A version that counts from 1 although its first line looks like one that counts from 0.
        let count = |most: u64| (most - least).saturating_add(1);
        let has_zero = answers.contains_key(&0) || self.unanswered.contains(&0);
        let from_one = |most: u64| least == 0 && !has_zero && self.sent == count(most).checked_sub(1);
        let first = if most.is_some_and(from_one) { 1 } else { least };
        let last = self.sent.map(|sent| first.saturating_add(sent).saturating_sub(1)).max(most);
        match last {
            None => Vec::new(),
            Some(_) if self.sent == Some(0) && most.is_none() => Vec::new(),
            Some(last) if last.saturating_sub(first) >= MOST_PROBES => only_answered(),
            Some(last) => (first..=last).map(|seq| answers.get(&seq).copied().unwrap_or(lost(seq))).collect(),
        }
    }

    /// Whether [`Report::outcomes`] has every probe that was sent. Otherwise only the summary knows the loss.
    #[must_use]
    pub fn lists_all(&self) -> bool {
        self.sent.is_none_or(|sent| self.outcomes().len() as u64 >= sent)
    }

    /// The first answer to each probe.
    fn answers(&self) -> BTreeMap<u64, PacketOutcome> {
        let mut answers: BTreeMap<u64, PacketOutcome> = BTreeMap::new();
        let timed = self.replies.iter().map(|reply| (reply.duplicate, reply.seq, Some(reply.rtt_s), reply.unix_s));
        let untimed = self.untimed.iter().map(|reply| (reply.duplicate, reply.seq, None, reply.unix_s));
        // What is no duplicate comes first: the time of a duplicate is none of the first answer.
        for wanted in [false, true] {
            for (duplicate, seq, rtt_s, unix_s) in timed.clone().chain(untimed.clone()) {
                if duplicate == wanted {
                    answers.entry(seq).or_insert(PacketOutcome { seq, answered: true, rtt_s, unix_s });
                }
            }
        }
        answers
    }

    /// Whether the lines show every answer that the summary counts.
    fn shows_every_answer(&self, shown: usize) -> bool {
        self.received.is_none_or(|received| shown as u64 >= received)
    }
}

const fn lost(seq: u64) -> PacketOutcome {
    PacketOutcome { seq, answered: false, rtt_s: None, unix_s: None }
}

/// What has been read so far.
#[derive(Default)]
struct State {
    part: Part,
    /// An output before this one, in the same text.
    before: Option<Part>,
    notes: Notes,
    /// Any line of ping's.
    known: bool,
    complaint: Option<String>,
    /// The name of the other tool whose line this was.
    foreign: Option<&'static str>,
    /// The first line that could be ping's in another language.
    translated: Option<String>,
}

/// One output of ping.
#[derive(Default)]
struct Part {
    report: Report,
    /// The number of the first probe, where there is a first line that says it.
    first: Option<u64>,
    /// The largest sequence number so far, counted on.
    newest: Option<u64>,
    counted_duplicates: u64,
    /// Replies with a wrong checksum, which are no answers.
    bad_checksums: u64,
    /// The lines of the summary have been reached.
    headline: bool,
    counts: Option<line::Counts>,
    /// The summary's times are whole milliseconds.
    coarse: bool,
}

impl State {
    fn take(&mut self, line: &str, number: usize) {
        let parsed = line::read(line);
        self.known |= !matches!(parsed, Line::Unknown | Line::Blank | Line::Aside | Line::Complaint(_));
        match parsed {
            Line::Blank | Line::Aside => {}
            Line::Start { first } => self.start(first),
            Line::Headline => self.part.headline = true,
            Line::ClockSet(text) => self.notes.add(Note::ClockSet(format!("a time (`{}`)", text.trim()))),
            Line::Unknown => self.unknown(line, number),
            Line::Complaint(text) => self.complaint = Some(text.to_owned()),
            Line::NoAnswer { seq } => {
                let seq = self.part.unwrap(seq);
                self.part.report.unanswered.push(seq);
            }
            Line::Reply(reply) => self.reply(&reply),
            Line::Error { seq, from, kind, text } => {
                let seq = seq.map(|seq| self.part.unwrap(seq));
                let from = from.map(str::to_owned);
                self.part.report.errors.push(ErrorReply { seq, from, kind, text: text.to_owned() });
            }
            Line::Counts(counts) => self.part.counts = Some(counts),
            Line::Rtt { summary, coarse } => {
                self.part.report.rtt = Some(summary);
                self.part.coarse = coarse;
            }
            Line::WrongData(text) => {
                let seq = self.part.report.replies.last().map(|one| one.seq);
                self.part.corrupted(seq, text);
            }
        }
    }

    /// A first line. A second one begins another output, which must not be mixed with the one before.
    fn start(&mut self, first: u64) {
        if !self.part.is_empty() {
            self.notes.add(Note::Doubled);
            self.before = Some(std::mem::take(&mut self.part));
        }
        self.part.first = Some(first);
    }

    fn unknown(&mut self, line: &str, number: usize) {
        self.notes.add(Note::UnknownLine(number));
        self.foreign = self.foreign.or_else(|| foreign::named(line));
        if self.translated.is_none() && foreign::is_translated(line, self.part.headline) {
            self.translated = Some(line.to_owned());
        }
    }

    fn reply(&mut self, reply: &line::Reply<'_>) {
        let seq = self.part.unwrap(reply.seq);
        if reply.bad_checksum || reply.short {
            self.part.corrupted(Some(seq), "wrong checksum or truncated");
        }
        if reply.elsewhere {
            self.notes.add(Note::OtherAddress);
        }
        if reply.bad_checksum {
            self.part.bad_checksums += 1;
            return;
        }
        self.part.counted_duplicates += u64::from(reply.duplicate);
        let line::Reply { unix_s, ttl, duplicate, .. } = *reply;
        match reply.time {
            Time::Seconds(rtt_s) => {
                self.part.report.replies.push(Reply { seq, rtt_s, unix_s, ttl, duplicate });
                return;
            }
            // Payloads under 16 bytes leave no room for the time stamp: answered, but how fast is unknown.
            Time::Absent => self.notes.add(Note::MissingField("time".to_owned())),
            Time::Short(text) => self.notes.add(Note::BelowResolution(format!("icmp_seq={seq} time={text}"))),
            Time::Impossible(text) => self.notes.add(Note::ClockSet(format!("icmp_seq={seq} time={text}"))),
        }
        self.part.report.untimed.push(Untimed { seq, unix_s, duplicate });
    }

    /// A last line that does not end: only its kind is believed.
    fn cut(&mut self, line: &str) {
        let parsed = line::read(line);
        match parsed {
            // The last line of a whole output, whose line feed a wrapper has taken off.
            Line::Rtt { .. } if line.ends_with(" ms") || line.contains(" ms, ") => self.take(line, 0),
            Line::Counts(_) if line.ends_with("ms") || line.ends_with("packet loss") || line.ends_with("wait time") => {
                self.take(line, 0);
            }
            Line::Reply(_) if line.ends_with(" ms") || line.ends_with(')') => self.take(line, 0),
            Line::Blank => {}
            Line::Complaint(text) => self.complaint = Some(text.to_owned()),
            parsed => {
                self.known |= !matches!(parsed, Line::Unknown | Line::Aside);
                self.foreign = self.foreign.or_else(|| foreign::named(line));
                self.notes.add(Note::Truncated);
            }
        }
    }

    fn finish(self, body: &[u8]) -> Result<Report, ParseError> {
        let Self { part, before, mut notes, known, complaint, foreign, translated } = self;
        if let Some(name) = foreign {
            return Err(foreign::refused(name));
        }
        let part = match before {
            Some(before) if part.is_empty() => before,
            _ => part,
        };
        // A line or two may be garbled by what else was written; replies or a summary that are missing altogether
        // are not.
        if let Some(line) = translated.filter(|_| !part.has_answers() || part.headline && part.counts.is_none()) {
            return Err(foreign::translated(&line));
        }
        if !known {
            return Err(match complaint {
                Some(what) => ParseError::NoData { tool: TOOL, what },
                None => ParseError::NotThis { tool: TOOL, found: text::excerpt(body) },
            });
        }
        let mut report = part.finish(&mut notes);
        report.notes = notes.into_vec();
        Ok(report)
    }
}

impl Part {
    fn has_answers(&self) -> bool {
        !self.report.replies.is_empty() || !self.report.untimed.is_empty()
    }

    fn is_empty(&self) -> bool {
        !self.has_answers()
            && self.counts.is_none()
            && self.report.errors.is_empty()
            && self.report.unanswered.is_empty()
    }

    fn corrupted(&mut self, seq: Option<u64>, text: &str) {
        self.report.errors.push(ErrorReply { seq, from: None, kind: ErrorKind::Corrupted, text: text.to_owned() });
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

    /// The report, with what the summary adds and without what contradicts it.
    fn finish(self, notes: &mut Notes) -> Report {
        let mut report = self.report;
        report.first_seq = self.first.unwrap_or(1);
        match &self.counts {
            Some(counts) => {
                report.sent = Some(counts.sent);
                report.received = Some(counts.received);
                report.duplicates = counts.duplicates;
                report.loss = counts.loss();
                report.duration_s = counts.duration_s;
            }
            None => {
                notes.add(Note::Truncated);
                report.duplicates = self.counted_duplicates;
            }
        }
        contradiction::set_clocks(&mut report, notes);
        contradiction::summary_times(&mut report, self.coarse, notes);
        if let Some(counts) = &self.counts {
            contradiction::counts(&report, counts, self.bad_checksums, notes);
        }
        report
    }
}

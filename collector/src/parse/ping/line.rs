//! One line of ping's output.

use super::{ErrorKind, RttSummary};
use crate::parse::text::{count, number};

/// What a line says.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Blank,
    /// The first line, with the number of the first probe.
    Start {
        first: u64,
    },
    /// The headline of the summary.
    Headline,
    /// Says nothing about a probe.
    Aside,
    /// ping noticed that the clock was set back.
    ClockSet(&'a str),
    Reply(Reply<'a>),
    NoAnswer {
        seq: u64,
    },
    Error {
        seq: Option<u64>,
        from: Option<&'a str>,
        kind: ErrorKind,
        text: &'a str,
    },
    Counts(Counts),
    Rtt {
        summary: RttSummary,
        /// The times are whole milliseconds.
        coarse: bool,
    },
    /// The reply before had other content than was sent.
    WrongData(&'a str),
    /// Why ping did not start.
    Complaint(&'a str),
    Unknown,
}

/// A reply with the sequence number as printed.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    pub(super) seq: u64,
    pub(super) time: Time<'a>,
    pub(super) unix_s: Option<f64>,
    pub(super) ttl: Option<u32>,
    pub(super) duplicate: bool,
    /// Not the whole payload came back.
    pub(super) short: bool,
    /// The checksum is wrong: ping does not count it as an answer.
    pub(super) bad_checksum: bool,
    /// From another address than was asked.
    pub(super) elsewhere: bool,
}

/// The round-trip time of a reply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Time<'a> {
    /// Seconds, above zero.
    Seconds(f64),
    /// Zero in whole milliseconds: shorter than the unit it is printed in.
    Short(&'a str),
    /// Zero or below, which no round trip is.
    Impossible(&'a str),
    /// Not printed.
    Absent,
}

/// The summary's first line.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) duplicates: u64,
    /// The share of lost probes as printed, rounded.
    pub(super) printed_loss: Option<f64>,
    pub(super) duration_s: Option<f64>,
}

impl Counts {
    /// The share of lost probes: exact, from the counts. What is outside of 0 to 1 is none.
    pub(super) fn loss(&self) -> Option<f64> {
        let printed = self.printed_loss.filter(|loss| (0.0..=1.0).contains(loss) && self.received <= self.sent);
        ratio(self.sent, self.received).or(printed)
    }
}

pub(super) fn read(line: &str) -> Line<'_> {
    let line = line.trim();
    let (unix_s, rest) = stamp(line);
    if rest.is_empty() {
        return Line::Blank;
    }
    if rest.starts_with("wrong data byte") {
        return Line::WrongData(rest);
    }
    if rest.contains("time of day goes back") {
        return Line::ClockSet(rest);
    }
    if let Some(line) = heading(rest) {
        return line;
    }
    if rest.starts_with("no answer yet for ") || rest.starts_with("Request timeout for ") {
        return sequence(rest).map_or(Line::Unknown, |seq| Line::NoAnswer { seq });
    }
    if let Some(counts) = counts(rest) {
        return Line::Counts(counts);
    }
    if let Some((summary, coarse)) = rtt(rest) {
        return Line::Rtt { summary, coarse };
    }
    if let Some(reply) = reply(rest, unix_s) {
        return Line::Reply(reply);
    }
    error(rest).unwrap_or(Line::Unknown)
}

/// Lines around those that speak of probes.
fn heading(line: &str) -> Option<Line<'_>> {
    const ASIDES: [&str; 8] = ["WARNING:", "Warning:", "ping: Warning:", "pipe ", "RR:", "TS:", "ai->", "Vr HL TOS "];
    if line.starts_with("PING ") || line.starts_with("PING6(") || is_start_of_toybox(line) {
        return Some(Line::Start { first: first_probe(line) });
    }
    // Its words are translated; the name of the program is not.
    if line.starts_with("---") && line.ends_with("---") && line.to_ascii_lowercase().contains("ping") {
        return Some(if line.contains("hping") { Line::Unknown } else { Line::Headline });
    }
    let aside = ASIDES.iter().any(|start| line.starts_with(start)) || is_dump(line) || is_flood(line);
    aside.then_some(Line::Aside)
}

/// `Ping peer (10.0.0.2): 56(84) bytes.`, and nothing else that begins with this word.
fn is_start_of_toybox(line: &str) -> bool {
    line.starts_with("Ping ") && line.ends_with(" bytes.")
}

/// The number of the first probe: iputils and toybox count from 1, all others from 0, and those write a colon
/// before the size (`PING peer (10.0.0.2): 56 data bytes`). So does iputils over IPv6 where it was given an interface
/// (`PING peer(fd00::2) from fd00::1 wg0: 56 data bytes`), which is told by the two words behind `from`.
fn first_probe(line: &str) -> u64 {
    let before = line.split_once(" data bytes").and_then(|(head, _)| head.rsplit_once(": "));
    let of_iputils = |before: &str| {
        let glued = before.split_ascii_whitespace().nth(1).is_some_and(|peer| peer.contains('('));
        glued || before.split_once(" from ").is_some_and(|(_, from)| from.contains(' '))
    };
    let from_zero = line.starts_with("PING6(") || before.is_some_and(|(before, _)| !of_iputils(before));
    u64::from(!from_zero)
}

/// What `-f` draws: a dot a request, taken back by the answer, and a letter an error.
fn is_flood(line: &str) -> bool {
    line.contains('.') && line.chars().all(|c| matches!(c, '.' | '\u{8}' | ' ' | 'E' | 'C' | 'D'))
}

/// A row of the hexadecimal dump that follows a corrupted reply: `#16`, a tab, `0 0 a …`.
fn is_dump(line: &str) -> bool {
    let Some((offset, bytes)) = line.strip_prefix('#').and_then(|rest| rest.split_once(char::is_whitespace)) else {
        return false;
    };
    count(offset).is_some() && bytes.split_ascii_whitespace().all(|byte| u8::from_str_radix(byte, 16).is_ok())
}

/// Takes the time stamp of `-D` off, or the time of day that macOS prints with `--apple-time`.
fn stamp(line: &str) -> (Option<f64>, &str) {
    let parts = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((unix_s, rest)) = parts.and_then(|(stamp, rest)| Some((number(stamp)?, rest))) {
        return (Some(unix_s), rest.trim_start());
    }
    match line.split_once(' ') {
        Some((clock, rest)) if is_clock(clock) => (None, rest.trim_start()),
        _ => (None, line),
    }
}

/// `09:41:00.123456`.
fn is_clock(word: &str) -> bool {
    word.contains('.')
        && word.split(':').count() == 3
        && word.split([':', '.']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A number with the decimal sign of any locale.
fn decimal(text: &str) -> Option<f64> {
    number(text).or_else(|| number(&text.replacen(',', ".", 1)))
}

/// The number at the beginning of a text.
fn first_count(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    count(text.get(..end)?)
}

/// The word behind `key`.
fn field<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(key)?;
    rest.split_ascii_whitespace().next()
}

/// Larger numbers than 32 bits are no sequence numbers of any ping.
fn sequence(line: &str) -> Option<u64> {
    // `seq=` is busybox's; macOS leaves the sign out in what it says of a request without an answer.
    let keys = ["icmp_seq=", "icmp_req=", " seq=", "icmp_seq "];
    first_count(keys.iter().find_map(|key| field(line, key))?).filter(|seq| u32::try_from(*seq).is_ok())
}

fn reply(line: &str, unix_s: Option<f64>) -> Option<Reply<'_>> {
    let (bytes, rest) = line.split_once(" bytes from ")?;
    count(bytes.trim())?;
    let seq = sequence(rest)?;
    let time = match rest.split_once("time=").or_else(|| rest.split_once("time<")) {
        Some((_, text)) => time(text)?,
        None => Time::Absent,
    };
    Some(Reply {
        seq,
        time,
        unix_s,
        ttl: field(rest, "ttl=").or_else(|| field(rest, "hlim=")).and_then(|ttl| ttl.parse().ok()),
        duplicate: rest.contains("(DUP!)"),
        short: rest.contains("(truncated)") || rest.contains("wrong data byte"),
        bad_checksum: rest.contains("(BAD CHECKSUM!)"),
        elsewhere: rest.to_ascii_lowercase().contains("(different address"),
    })
}

/// `0.05 ms`, `1234 ms`, `1.2 s`, `5ms`; a number without its unit is not complete.
fn time(text: &str) -> Option<Time<'_>> {
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
    let end = text.find(|c| !is_of_number(c))?;
    let (digits, rest) = text.split_at_checked(end)?;
    let value = decimal(digits)?;
    let unit = rest.trim_start();
    let unit = unit.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let scale = match unit.strip_suffix("wrong").unwrap_or(unit) {
        "ms" => 1e3,
        "s" | "sec" => 1.0,
        "us" | "usec" => 1e6,
        _ => return None,
    };
    let printed = text.get(..end + rest.find(unit).unwrap_or(0) + unit.len()).unwrap_or(text);
    Some(if value > 0.0 {
        Time::Seconds(value / scale)
    } else if value == 0.0 && !digits.contains(['.', ',', '-']) {
        Time::Short(printed)
    } else {
        Time::Impossible(printed)
    })
}

/// `N packets transmitted, N received, +N duplicates, +N errors, X% packet loss, time Nms`; `packets received` and
/// `packets out of wait time` are said by others.
fn counts(line: &str) -> Option<Counts> {
    let (sent, rest) = line.split_once(" packets transmitted")?;
    let sent = count(sent.trim())?;
    // A comma without a blank is the decimal sign of a locale.
    let parts = || rest.split(", ").map(|part| part.trim_matches([',', ' ']));
    let received = parts().find_map(|part| {
        let value = part.strip_suffix(" packets received").or_else(|| part.strip_suffix(" received"));
        count(value?)
    })?;
    let duplicates = |part: &str| count(part.strip_suffix("duplicates")?.trim().trim_start_matches('+'));
    let printed = parts().find_map(|part| decimal(part.strip_suffix("% packet loss")?));
    let duration_s =
        parts().find_map(|part| decimal(part.strip_prefix("time ")?.strip_suffix("ms")?.trim()).map(|ms| ms / 1e3));
    Some(Counts {
        sent,
        received,
        duplicates: parts().find_map(duplicates).unwrap_or(0),
        printed_loss: printed.map(|percent| percent / 100.0),
        duration_s,
    })
}

/// Exact where the printed percentage is rounded.
#[expect(clippy::cast_precision_loss, reason = "probes are counted in millions at most")]
fn ratio(sent: u64, received: u64) -> Option<f64> {
    (sent > 0 && received <= sent).then(|| (sent - received) as f64 / sent as f64)
}

/// `rtt min/avg/max/mdev = a/b/c/d ms, pipe 3, ipg/ewma …`, `round-trip min/avg/max/stddev = … ms`, and Solaris'
/// `round-trip (ms)  min/avg/max/stddev = …`.
fn rtt(line: &str) -> Option<(RttSummary, bool)> {
    if !line.contains("min/avg/max") {
        return None;
    }
    let (names, values) = line.split_once('=')?;
    let (values, unit) = match values.trim().split_once(' ') {
        Some((values, unit)) => (values, unit),
        None if names.contains("(ms)") => (values.trim(), "ms"),
        None => return None,
    };
    if unit.split([',', ' ']).next() != Some("ms") {
        return None;
    }
    let coarse = !values.contains(['.', ',']);
    let mut values = values.split('/').map(|value| decimal(value).map(|ms| ms / 1e3));
    let summary = RttSummary {
        min_s: values.next()??,
        avg_s: values.next()??,
        max_s: values.next()??,
        mdev_s: match values.next() {
            Some(mdev) => Some(mdev?),
            None => None,
        },
    };
    Some((summary, coarse))
}

fn error(line: &str) -> Option<Line<'_>> {
    if let Some(text) = line.strip_prefix("ping: ").or_else(|| line.strip_prefix("ping6: ")) {
        let sending = ["send", "recvmsg", "local error"].iter().any(|start| text.starts_with(start));
        let kind = if kind(text) == ErrorKind::TooBig { ErrorKind::TooBig } else { ErrorKind::Send };
        return Some(if sending { Line::Error { seq: None, from: None, kind, text } } else { Line::Complaint(text) });
    }
    // Versions before 2018 do not name themselves here.
    if line.starts_with("connect: ") {
        return Some(Line::Complaint(line));
    }
    if let Some((bytes, rest)) = line.split_once(" bytes from ") {
        // BSD and macOS: `92 bytes from gw (10.0.0.1): Time to live exceeded`.
        count(bytes.trim())?;
        let (from, text) = rest.split_once(": ")?;
        let kind = kind(text);
        return (kind != ErrorKind::Other).then_some(Line::Error { seq: None, from: Some(from), kind, text });
    }
    let (from, rest) = line.strip_prefix("From ")?.split_once(' ')?;
    let seq = sequence(rest);
    let text = match rest.split_once("icmp_seq=").or_else(|| rest.split_once("icmp_req=")) {
        Some((_, text)) => text.split_once(' ').map_or("", |(_, text)| text).trim(),
        None => rest.trim(),
    };
    Some(Line::Error { seq, from: Some(from.trim_end_matches(':')), kind: kind(text), text })
}

fn kind(text: &str) -> ErrorKind {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["too big", "frag needed", "too long"]) {
        ErrorKind::TooBig
    } else if has(&["redirect", "source quench"]) {
        ErrorKind::Advice
    } else if has(&["unreachable", "prohibited", "filtered", "no route"]) {
        ErrorKind::Unreachable
    } else if has(&["time to live", "time exceeded", "hop limit", "reassembly"]) {
        ErrorKind::TimeExceeded
    } else {
        ErrorKind::Other
    }
}

//! One line of ping's output.

use super::{ErrorKind, RttSummary};
use crate::parse::text::{count, number};

/// What a line says.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Blank,
    Header,
    Reply(Reply),
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
    Rtt(RttSummary),
    /// The reply before had other content than was sent.
    WrongData(&'a str),
    /// Why ping did not start.
    Complaint(&'a str),
    Unknown,
}

/// A reply with the sequence number as printed.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) seq: u64,
    pub(super) rtt_s: Option<f64>,
    pub(super) unix_s: Option<f64>,
    pub(super) ttl: Option<u32>,
    pub(super) duplicate: bool,
    pub(super) corrupted: bool,
}

/// The summary's first line.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) duplicates: u64,
    pub(super) loss: Option<f64>,
    pub(super) duration_s: Option<f64>,
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
    if is_header(rest) {
        return Line::Header;
    }
    if rest.starts_with("no answer yet for ") {
        return sequence(rest).map_or(Line::Unknown, |seq| Line::NoAnswer { seq });
    }
    if let Some(counts) = counts(rest) {
        return Line::Counts(counts);
    }
    if let Some(rtt) = rtt(rest) {
        return Line::Rtt(rtt);
    }
    if let Some(reply) = reply(rest, unix_s) {
        return Line::Reply(reply);
    }
    error(rest).unwrap_or(Line::Unknown)
}

/// Lines that say nothing about a probe.
fn is_header(line: &str) -> bool {
    const STARTS: [&str; 7] = ["PING ", "PING6(", "--- ", "WARNING:", "Warning:", "ping: Warning:", "pipe "];
    STARTS.iter().any(|start| line.starts_with(start)) || is_dump(line)
}

/// A row of the hexadecimal dump that follows a corrupted reply: `#16`, a tab, `0 0 a …`.
fn is_dump(line: &str) -> bool {
    let Some((offset, bytes)) = line.strip_prefix('#').and_then(|rest| rest.split_once(char::is_whitespace)) else {
        return false;
    };
    count(offset).is_some() && bytes.split_ascii_whitespace().all(|byte| u8::from_str_radix(byte, 16).is_ok())
}

/// Takes the time stamp of `-D` off.
fn stamp(line: &str) -> (Option<f64>, &str) {
    let parts = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match parts.and_then(|(stamp, rest)| Some((number(stamp)?, rest))) {
        Some((unix_s, rest)) => (Some(unix_s), rest.trim_start()),
        None => (None, line),
    }
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
    first_count(field(line, "icmp_seq=").or_else(|| field(line, "icmp_req="))?)
        .filter(|seq| u32::try_from(*seq).is_ok())
}

fn reply(line: &str, unix_s: Option<f64>) -> Option<Reply> {
    let (bytes, rest) = line.split_once(" bytes from ")?;
    count(bytes.trim())?;
    let seq = sequence(rest)?;
    let rtt_s = match rest.split_once("time=").or_else(|| rest.split_once("time<")) {
        Some((_, time)) => Some(duration(time)?),
        None => None,
    };
    let corrupted = ["(BAD CHECKSUM!)", "(truncated)", "wrong data byte"].iter().any(|mark| rest.contains(mark));
    let ttl = field(rest, "ttl=").or_else(|| field(rest, "hlim=")).and_then(|ttl| ttl.parse().ok());
    Some(Reply { seq, rtt_s, unix_s, ttl, duplicate: rest.contains("(DUP!)"), corrupted })
}

/// `0.05 ms`, `1234 ms`, `1.2 s`; a number without its unit is not complete.
fn duration(text: &str) -> Option<f64> {
    let mut words = text.split_ascii_whitespace();
    let value = number(words.next()?)?;
    let unit = words.next()?;
    let unit = unit.split(['(', ',', 'w']).next()?;
    let scale = match unit {
        "ms" => 1e3,
        "s" | "sec" => 1.0,
        "us" | "usec" => 1e6,
        _ => return None,
    };
    Some(value / scale)
}

/// `N packets transmitted, N received, +N duplicates, +N errors, X% packet loss, time Nms`.
fn counts(line: &str) -> Option<Counts> {
    let (sent, rest) = line.split_once(" packets transmitted")?;
    let sent = count(sent.trim())?;
    let parts = || rest.split(',').map(str::trim);
    let received = parts().find_map(|part| {
        let value = part.strip_suffix(" received").or_else(|| part.strip_suffix(" packets received"));
        count(value?)
    })?;
    let plus = |what: &str| parts().find_map(|part| count(part.strip_prefix('+')?.strip_suffix(what)?.trim()));
    let printed = parts().find_map(|part| number(part.strip_suffix("% packet loss")?));
    let duration_s =
        parts().find_map(|part| number(part.strip_prefix("time ")?.strip_suffix("ms")?.trim()).map(|ms| ms / 1e3));
    Some(Counts {
        sent,
        received,
        duplicates: plus("duplicates").unwrap_or(0),
        loss: ratio(sent, received).or(printed.map(|percent| percent / 100.0)),
        duration_s,
    })
}

/// Exact where the printed percentage is rounded.
#[expect(clippy::cast_precision_loss, reason = "probes are counted in millions at most")]
fn ratio(sent: u64, received: u64) -> Option<f64> {
    (sent > 0 && received <= sent).then(|| (sent - received) as f64 / sent as f64)
}

/// `rtt min/avg/max/mdev = a/b/c/d ms, pipe 3, ipg/ewma …`, also `round-trip min/avg/max = …`.
fn rtt(line: &str) -> Option<RttSummary> {
    if !line.contains("min/avg/max") {
        return None;
    }
    let (_, values) = line.split_once('=')?;
    let (values, unit) = values.trim().split_once(' ')?;
    if unit.split([',', ' ']).next() != Some("ms") {
        return None;
    }
    let mut values = values.split('/').map(|value| number(value).map(|ms| ms / 1e3));
    Some(RttSummary {
        min_s: values.next()??,
        avg_s: values.next()??,
        max_s: values.next()??,
        mdev_s: match values.next() {
            Some(mdev) => Some(mdev?),
            None => None,
        },
    })
}

fn error(line: &str) -> Option<Line<'_>> {
    if let Some(text) = line.strip_prefix("ping: ").or_else(|| line.strip_prefix("ping6: ")) {
        let sending = text.starts_with("send") || text.starts_with("local error");
        return Some(if sending {
            Line::Error { seq: None, from: None, kind: ErrorKind::Send, text }
        } else {
            Line::Complaint(text)
        });
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
    if has(&["too big", "frag needed"]) {
        ErrorKind::TooBig
    } else if has(&["unreachable", "prohibited", "filtered", "no route"]) {
        ErrorKind::Unreachable
    } else if has(&["time to live", "time exceeded", "hop limit", "reassembly"]) {
        ErrorKind::TimeExceeded
    } else {
        ErrorKind::Other
    }
}

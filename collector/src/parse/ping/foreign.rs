//! Outputs that look like ping's and are not read, each with its name.
//!
//! A wrong reading of them would be silent: most have a summary that says the same words with another meaning.

use super::ParseError;
use super::TOOL;

/// How a line of another format is recognised.
enum Mark {
    /// The line begins so.
    Starts(&'static str),
    /// The line is this.
    Is(&'static str),
    /// The line has all of these.
    Has(&'static [&'static str]),
}

/// Formats by what no output of a supported ping has in it.
const FORMATS: &[(&str, &[Mark])] = &[
    (
        "Windows ping",
        &[
            Mark::Starts("Pinging "),
            Mark::Starts("Ping statistics for "),
            Mark::Starts("Ping request could not find host"),
            Mark::Starts("Reply from "),
            Mark::Is("Request timed out."),
            // In every language; elsewhere it is written small.
            Mark::Has(&[" TTL="]),
        ],
    ),
    (
        "fping",
        &[
            Mark::Has(&[" : xmt/rcv/%loss = "]),
            Mark::Has(&[" : [", " bytes, "]),
            Mark::Has(&[" : [", "], timed out"]),
            Mark::Has(&[" is alive"]),
        ],
    ),
    ("hping", &[Mark::Starts("HPING "), Mark::Has(&["--- ", " hping statistic"]), Mark::Has(&["len=", " rtt="])]),
    ("nping", &[Mark::Starts("Starting Nping "), Mark::Starts("Raw packets sent: "), Mark::Starts("Max rtt: ")]),
    (
        "arping",
        &[
            Mark::Starts("ARPING "),
            Mark::Starts("Unicast reply from "),
            Mark::Starts("Broadcast reply from "),
            Mark::Has(&["% unanswered"]),
        ],
    ),
    ("oping", &[Mark::Starts("RTT[ms]: ")]),
    ("mtr", &[Mark::Starts("HOST: "), Mark::Has(&["Loss%", "Snt", "Last"])]),
    ("traceroute", &[Mark::Starts("traceroute to "), Mark::Starts("tracepath to ")]),
    ("the ping of Cisco IOS", &[Mark::Starts("Success rate is "), Mark::Has(&["Sending ", "-byte ICMP Echos"])]),
    ("the ping of RouterOS", &[Mark::Has(&["SEQ", "HOST", "SIZE", "TTL", "TIME"])]),
];

/// The name of the format that this line belongs to.
pub(super) fn named(line: &str) -> Option<&'static str> {
    let line = line.trim();
    let is_there = |mark: &Mark| match mark {
        Mark::Starts(text) => line.starts_with(text),
        Mark::Is(text) => line == *text,
        Mark::Has(texts) => texts.iter().all(|text| line.contains(text)),
    };
    FORMATS.iter().find(|(_, marks)| marks.iter().any(is_there)).map(|(name, _)| *name)
}

/// Whether a line that was not understood is a reply or a summary in another language: the fields that are not
/// translated are there, or a percentage below the headline of the summary.
pub(super) fn is_translated(line: &str, in_summary: bool) -> bool {
    let digit_after = |key: &str| {
        line.split_once(key).is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    let reply = digit_after("seq=") && digit_after("ttl=");
    reply || (in_summary && line.contains('%') && line.chars().any(|c| c.is_ascii_digit()))
}

/// The refusal of another tool's output.
pub(super) fn refused(name: &str) -> ParseError {
    ParseError::Unsupported {
        tool: TOOL,
        found: format!("the output of {name}"),
        help: "the pings of iputils, busybox, inetutils, BSD and macOS are read",
    }
}

/// The refusal of lines in another language.
pub(super) fn translated(line: &str) -> ParseError {
    ParseError::Unsupported {
        tool: TOOL,
        found: format!("a line in words that are not known, perhaps another language: {}", excerpt(line)),
        help: "run ping with LC_ALL=C",
    }
}

fn excerpt(line: &str) -> String {
    super::text::excerpt(line.as_bytes())
}

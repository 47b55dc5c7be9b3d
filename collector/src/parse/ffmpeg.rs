//! The progress of ffmpeg: status lines of standard error, or the key=value blocks of `-progress`.
//!
//! Source: `print_report` in `fftools/ffmpeg.c`. In it "kB" and "KiB" are both 1024 bytes (the
//! spelling changed in 7.0), "kbits" is 1000 bit.

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::text::{self, count, number};

/// The name used in messages.
const TOOL: &str = "ffmpeg";

/// Reads the progress of ffmpeg, in either form. Of several outputs in one text the last one with progress counts.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] when no line is one of ffmpeg's,
/// [`ParseError::NoData`] when it started and ended without any progress.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let ended = text::has_last_line_end(text);
    let content = text::lossy(body, &mut notes);
    let mut report = Report::default();
    let mut before: Option<Report> = None;
    let mut known = false;
    let mut block = Progress::default();
    let mut open = false;
    let mut lines = content.split(['\r', '\n']).map(str::trim).filter(|l| !l.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let cut = lines.peek().is_none() && !ended;
        known |= is_own(line);
        let next = line.starts_with(BANNER) || report.finished && (pair(line).is_some() || status(line).is_some());
        if next && !report.progress.is_empty() {
            notes.add(Note::Doubled);
            before = Some(std::mem::take(&mut report));
            (block, open) = (Progress::default(), false);
        }
        if let Some((key, value)) = pair(line) {
            if cut && key != "progress" {
                continue;
            }
            if key == "progress" {
                // A block ends with this key; its value may be cut to something else.
                if value == "end" || value == "continue" {
                    report.progress.push(std::mem::take(&mut block));
                    report.finished |= value == "end";
                    open = false;
                }
            } else {
                open = true;
                put(&mut block, key, value);
            }
        } else if let Some((progress, last)) = status(line) {
            if cut && !is_whole(line) {
                notes.add(Note::Truncated);
                continue;
            }
            report.finished |= last;
            report.progress.push(progress);
        } else if is_complaint(line) {
            report.error = Some(line.to_owned());
        }
    }
    if open {
        notes.add(Note::Truncated);
    }
    if report.progress.is_empty()
        && let Some(before) = before
    {
        report = before;
    }
    if report.progress.is_empty() {
        return Err(if open {
            let what = "the first block of progress is not finished".to_owned();
            ParseError::NoData { tool: TOOL, what }
        } else if known {
            let what = report.error.unwrap_or_else(|| "it ended before its first progress".to_owned());
            ParseError::NoData { tool: TOOL, what }
        } else {
            ParseError::NotThis { tool: TOOL, found: text::excerpt(body) }
        });
    }
    report.notes = notes.into_vec();
    Ok(report)
}

/// One run of ffmpeg.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Reports in order; counters run from the start of the stream.
    pub progress: Vec<Progress>,
    /// Whether ffmpeg said that it came to its end.
    pub finished: bool,
    /// What it complained about last, in its words; a run that went on nevertheless may have one.
    pub error: Option<String>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// One report. What ffmpeg prints as `N/A` is absent, and so are times and rates below zero, which it makes of the
/// time before the first packet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Frames so far.
    pub frame: Option<u64>,
    /// Frames a second since the start.
    pub fps: Option<f64>,
    /// Quantiser of the last frame of the first stream; -1 for copied streams.
    pub quantiser: Option<f64>,
    /// Bytes written so far.
    pub size_bytes: Option<f64>,
    /// Time in the output, seconds.
    pub time_s: Option<f64>,
    /// Mean bit rate since the start, bit/s.
    pub bit_s: Option<f64>,
    /// Frames duplicated so far; not printed while there are none and none was dropped.
    pub duplicated: Option<u64>,
    /// Frames dropped so far.
    pub dropped: Option<u64>,
    /// Speed as a ratio of real time.
    pub speed: Option<f64>,
}

/// How the first line of an output begins.
const BANNER: &str = "ffmpeg version ";

/// Whether only ffmpeg writes such a line: its banner, its list of streams, what one of its parts says.
fn is_own(line: &str) -> bool {
    const STARTS: [&str; 6] =
        [BANNER, "Input #", "Output #", "Stream mapping:", "Error opening output", "Error opening input"];
    let part = || line.starts_with('[') && line.split_once(']').is_some_and(|(part, _)| part.contains(" @ 0x"));
    STARTS.iter().any(|start| line.starts_with(start)) || part()
}

/// Whether a line says why it did not go on.
fn is_complaint(line: &str) -> bool {
    const WORDS: [&str; 16] = [
        "error",
        "failed",
        "refused",
        "no such file",
        "not found",
        "invalid",
        "unknown encoder",
        "unrecognized option",
        "unable to",
        "could not",
        "cannot",
        "broken pipe",
        "timed out",
        "unreachable",
        "received signal",
        "immediate exit",
    ];
    let lower = line.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether a status line that is the last of the text has its last value whole.
fn is_whole(line: &str) -> bool {
    match line.rsplit_once('=') {
        Some((_, value)) if line.contains("elapsed=") => {
            let hundredths = value.rsplit_once('.').map_or("", |(_, hundredths)| hundredths);
            clock(value).is_some() && hundredths.len() == 2
        }
        Some((before, value)) => before.ends_with("speed") && (value.ends_with('x') || value.trim() == "N/A"),
        None => false,
    }
}

/// A line of a block: a key, `=`, and nothing else of the kind.
fn pair(line: &str) -> Option<(&str, &str)> {
    const KEYS: [&str; 11] = [
        "frame",
        "fps",
        "bitrate",
        "total_size",
        "out_time_us",
        "out_time_ms",
        "out_time",
        "dup_frames",
        "drop_frames",
        "speed",
        "progress",
    ];
    let (key, value) = line.split_once('=')?;
    let known = KEYS.contains(&key) || key.starts_with("stream_");
    (known && !value.contains('=')).then(|| (key, value.trim()))
}

fn put(block: &mut Progress, key: &str, value: &str) {
    match key {
        "frame" => block.frame = count(value),
        "fps" => block.fps = number(value),
        "bitrate" => block.bit_s = rate(value),
        "total_size" => block.size_bytes = number(value),
        // `out_time_ms` holds microseconds too, by an old mistake that was kept.
        "out_time_us" | "out_time_ms" => {
            block.time_s = number(value).and_then(|us| not_before(us / 1e6)).or(block.time_s);
        }
        "out_time" => block.time_s = block.time_s.or_else(|| clock(value)),
        "dup_frames" => block.duplicated = count(value),
        "drop_frames" => block.dropped = count(value),
        "speed" => block.speed = value.strip_suffix('x').and_then(|value| number(value.trim())).and_then(not_before),
        key if key.starts_with("stream_") && key.ends_with("_q") => {
            block.quantiser = block.quantiser.or_else(|| number(value));
        }
        _ => {}
    }
}

/// A status line, and whether it is the last one.
fn status(line: &str) -> Option<(Progress, bool)> {
    if !(line.starts_with("frame=") || line.starts_with("size=") || line.starts_with("Lsize="))
        || !line.contains("time=")
    {
        return None;
    }
    let mut progress = Progress::default();
    let mut last = false;
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.split_ascii_whitespace().next_back().unwrap_or_default();
        // Values are padded on the left, so the value is the first word behind the sign.
        let value = after.split_ascii_whitespace().next().unwrap_or_default();
        rest = after;
        match key {
            "frame" => progress.frame = count(value),
            "fps" => progress.fps = number(value),
            "q" => progress.quantiser = progress.quantiser.or_else(|| number(value)),
            "size" => progress.size_bytes = size(value),
            "Lsize" => {
                last = true;
                progress.size_bytes = size(value);
            }
            "time" => progress.time_s = clock(value),
            "bitrate" => progress.bit_s = rate(value),
            "dup" => progress.duplicated = count(value),
            "drop" => progress.dropped = count(value),
            "speed" => progress.speed = value.strip_suffix('x').and_then(number).and_then(not_before),
            _ => {}
        }
    }
    Some((progress, last))
}

fn size(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (value, unit) = (text.get(..digits)?, text.get(digits..)?);
    let scale = match unit.to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" | "kib" => 1024.0,
        "mb" | "mib" => 1024.0 * 1024.0,
        _ => return None,
    };
    number(value).map(|value| value * scale)
}

fn rate(text: &str) -> Option<f64> {
    number(text.strip_suffix("kbits/s")?.trim()).and_then(|value| not_before(value * 1e3))
}

/// A value that is not below zero: ffmpeg's times are so before the first packet, and what it computes of them. `-0.0`
/// is among it.
fn not_before(value: f64) -> Option<f64> {
    value.is_sign_positive().then_some(value)
}

/// `H:MM:SS.ff` in seconds; a time before the first packet (`-577014:32:22.77`) is none.
fn clock(text: &str) -> Option<f64> {
    let mut parts = text.split(':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let parted = parts.next().is_none() && [hours, minutes, seconds].iter().all(|part| *part >= 0.0);
    parted.then_some(hours * 3600.0 + minutes * 60.0 + seconds).filter(|_| !text.starts_with('-'))
}

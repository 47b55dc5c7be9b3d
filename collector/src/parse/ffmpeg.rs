//! The progress of ffmpeg: status lines of standard error, or the key=value blocks of `-progress`.
//!
//! Source: `print_report` in `fftools/ffmpeg.c`. In it "kB" and "KiB" are both 1024 bytes (the
//! spelling changed in 7.0), "kbits" is 1000 bit.

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::text::{self, count, number};

/// The name used in messages.
const TOOL: &str = "ffmpeg";

/// Reads the progress of ffmpeg, in either form.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] when there is no progress in it.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let ended = text::has_last_line_end(text);
    let content = text::lossy(body, &mut notes);
    let mut report = Report::default();
    let mut block = Progress::default();
    let mut open = false;
    let mut lines = content.split(['\r', '\n']).map(str::trim).filter(|l| !l.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let cut = lines.peek().is_none() && !ended;
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
            if cut && !line.ends_with('x') {
                notes.add(Note::Truncated);
                continue;
            }
            report.finished |= last;
            report.progress.push(progress);
        }
    }
    if open {
        notes.add(Note::Truncated);
    }
    if report.progress.is_empty() {
        return Err(if open {
            let what = "the first block of progress is not finished".to_owned();
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
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// One report. What ffmpeg prints as `N/A` is absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Frames so far.
    pub frame: Option<u64>,
    /// Frames a second since the start.
    pub fps: Option<f64>,
    /// Quantiser of the last frame; -1 for copied streams.
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
            block.time_s = number(value).map(|us| us / 1e6).or(block.time_s);
        }
        "out_time" => block.time_s = block.time_s.or_else(|| clock(value)),
        "dup_frames" => block.duplicated = count(value),
        "drop_frames" => block.dropped = count(value),
        "speed" => block.speed = value.strip_suffix('x').and_then(|value| number(value.trim())),
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
            "q" => progress.quantiser = number(value),
            "size" => progress.size_bytes = size(value),
            "Lsize" => {
                last = true;
                progress.size_bytes = size(value);
            }
            "time" => progress.time_s = clock(value),
            "bitrate" => progress.bit_s = rate(value),
            "dup" => progress.duplicated = count(value),
            "drop" => progress.dropped = count(value),
            "speed" => progress.speed = value.strip_suffix('x').and_then(number),
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
    number(text.strip_suffix("kbits/s")?.trim()).map(|value| value * 1e3)
}

/// `[-]H:MM:SS.ff` in seconds.
fn clock(text: &str) -> Option<f64> {
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |text| (-1.0, text));
    let mut parts = text.split(':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(sign * (hours * 3600.0 + minutes * 60.0 + seconds))
}

//! Helpers for text: positions, excerpts, trimming, numbers.

use super::{Note, Notes, ParseError};

/// Characters of foreign text an error message shows.
const EXCERPT_CHARS: usize = 60;

/// The part of `bytes` worth reading: no byte order mark in front, no white space or NUL around.
///
/// # Errors
/// [`ParseError::Empty`] when nothing is left.
pub(crate) fn body<'a>(bytes: &'a [u8], tool: &'static str, notes: &mut Notes) -> Result<&'a [u8], ParseError> {
    let mut rest = bytes;
    if let Some(after) = rest.strip_prefix(b"\xef\xbb\xbf") {
        notes.add(Note::ByteOrderMark);
        rest = after;
    }
    while let [first, after @ ..] = rest {
        if !is_blank(*first) {
            break;
        }
        if *first == 0 {
            notes.add(Note::NulBytes);
        }
        rest = after;
    }
    while let [before @ .., last] = rest {
        if !is_blank(*last) {
            break;
        }
        if *last == 0 {
            notes.add(Note::NulBytes);
        }
        rest = before;
    }
    if rest.is_empty() { Err(ParseError::Empty { tool }) } else { Ok(rest) }
}

/// Whether the last line has its end; otherwise it may be cut in the middle of a number.
pub(crate) fn has_last_line_end(bytes: &[u8]) -> bool {
    bytes.iter().rev().find(|byte| **byte != 0).is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
}

/// White space, or the NUL bytes that a crashed writer leaves in a file.
pub(crate) const fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0 || byte == 0x0b
}

/// Lossy text: foreign bytes are replaced and noted, NUL bytes become spaces and are noted.
pub(crate) fn lossy<'a>(bytes: &'a [u8], notes: &mut Notes) -> std::borrow::Cow<'a, str> {
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        notes.add(Note::InvalidUtf8);
    }
    if text.contains('\0') {
        notes.add(Note::NulBytes);
        return std::borrow::Cow::Owned(text.replace('\0', " "));
    }
    text
}

/// A short printable piece of foreign text, for messages.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    let window = bytes.get(..bytes.len().min(4 * EXCERPT_CHARS)).unwrap_or_default();
    let text = String::from_utf8_lossy(window);
    let line = text.trim_start().lines().next().unwrap_or_default();
    let mut short: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT_CHARS).collect();
    if line.chars().nth(EXCERPT_CHARS).is_some() {
        short.push('…');
    }
    format!("text that begins `{short}`")
}

/// Line and column (bytes) of an offset, both from 1.
pub(crate) fn position(text: &[u8], at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}

/// A finite decimal number; no `inf`, no `nan`, nothing around it.
pub(crate) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts = match digits.as_bytes() {
        [b'.', second, ..] => second.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    };
    if !starts {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A whole number of something.
pub(crate) fn count(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// A non-negative number as a count, if it is one exactly.
pub(crate) fn as_count(value: f64) -> Option<u64> {
    // 2^53: above it f64 no longer holds every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if (0.0..=EXACT).contains(&value) && value.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was just checked")]
        let whole = value as u64;
        Some(whole)
    } else {
        None
    }
}

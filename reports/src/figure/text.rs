//! Widths of texts in the bundled font, and what follows from them: lines, shortened labels.

use super::scene::Face;
use crate::ReportError;
use crate::render::font;
use plotters::style::{FontDesc, FontFamily, FontStyle};
use std::fmt::Write as _;

/// plotters takes a font's size as the height of its line; SVG takes the em. This is their ratio for the
/// SVG back end of plotters, which divides by it.
pub const LINE_PER_EM: f64 = 1.24;
/// The same ratio for `ab_glyph`, from Roboto's ascent and descent (1900 and 500 of 2048).
const MEASURED_LINE_PER_EM: f64 = 2400.0 / 2048.0;

/// The width of a text.
pub fn width(text: &str, face: Face) -> Result<i32, ReportError> {
    font::register()?;
    let style = if face.bold { FontStyle::Bold } else { FontStyle::Normal };
    let size = f64::from(face.size) * MEASURED_LINE_PER_EM;
    let font = FontDesc::new(FontFamily::Name(font::FAMILY), size, style);
    let (width, _) = font.box_size(text).map_err(|_| ReportError::Font)?;
    i32::try_from(width).map_err(|_| ReportError::Font)
}

/// The text as the font can show it: what it has no glyph for comes out as its code point.
pub fn showable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.push(' ');
        } else if font::has(c) {
            out.push(c);
        } else {
            let _ = write!(out, "U+{:04X}", u32::from(c));
        }
    }
    out
}

/// The text, shortened with an ellipsis to fit.
pub fn elide(text: &str, face: Face, room: i32) -> Result<String, ReportError> {
    let text = showable(text);
    if width(&text, face)? <= room {
        return Ok(text);
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let short: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if width(&short, face)? <= room {
            return Ok(short);
        }
    }
    Ok("…".to_owned())
}

/// The text in lines that fit.
pub fn wrap(text: &str, face: Face, room: i32) -> Result<Vec<String>, ReportError> {
    let text = showable(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, face)? <= room {
            line = longer;
        } else {
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = elide(word, face, room)?;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        let text = "The quick brown fox jumps over the lazy dog and says so twice.";
        let lines = wrap(text, Face::SMALL, 2000).unwrap();
        assert!(lines.len() > 2);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|line| width(line, Face::SMALL).unwrap() <= 2000));
        assert!(elide(text, Face::LABEL, 1000).unwrap().ends_with('…'));
    }

    #[test]
    fn what_the_font_lacks_is_named() {
        assert_eq!(showable("中 ≥ µ\u{7}"), "U+4E2D ≥ µ ");
    }
}

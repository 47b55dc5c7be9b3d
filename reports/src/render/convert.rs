//! PDF and PNG from the SVG, with the bundled font only.

use super::{canonical, font};
use crate::ReportError;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use svg2pdf::{ConversionOptions, PageOptions};

/// Pixels a CSS pixel: 160 mm come out 1512 pixels wide, 240 to the inch.
const SCALE: f32 = 2.5;

/// An SVG parsed for conversion.
pub struct Parsed(Tree);

/// Parses an SVG of ours; `figure` names it in errors.
pub fn parse(figure: &str, svg: &str) -> Result<Parsed, ReportError> {
    let options = Options { fontdb: font::database(), font_family: font::FAMILY.to_owned(), ..Options::default() };
    Tree::from_str(svg, &options).map(Parsed).map_err(|error| trouble(figure, error))
}

fn trouble(figure: &str, what: impl std::fmt::Display) -> ReportError {
    ReportError::Figure { figure: figure.to_owned(), what: what.to_string() }
}

/// The PDF: text stays text, the font is embedded. usvg counts 96 pixels to the inch.
pub fn pdf(figure: &str, parsed: &Parsed) -> Result<Vec<u8>, ReportError> {
    // svg2pdf 0.13 writes its fonts in the order of a hash map with random keys. With the two fonts of
    // ours that is one of two orders, so a few tries find the one we want, and the bytes are always the same.
    for _ in 0..TRIES {
        let bytes = svg2pdf::to_pdf(&parsed.0, ConversionOptions::default(), PageOptions { dpi: 96.0 });
        let bytes = bytes.map_err(|error| trouble(figure, error))?;
        match (find(&bytes, b"+Roboto-Regular"), find(&bytes, b"+Roboto-Bold")) {
            (Some(regular), Some(bold)) if bold < regular => {}
            _ => return Ok(canonical::sort_entries(&bytes)),
        }
    }
    Err(trouble(figure, "svg2pdf never wrote its fonts in order"))
}

/// Failing all of them by chance is as likely as guessing a key of 64 bits.
const TRIES: u32 = 64;

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// The PNG.
pub fn png(figure: &str, parsed: &Parsed) -> Result<Vec<u8>, ReportError> {
    let size = parsed.0.size().to_int_size().scale_by(SCALE).ok_or_else(|| trouble(figure, "it has no size"))?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(|| trouble(figure, "it has no size"))?;
    resvg::render(&parsed.0, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| trouble(figure, error))
}

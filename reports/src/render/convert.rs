//! PDF and PNG from the SVG, with the bundled font only.

use super::font;
use crate::ReportError;
use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Pixels a CSS pixel: 160 mm come out 1512 pixels wide, 240 to the inch.
const SCALE: f32 = 2.5;

/// Points a CSS pixel: 72 to the inch in PDF, 96 in usvg.
const POINTS: f32 = 0.75;

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

/// The PDF: text stays text, the font is embedded, and the same figure gives the same bytes.
pub fn pdf(figure: &str, parsed: &Parsed) -> Result<Vec<u8>, ReportError> {
    let no_size = || trouble(figure, "it has no size");
    let pixels = parsed.0.size();
    let size = Size::from_wh(pixels.width() * POINTS, pixels.height() * POINTS).ok_or_else(no_size)?;
    // Metadata would only repeat who made the file.
    let settings = SerializeSettings { xmp_metadata: false, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let mut page = document.start_page_with(PageSettings::new(size));
    let mut surface = page.surface();
    let drawn = surface.draw_svg(&parsed.0, size, SvgSettings::default());
    surface.finish();
    page.finish();
    drawn.ok_or_else(|| trouble(figure, "it cannot be drawn as PDF"))?;
    document.finish().map_err(|error| trouble(figure, format!("{error:?}")))
}

/// The PNG.
pub fn png(figure: &str, parsed: &Parsed) -> Result<Vec<u8>, ReportError> {
    let size = parsed.0.size().to_int_size().scale_by(SCALE).ok_or_else(|| trouble(figure, "it has no size"))?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(|| trouble(figure, "it has no size"))?;
    resvg::render(&parsed.0, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| trouble(figure, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"160mm\" height=\"40mm\" viewBox=\"0 0 16000 4000\">\
        <rect width=\"16000\" height=\"4000\" fill=\"#fff\"/><circle cx=\"90\" cy=\"90\" r=\"50\" opacity=\"0.5\"/>\
        <text x=\"300\" y=\"1200\" font-family=\"Roboto\" font-size=\"300\">µs, Größe ± 5 %</text>\
        <text x=\"300\" y=\"2400\" font-family=\"Roboto\" font-size=\"300\" font-weight=\"bold\">Throughput</text></svg>";

    fn holds(bytes: &[u8], needle: &str) -> bool {
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    }

    #[test]
    fn the_fonts_of_a_pdf_are_embedded_subsets_under_their_own_names() {
        let bytes = pdf("it", &parse("it", SVG).unwrap()).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        // A subset is named by six letters, a plus sign and the font; the characters behind its glyphs are there to be copied.
        for name in ["+Roboto-Regular", "+Roboto-Bold", "/FontFile", "/ToUnicode"] {
            assert!(holds(&bytes, name), "{name}");
        }
        // 160 × 40 mm.
        assert!(holds(&bytes, "/MediaBox[0 0 453.5"), "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn the_same_figure_gives_the_same_bytes() {
        let all: Vec<_> = (0..8).map(|_| pdf("it", &parse("it", SVG).unwrap()).unwrap()).collect();
        assert!(all.iter().all(|bytes| *bytes == all[0]));
    }
}

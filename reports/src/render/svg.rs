//! The SVG back end, drawn by plotters.

use super::font;
use crate::ReportError;
use crate::escape;
use crate::figure::Figure;
use crate::figure::scene::{Anchor, Ink, Scene, Shape, WIDTH};
use crate::figure::text::LINE_PER_EM;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle, TextStyle};
use std::sync::OnceLock;

type Paper<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Trouble<'a> =
    plotters::drawing::DrawingAreaErrorKind<<SVGBackend<'a> as plotters::backend::DrawingBackend>::ErrorType>;

/// The SVG of a figure: its font embedded, its size in millimetres, its description inside.
pub fn svg(figure: &Figure, scene: &Scene) -> Result<String, ReportError> {
    font::register()?;
    let fail = |what: String| ReportError::Figure { figure: figure.name.clone(), what };
    let size = (u32::try_from(WIDTH).unwrap_or(0), u32::try_from(scene.height).unwrap_or(0));
    let mut drawn = String::new();
    {
        let paper = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        draw(&paper, scene).map_err(|error| fail(error.to_string()))?;
    }
    // plotters sizes the drawing in its own units and knows neither fonts nor titles: a new opening tag
    // takes the place of its own.
    let (_, body) = drawn.split_once(">\n").ok_or_else(|| fail("plotters wrote no SVG".to_owned()))?;
    let (millimetres, height) = (f64::from(WIDTH) / 100.0, f64::from(scene.height) / 100.0);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{millimetres}mm\" height=\"{height}mm\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"title desc\">\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{}</style>\n{body}",
        size.0,
        size.1,
        escape::svg(&figure.title),
        escape::svg(&figure.alternative),
        faces(),
    ))
}

/// The font for browsers, inside the file.
fn faces() -> &'static str {
    static FACES: OnceLock<String> = OnceLock::new();
    FACES.get_or_init(|| {
        let face = |weight: &str, data: &[u8]| {
            format!(
                "@font-face{{font-family:{};font-weight:{weight};src:url(data:font/woff2;base64,{}) format(\"woff2\")}}",
                font::FAMILY,
                STANDARD.encode(data)
            )
        };
        face("normal", font::REGULAR_WOFF2) + &face("bold", font::BOLD_WOFF2)
    })
}

fn colour(ink: Ink) -> RGBAColor {
    RGBAColor(ink.0, ink.1, ink.2, ink.3)
}

fn draw<'a>(paper: &Paper<'a>, scene: &Scene) -> Result<(), Trouble<'a>> {
    paper.fill(&colour(Ink::PAPER))?;
    for shape in &scene.shapes {
        match shape {
            Shape::Line { through, width, ink } => {
                let style = ShapeStyle { color: colour(*ink), filled: false, stroke_width: *width };
                paper.draw(&PathElement::new(through.clone(), style))?;
            }
            Shape::Area { corners, ink } => {
                let style = ShapeStyle { color: colour(*ink), filled: true, stroke_width: 0 };
                paper.draw(&Polygon::new(corners.clone(), style))?;
            }
            Shape::Disc { at, radius, filled, ink } => {
                let style = ShapeStyle { color: colour(*ink), filled: *filled, stroke_width: 18 };
                paper.draw(&Circle::new(*at, *radius, style))?;
            }
            Shape::Text { at, text, face, anchor, upwards, ink } => {
                let weight = if face.bold { FontStyle::Bold } else { FontStyle::Normal };
                let mut font =
                    FontDesc::new(FontFamily::Name(font::FAMILY), f64::from(face.size) * LINE_PER_EM, weight);
                if *upwards {
                    font = font.transform(FontTransform::Rotate270);
                }
                let across = match anchor {
                    Anchor::Start => HPos::Left,
                    Anchor::Middle => HPos::Center,
                    Anchor::End => HPos::Right,
                };
                let ink = colour(*ink);
                let style = TextStyle::from(font).color(&ink).pos(Pos::new(across, VPos::Center));
                paper.draw(&Text::new(text.as_str(), *at, style))?;
            }
        }
    }
    paper.present()
}

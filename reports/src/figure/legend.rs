//! Markers of links, their colours, and the legend that names them.

use super::Panels;
use super::scene::{Anchor, At, Face, Ink, Scene, Shape, WIDTH};
use super::text;
use crate::ReportError;

/// Okabe and Ito's colours that carry on white paper, paired with shapes so that colour alone says nothing.
const LINKS: [(Ink, Marker); 6] = [
    (Ink(0x00, 0x72, 0xb2, 1.0), Marker::Ring),
    (Ink(0xd5, 0x5e, 0x00, 1.0), Marker::Triangle),
    (Ink(0x00, 0x9e, 0x73, 1.0), Marker::Square),
    (Ink(0xcc, 0x79, 0xa7, 1.0), Marker::Diamond),
    (Ink(0xe6, 0x9f, 0x00, 1.0), Marker::Cross),
    (Ink(0x56, 0xb4, 0xe9, 1.0), Marker::Plus),
];

/// The shape of a link's marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Ring,
    Triangle,
    Square,
    Diamond,
    Cross,
    Plus,
}

/// Whether there are few enough links to tell them apart by marker.
pub fn tells_links_apart(figure: &Panels) -> bool {
    figure.links.len() <= LINKS.len()
}

/// The colour of a link.
pub fn ink(figure: &Panels, link: usize) -> Ink {
    if !tells_links_apart(figure) {
        return Ink::GREY;
    }
    LINKS.get(link).map_or(Ink::GREY, |(ink, _)| *ink)
}

/// Draws a link's marker.
pub fn marker(scene: &mut Scene, figure: &Panels, link: usize, (x, y): At, opacity: f64) {
    let ink = ink(figure, link).faint(opacity);
    let shape = if tells_links_apart(figure) {
        LINKS.get(link).map_or(Marker::Ring, |(_, marker)| *marker)
    } else {
        Marker::Ring
    };
    let stroke = 20;
    match shape {
        Marker::Ring => scene.shapes.push(Shape::Disc { at: (x, y), radius: 58, filled: false, ink }),
        Marker::Triangle => {
            scene.line([(x, y - 70), (x + 68, y + 50), (x - 68, y + 50), (x, y - 70), (x + 68, y + 50)], stroke, ink)
        }
        Marker::Square => scene.line(
            [(x - 52, y - 52), (x + 52, y - 52), (x + 52, y + 52), (x - 52, y + 52), (x - 52, y - 62)],
            stroke,
            ink,
        ),
        Marker::Diamond => {
            scene.line([(x, y - 74), (x + 74, y), (x, y + 74), (x - 74, y), (x, y - 74), (x + 74, y)], stroke, ink)
        }
        Marker::Cross => {
            scene.line([(x - 52, y - 52), (x + 52, y + 52)], stroke, ink);
            scene.line([(x - 52, y + 52), (x + 52, y - 52)], stroke, ink);
        }
        Marker::Plus => {
            scene.line([(x - 68, y), (x + 68, y)], stroke, ink);
            scene.line([(x, y - 68), (x, y + 68)], stroke, ink);
        }
    }
}

/// Draws the legend from `top` on and says where it ends. The estimate comes first, then the links.
pub fn draw(scene: &mut Scene, figure: &Panels, top: i32, left: i32) -> Result<i32, ReportError> {
    let face = Face::SMALL;
    let mut entries = vec![(None, "estimate with interval".to_owned())];
    if tells_links_apart(figure) {
        entries.extend(figure.links.iter().enumerate().map(|(link, name)| (Some(link), name.clone())));
    } else {
        entries.push((Some(0), format!("one run on one of {} links", figure.links.len())));
    }
    let (mut x, mut y) = (left, top + 150);
    for (link, name) in entries {
        let name = text::elide(&name, face, (WIDTH - left) / 2)?;
        let advance = 420 + text::width(&name, face)? + 420;
        if x > left && x + advance - 420 > WIDTH - 100 {
            (x, y) = (left, y + 360);
        }
        match link {
            None => {
                scene.line([(x, y), (x + 340, y)], super::layout::INTERVAL, Ink::BLACK);
                scene.disc((x + 170, y), super::layout::DOT, Ink::BLACK);
            }
            Some(link) => marker(scene, figure, link, (x + 230, y), 1.0),
        }
        scene.text((x + 420, y), name, face, Anchor::Start, Ink::GREY);
        x += advance;
    }
    Ok(y + 150)
}

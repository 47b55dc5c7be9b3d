//! From a figure's description to shapes on paper: title, panels, axis, legend, notes.

use super::scene::{Anchor, Face, Ink, Scene, WIDTH};
use super::{Body, Figure, Orientation, columns, joined, legend, rows, text};
use crate::ReportError;

/// Width of the stroke of an interval.
pub(super) const INTERVAL: u32 = 28;
/// Radius of an estimate's dot.
pub(super) const DOT: i32 = 60;
/// Space between texts and what they belong to.
pub(super) const SPACE: i32 = 110;
/// Half the height of a head of an arrow.
const HEAD: i32 = 62;

/// Lays a figure out.
pub fn scene(figure: &Figure) -> Result<Scene, ReportError> {
    let mut scene = Scene::default();
    let mut y = 260;
    for line in text::wrap(&figure.title, Face::TITLE, WIDTH - 200)? {
        scene.text((0, y), line, Face::TITLE, Anchor::Start, Ink::BLACK);
        y += 420;
    }
    y = match &figure.body {
        Body::Panels(panels) => {
            let end = match panels.orientation {
                Orientation::Rows => rows::draw(&mut scene, panels, y)?,
                Orientation::Columns => columns::draw(&mut scene, panels, y)?,
            };
            legend::draw(&mut scene, panels, end + 120, 0)? + 130
        }
        Body::Rankings(rankings) => joined::draw(&mut scene, rankings, y)?,
    };
    for note in &figure.notes {
        for line in text::wrap(note, Face::SMALL, WIDTH - 100)? {
            y += 165;
            scene.text((0, y), line, Face::SMALL, Anchor::Start, Ink::GREY);
            y += 165;
        }
    }
    scene.height = y + 130;
    Ok(scene)
}

/// The labels among candidates that fit beside each other: every one of the first level before any of
/// the second. Each is its middle and its width; the answer keeps their order.
pub(super) fn fitting(candidates: &[(i32, i32, u8)], first: i32, last: i32, gap: i32) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    for level in 0..=1 {
        for (at, (middle, width, _)) in candidates.iter().enumerate().filter(|(_, candidate)| candidate.2 == level) {
            let (low, high) = (middle - width / 2, middle + width / 2);
            let free = kept.iter().filter_map(|other| candidates.get(*other)).all(|(other, other_width, _)| {
                high + gap <= other - other_width / 2 || low >= other + other_width / 2 + gap
            });
            if low >= first && high <= last && free {
                kept.push(at);
            }
        }
    }
    kept.sort_unstable();
    kept
}

/// The head of an arrow that points from `from` to its tip, along one axis.
pub(super) fn head(scene: &mut Scene, (x, y): (i32, i32), (dx, dy): (i32, i32), ink: Ink) {
    let back = (x - dx * 2 * HEAD, y - dy * 2 * HEAD);
    scene.area([(x, y), (back.0 + dy * HEAD, back.1 + dx * HEAD), (back.0 - dy * HEAD, back.1 - dx * HEAD)], ink);
}

/// How strongly a run's marker is drawn: the more there are at one place, the fainter.
pub(super) fn opacity(markers: usize) -> f64 {
    match markers {
        0..=6 => 1.0,
        7..=24 => 0.6,
        _ => 0.35,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_touch() {
        let candidates = [(0, 100, 0), (120, 100, 1), (200, 100, 0), (400, 100, 1)];
        assert_eq!(fitting(&candidates, -100, 460, 10), [0, 2, 3]);
        assert_eq!(fitting(&candidates, 0, 420, 10), [2]);
    }
}

//! Small multiples whose places lie side by side, values running upwards.

use super::axis::Axis;
use super::layout::{DOT, INTERVAL, SPACE, fitting, head, opacity};
use super::scene::{Anchor, Face, Ink, Scene, WIDTH};
use super::{Mark, Panel, Panels, Slot, legend, text};
use crate::ReportError;
use meshbench_stats::quantile::median_of;

const HEIGHT: i32 = 2_900;
const GAP: i32 = 300;

/// A panel's box on paper.
struct Frame {
    left: i32,
    right: i32,
    top: i32,
    places: usize,
}

impl Frame {
    fn bottom(&self) -> i32 {
        self.top + HEIGHT
    }

    fn y(&self, axis: &Axis, value: f64) -> i32 {
        self.bottom() - (axis.share(value) * f64::from(HEIGHT)).round() as i32
    }

    fn slot(&self) -> i32 {
        (self.right - self.left) / self.places.max(1) as i32
    }

    /// The middle of a place.
    fn x(&self, place: usize) -> i32 {
        self.left + self.slot() * place as i32 + self.slot() / 2
    }

    /// How far a run's marker stands to the right of its place's middle, and the estimate to the left.
    fn aside(&self) -> i32 {
        (self.slot() / 5).min(130)
    }
}

/// Panels side by side: as few rows as four columns allow, and no row nearly empty.
fn abreast(panels: usize) -> usize {
    match panels {
        0 | 1 => 1,
        2 => 2,
        3 | 5 | 6 | 9 => 3,
        _ => 4,
    }
}

/// Draws the panels and the axis from `top` on and says where they end.
pub fn draw(scene: &mut Scene, figure: &Panels, top: i32) -> Result<i32, ReportError> {
    let mut widest = 0;
    for tick in figure.panels.iter().flat_map(|panel| &panel.axis.ticks) {
        widest = widest.max(text::width(&tick.label, Face::SMALL)?);
    }
    let left = widest + SPACE + 20;
    let abreast = abreast(figure.panels.len());
    let width = (WIDTH - left - 60 - GAP * (abreast as i32 - 1)) / abreast as i32;
    let turned = names_collide(figure, width)?;
    let below = if turned { widest_name(figure)? + 120 } else { 330 };
    let mut y = top;
    for line in text::wrap(&format!("Vertical: {}", figure.quantity), Face::LABEL, WIDTH - 200)? {
        scene.text((0, y), line, Face::LABEL, Anchor::Start, Ink::BLACK);
        y += 340;
    }
    for panels in figure.panels.chunks(abreast) {
        for (column, panel) in panels.iter().enumerate() {
            let left = left + (width + GAP) * column as i32;
            let frame = Frame { left, right: left + width, top: y + 330, places: figure.places.len() };
            draw_panel(scene, figure, panel, &frame, (column == 0, turned))?;
        }
        y += 330 + HEIGHT + below + 60;
    }
    Ok(y)
}

fn widest_name(figure: &Panels) -> Result<i32, ReportError> {
    let mut widest = 0;
    for place in &figure.places {
        widest = widest.max(text::width(&text::elide(place, Face::SMALL, 2_000)?, Face::SMALL)?);
    }
    Ok(widest)
}

fn names_collide(figure: &Panels, width: i32) -> Result<bool, ReportError> {
    let slot = width / figure.places.len().max(1) as i32;
    let mut before = None;
    for (at, place) in figure.places.iter().enumerate() {
        let half = text::width(&text::elide(place, Face::SMALL, 2_000)?, Face::SMALL)? / 2;
        let middle = slot * at as i32 + slot / 2;
        let room = if at == 0 || at + 1 == figure.places.len() { GAP / 2 - 50 } else { 0 };
        if before.is_some_and(|before| middle - half < before + 90)
            || middle - half < -room
            || middle + half > width + room
        {
            return Ok(true);
        }
        before = Some(middle + half);
    }
    Ok(false)
}

fn draw_panel(
    scene: &mut Scene,
    figure: &Panels,
    panel: &Panel,
    frame: &Frame,
    (labelled, turned): (bool, bool),
) -> Result<(), ReportError> {
    let bottom = frame.bottom();
    let title = text::elide(&panel.title, Face::PANEL, frame.right - frame.left)?;
    scene.text((frame.left, frame.top - 180), title, Face::PANEL, Anchor::Start, Ink::BLACK);
    let candidates: Vec<(i32, i32, u8)> =
        panel.axis.ticks.iter().map(|tick| (frame.y(&panel.axis, tick.at), Face::SMALL.size, tick.level)).collect();
    for (y, _, _) in &candidates {
        scene.line([(frame.left, *y), (frame.right, *y)], 12, Ink::GRID);
    }
    scene.line(
        [
            (frame.left, frame.top),
            (frame.right, frame.top),
            (frame.right, bottom),
            (frame.left, bottom),
            (frame.left, frame.top),
        ],
        14,
        Ink::FRAME,
    );
    if labelled {
        for at in fitting(&candidates, frame.top - 120, bottom + 120, 60) {
            if let (Some((y, _, _)), Some(tick)) = (candidates.get(at), panel.axis.ticks.get(at)) {
                scene.line([(frame.left - 60, *y), (frame.left, *y)], 14, Ink::FRAME);
                scene.text((frame.left - SPACE, *y), &tick.label, Face::SMALL, Anchor::End, Ink::GREY);
            }
        }
    }
    for (place, name) in figure.places.iter().enumerate() {
        let name = text::elide(name, Face::SMALL, 2_000)?;
        let x = frame.x(place);
        scene.line([(x, bottom), (x, bottom + 60)], 14, Ink::FRAME);
        if turned {
            scene.upwards((x, bottom + 110), name, Face::SMALL, Anchor::End, Ink::GREY);
        } else {
            scene.text((x, bottom + 200), name, Face::SMALL, Anchor::Middle, Ink::GREY);
        }
    }
    link_lines(scene, figure, panel, frame);
    for (place, slot) in panel.slots.iter().enumerate() {
        draw_slot(scene, (figure, &panel.axis), slot, frame, frame.x(place))?;
    }
    Ok(())
}

/// The line of a link through the middle of its values; it breaks where the link has none.
fn link_lines(scene: &mut Scene, figure: &Panels, panel: &Panel, frame: &Frame) {
    for link in 0..figure.links.len() {
        let ink = legend::ink(figure, link).faint(0.45);
        let mut through: Vec<(i32, i32)> = Vec::new();
        for (place, slot) in panel.slots.iter().enumerate() {
            let values: Vec<f64> = slot.links.iter().filter(|(of, _)| *of == link).map(|(_, value)| *value).collect();
            match median_of(&values) {
                Some(value) => through.push((frame.x(place) + frame.aside(), frame.y(&panel.axis, value))),
                None => flush(scene, &mut through, ink),
            }
        }
        flush(scene, &mut through, ink);
    }
}

fn flush(scene: &mut Scene, through: &mut Vec<(i32, i32)>, ink: Ink) {
    if through.len() > 1 {
        scene.line(std::mem::take(through), 18, ink);
    }
    through.clear();
}

fn draw_slot(
    scene: &mut Scene,
    (figure, axis): (&Panels, &Axis),
    slot: &Slot,
    frame: &Frame,
    middle: i32,
) -> Result<(), ReportError> {
    let (mark_x, links_x) =
        if slot.links.is_empty() { (middle, middle) } else { (middle - frame.aside(), middle + frame.aside()) };
    let strength = opacity(slot.links.len());
    for (link, value) in &slot.links {
        legend::marker(scene, figure, *link, (links_x, frame.y(axis, *value)), strength);
    }
    match &slot.mark {
        Mark::Estimate { value, low, high } => {
            if let (Some(low), Some(high)) = (*low, *high) {
                let (bottom, top) = (frame.y(axis, low), frame.y(axis, high));
                scene.line([(mark_x, bottom), (mark_x, top)], INTERVAL, Ink::BLACK);
                if axis.beyond(low) {
                    head(scene, (mark_x, bottom), (0, 1), Ink::BLACK);
                }
                if axis.beyond(high) {
                    head(scene, (mark_x, top), (0, -1), Ink::BLACK);
                }
            }
            scene.disc((mark_x, frame.y(axis, *value)), DOT, Ink::BLACK);
        }
        Mark::MoreThan { limit, words } => {
            let y = frame.y(axis, *limit);
            let tip = (y - 420).max(frame.top + 30).min(y - 150);
            scene.line([(mark_x, y), (mark_x, tip + 100)], INTERVAL, Ink::BLACK);
            scene.line([(mark_x - 80, y), (mark_x + 80, y)], INTERVAL, Ink::BLACK);
            head(scene, (mark_x, tip), (0, -1), Ink::BLACK);
            let width = text::width(words, Face::SMALL)?;
            if y + SPACE + width < frame.bottom() {
                scene.upwards((mark_x, y + SPACE), words, Face::SMALL, Anchor::End, Ink::GREY);
            } else {
                scene.upwards((mark_x, tip - SPACE), words, Face::SMALL, Anchor::Start, Ink::GREY);
            }
        }
        Mark::Words(words) => {
            let words = text::elide(words, Face::SMALL, HEIGHT - 2 * SPACE)?;
            // Lines of links pass under the words.
            let (half, long) = (Face::SMALL.size / 2 + 20, text::width(&words, Face::SMALL)?);
            let (bottom, top) = (frame.bottom() - SPACE / 2, frame.bottom() - SPACE - long - 40);
            scene.area(
                [(mark_x - half, bottom), (mark_x + half, bottom), (mark_x + half, top), (mark_x - half, top)],
                Ink::PAPER.faint(0.85),
            );
            scene.upwards((mark_x, frame.bottom() - SPACE), words, Face::SMALL, Anchor::Start, Ink::GREY);
        }
    }
    Ok(())
}

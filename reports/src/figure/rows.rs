//! Panels whose places lie one below the other, values running to the right.

use super::axis::Axis;
use super::layout::{DOT, INTERVAL, SPACE, fitting, head, opacity};
use super::scene::{Anchor, Face, Ink, Scene, WIDTH};
use super::{Mark, Panel, Panels, Slot, legend, text};
use crate::ReportError;

const ROW: i32 = 480;
const GAP: i32 = 360;
const ABREAST: usize = 4;
const RIGHT: i32 = 250;

/// A panel's box on paper.
struct Frame {
    left: i32,
    right: i32,
    top: i32,
}

impl Frame {
    fn x(&self, axis: &Axis, value: f64) -> i32 {
        self.left + (axis.share(value) * f64::from(self.right - self.left)).round() as i32
    }

    /// The middle of a row.
    fn y(&self, row: usize) -> i32 {
        self.top + ROW * row as i32 + ROW / 2
    }
}

/// Draws the panels and the axis from `top` on and says where they end.
pub fn draw(scene: &mut Scene, figure: &Panels, top: i32) -> Result<i32, ReportError> {
    let mut widest = 0;
    let mut names = Vec::with_capacity(figure.places.len());
    for place in &figure.places {
        let name = text::elide(place, Face::LABEL, WIDTH * 3 / 10)?;
        widest = widest.max(text::width(&name, Face::LABEL)?);
        names.push(name);
    }
    let left = widest + SPACE;
    let abreast = figure.panels.len().clamp(1, ABREAST) as i32;
    let width = (WIDTH - left - RIGHT - GAP * (abreast - 1)) / abreast;
    let mut y = top;
    for panels in figure.panels.chunks(ABREAST) {
        let frame_top = y + 330;
        let bottom = frame_top + ROW * figure.places.len() as i32;
        for (row, name) in names.iter().enumerate() {
            let middle = frame_top + ROW * row as i32 + ROW / 2;
            scene.text((left - SPACE, middle), name, Face::LABEL, Anchor::End, Ink::BLACK);
        }
        for (column, panel) in panels.iter().enumerate() {
            let left = left + (width + GAP) * column as i32;
            let frame = Frame { left, right: left + width, top: frame_top };
            draw_panel(scene, figure, panel, &frame, bottom)?;
        }
        y = bottom + 420;
    }
    let middle = left + (WIDTH - left - RIGHT) / 2;
    for line in text::wrap(&figure.quantity, Face::LABEL, WIDTH - 200)? {
        let half = text::width(&line, Face::LABEL)? / 2;
        scene.text((middle.min(WIDTH - 50 - half).max(half), y + 120), line, Face::LABEL, Anchor::Middle, Ink::BLACK);
        y += 330;
    }
    Ok(y + 60)
}

fn draw_panel(
    scene: &mut Scene,
    figure: &Panels,
    panel: &Panel,
    frame: &Frame,
    bottom: i32,
) -> Result<(), ReportError> {
    let title = text::elide(&panel.title, Face::PANEL, frame.right - frame.left)?;
    scene.text((frame.left, frame.top - 180), title, Face::PANEL, Anchor::Start, Ink::BLACK);
    let mut candidates = Vec::with_capacity(panel.axis.ticks.len());
    for tick in &panel.axis.ticks {
        candidates.push((frame.x(&panel.axis, tick.at), text::width(&tick.label, Face::SMALL)?, tick.level));
    }
    for (x, _, _) in &candidates {
        scene.line([(*x, frame.top), (*x, bottom)], 12, Ink::GRID);
    }
    for row in 1..panel.slots.len() {
        let y = frame.top + ROW * row as i32;
        scene.line([(frame.left, y), (frame.right, y)], 8, Ink::GRID);
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
    let room = GAP / 2 - 40;
    for at in fitting(&candidates, frame.left - room, frame.right + room, 130) {
        if let (Some((x, _, _)), Some(tick)) = (candidates.get(at), panel.axis.ticks.get(at)) {
            scene.line([(*x, bottom), (*x, bottom + 60)], 14, Ink::FRAME);
            scene.text((*x, bottom + 200), &tick.label, Face::SMALL, Anchor::Middle, Ink::GREY);
        }
    }
    for (row, slot) in panel.slots.iter().enumerate() {
        draw_slot(scene, (figure, &panel.axis), slot, frame, frame.y(row))?;
    }
    Ok(())
}

fn draw_slot(
    scene: &mut Scene,
    (figure, axis): (&Panels, &Axis),
    slot: &Slot,
    frame: &Frame,
    middle: i32,
) -> Result<(), ReportError> {
    // Runs stand below the estimate, so that neither hides the other.
    let (mark_y, links_y) = if slot.links.is_empty() { (middle, middle) } else { (middle - 95, middle + 120) };
    let strength = opacity(slot.links.len());
    let lanes = figure.links.len() as i32;
    let crowded = legend::tells_links_apart(figure) && slot.links.len() > figure.links.len() && lanes <= 4;
    for (link, value) in &slot.links {
        // Several runs a link: a lane a link.
        let lane = if crowded { (*link as i32 * 2 - lanes + 1) * 30 } else { 0 };
        legend::marker(scene, figure, *link, (frame.x(axis, *value), links_y + lane), strength);
    }
    match &slot.mark {
        Mark::Estimate { value, low, high } => estimate(scene, axis, frame, mark_y, (*value, *low, *high)),
        Mark::MoreThan { limit, words } => {
            let x = frame.x(axis, *limit);
            let tip = (x + 420).min(frame.right - 30).max(x + 150);
            scene.line([(x, mark_y), (tip - 100, mark_y)], INTERVAL, Ink::BLACK);
            scene.line([(x, mark_y - 80), (x, mark_y + 80)], INTERVAL, Ink::BLACK);
            head(scene, (tip, mark_y), (1, 0), Ink::BLACK);
            let width = text::width(words, Face::SMALL)?;
            if x - SPACE - width > frame.left {
                scene.text((x - SPACE, mark_y), words, Face::SMALL, Anchor::End, Ink::GREY);
            } else {
                scene.text((tip + SPACE, mark_y), words, Face::SMALL, Anchor::Start, Ink::GREY);
            }
        }
        Mark::Words(words) => {
            let words = text::elide(words, Face::SMALL, frame.right - frame.left - SPACE)?;
            scene.text((frame.left + SPACE, mark_y), words, Face::SMALL, Anchor::Start, Ink::GREY);
        }
    }
    Ok(())
}

fn estimate(
    scene: &mut Scene,
    axis: &Axis,
    frame: &Frame,
    y: i32,
    (value, low, high): (f64, Option<f64>, Option<f64>),
) {
    if let (Some(low), Some(high)) = (low, high) {
        let (left, right) = (frame.x(axis, low), frame.x(axis, high));
        scene.line([(left, y), (right, y)], INTERVAL, Ink::BLACK);
        if axis.beyond(low) {
            head(scene, (left, y), (-1, 0), Ink::BLACK);
        }
        if axis.beyond(high) {
            head(scene, (right, y), (1, 0), Ink::BLACK);
        }
    }
    scene.disc((frame.x(axis, value), y), DOT, Ink::BLACK);
}

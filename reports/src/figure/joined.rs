//! Critical-difference diagrams on paper: names to the left and right, lines up to the axis, bars between.

use super::critical::Ranking;
use super::layout::{DOT, INTERVAL, SPACE, fitting};
use super::scene::{Anchor, Face, Ink, Scene, WIDTH};
use super::text;
use crate::ReportError;

/// From one name to the next.
const ROW: i32 = 400;
/// From one bar to the next.
const BAR: i32 = 210;
/// The widest name.
const NAME: i32 = 3_600;

/// Draws the diagrams from `top` on and says where they end.
pub fn draw(scene: &mut Scene, rankings: &[Ranking], top: i32) -> Result<i32, ReportError> {
    let mut names = Vec::with_capacity(rankings.len());
    let mut widest = 0;
    for ranking in rankings {
        let mut own = Vec::with_capacity(ranking.places.len());
        for placed in &ranking.places {
            let said = text::showable(&placed.said);
            let name = text::elide(&placed.label, Face::LABEL, NAME)?;
            let (name_width, said_width) = (text::width(&name, Face::LABEL)?, text::width(&said, Face::SMALL)?);
            widest = widest.max(name_width + SPACE + said_width);
            own.push(Name { name, said, name_width });
        }
        names.push(own);
    }
    let mut y = top + 120;
    for (ranking, names) in rankings.iter().zip(&names) {
        y = one(scene, ranking, names, widest, y)? + 300;
    }
    Ok(y)
}

struct Name {
    name: String,
    said: String,
    name_width: i32,
}

/// The axis of one diagram.
struct Axis {
    left: i32,
    right: i32,
    last: f64,
}

impl Axis {
    fn x(&self, place: f64) -> i32 {
        let share = (place - 1.0) / (self.last - 1.0).max(1.0);
        self.left + (share.clamp(0.0, 1.0) * f64::from(self.right - self.left)).round() as i32
    }
}

fn one(scene: &mut Scene, ranking: &Ranking, names: &[Name], widest: i32, top: i32) -> Result<i32, ReportError> {
    let title = text::elide(&ranking.title, Face::PANEL, WIDTH - 200)?;
    scene.text((0, top), title, Face::PANEL, Anchor::Start, Ink::BLACK);
    let last = ranking.places.iter().map(|placed| placed.at).fold(ranking.places.len() as f64, f64::max);
    let side = widest + 2 * SPACE + 300;
    let axis = Axis { left: side, right: WIDTH - side - 50, last };
    let axis_y = top + 700;
    let first_bar = axis_y + 230;
    let first_row = first_bar + BAR * ranking.joined.len() as i32 + 200;
    let count = ranking.places.len();
    let half = count.div_ceil(2);

    let xs = spread(ranking, &axis);
    // Names: the better half to the left, the best on top; the others to the right, the worst on top.
    for (at, (name, x)) in names.iter().zip(&xs).enumerate() {
        let left = at < half;
        let row = if left { at } else { count - 1 - at };
        let (x, y) = (*x, first_row + ROW * row as i32);
        let end = if left { axis.left - 300 } else { axis.right + 300 };
        scene.line([(x, axis_y), (x, y), (end, y)], 14, Ink::GREY);
        let (anchor, sign) = if left { (Anchor::End, -1) } else { (Anchor::Start, 1) };
        let from = end + sign * SPACE;
        scene.text((from, y), &name.name, Face::LABEL, anchor, Ink::BLACK);
        let said = from + sign * (name.name_width + SPACE);
        scene.text((said, y), &name.said, Face::SMALL, anchor, Ink::GREY);
    }
    draw_axis(scene, &axis, axis_y)?;
    for (level, members) in ranking.joined.iter().enumerate() {
        let y = first_bar + BAR * level as i32;
        let at: Vec<i32> = members.iter().filter_map(|member| xs.get(*member).copied()).collect();
        if let (Some(first), Some(last)) = (at.iter().min(), at.iter().max()) {
            scene.line([(*first, y), (*last, y)], INTERVAL + 14, Ink::BLACK);
        }
        for x in at {
            scene.disc((x, y), DOT + 4, Ink::BLACK);
        }
    }
    Ok(first_row + ROW * half.max(1) as i32 - ROW / 2 + 60)
}

/// Where each system stands; those that share a place beside each other, so that their dots can be told apart.
fn spread(ranking: &Ranking, axis: &Axis) -> Vec<i32> {
    let same = |a: f64| ranking.places.iter().filter(move |placed| placed.at == a).count() as i32;
    let before = |at: usize, a: f64| ranking.places.iter().take(at).filter(|placed| placed.at == a).count() as i32;
    let x = |(at, a): (usize, f64)| axis.x(a) + 2 * (DOT + 20) * before(at, a) - (DOT + 20) * (same(a) - 1);
    ranking.places.iter().map(|placed| placed.at).enumerate().map(x).collect()
}

fn draw_axis(scene: &mut Scene, axis: &Axis, y: i32) -> Result<(), ReportError> {
    scene.line([(axis.left, y), (axis.right, y)], 20, Ink::BLACK);
    let mut ticks = Vec::new();
    for place in 1..=(axis.last.ceil() as i32).min(500) {
        let label = place.to_string();
        ticks.push((axis.x(f64::from(place)), text::width(&label, Face::SMALL)?, 0));
        scene.line([(axis.x(f64::from(place)), y - 60), (axis.x(f64::from(place)), y)], 14, Ink::BLACK);
    }
    for at in fitting(&ticks, axis.left - 400, axis.right + 400, 60) {
        if let Some((x, _, _)) = ticks.get(at) {
            scene.text((*x, y - 190), (at + 1).to_string(), Face::SMALL, Anchor::Middle, Ink::GREY);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::critical::Placed;
    use super::super::scene::Shape;
    use super::*;

    fn texts(scene: &Scene) -> Vec<(i32, i32, i32)> {
        scene
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text { at, text, face, anchor, .. } => {
                    let width = text::width(text, *face).unwrap();
                    let left = match anchor {
                        Anchor::Start => at.0,
                        Anchor::Middle => at.0 - width / 2,
                        Anchor::End => at.0 - width,
                    };
                    Some((left, left + width, at.1))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn names_stay_on_paper_and_apart() {
        for count in [3, 10, 25] {
            let places = (0..count).map(|at| Placed {
                label: format!("a system with a very long name {at}"),
                said: format!("{} [1, {count}]", at + 1),
                // Every third one shares its place with its neighbour.
                at: f64::from(if at % 3 == 1 { at } else { at + 1 }),
            });
            let joined = vec![(0..count as usize).collect()];
            let ranking = Ranking { title: "t".to_owned(), places: places.collect(), joined };
            let mut scene = Scene::default();
            let end = draw(&mut scene, &[ranking], 0).unwrap();
            let texts = texts(&scene);
            for (at, a) in texts.iter().enumerate() {
                assert!(a.0 >= 0 && a.1 <= WIDTH && a.2 < end, "{a:?}");
                for b in texts.iter().skip(at + 1) {
                    let apart = a.1 < b.0 || b.1 < a.0 || (a.2 - b.2).abs() >= 229;
                    assert!(apart, "{count}: {a:?} {b:?}");
                }
            }
            let discs: std::collections::BTreeSet<(i32, i32)> = scene
                .shapes
                .iter()
                .filter_map(|shape| match shape {
                    Shape::Disc { at, .. } => Some(*at),
                    _ => None,
                })
                .collect();
            assert_eq!(discs.len(), count as usize, "no two dots at one place");
        }
    }
}

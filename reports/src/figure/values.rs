//! Figures of one series: values by system, a panel a profile; and what both kinds of figure share.

use super::axis::{Axis, Extent};
use super::{Body, Figure, Mark, Orientation, Panel, Panels, Slot, legend};
use crate::cell::{Content, more_than};
use crate::notes::{Notes, statement};
use crate::view::Series;
use crate::words;
use meshbench_schemas::catalogue::{Better, SUCCESS_RATE, Scale, Unit};
use std::collections::BTreeMap;

/// The figure of a series: systems by value under the first profile, the bare network on top.
pub fn describe(series: &Series<'_>) -> Figure {
    let order = order(series);
    let panels = series
        .profiles
        .iter()
        .enumerate()
        .map(|(profile, name)| ((*name).to_owned(), order.iter().map(|row| slot(series, *row, profile)).collect()));
    let places = order.iter().filter_map(|row| series.rows.get(*row)).map(|row| row.label.clone()).collect();
    finish(series, series.name(), Orientation::Rows, series.title(), panels.collect(), places)
}

/// Rows from best to worst under the first profile that tells; rows without a number last.
fn order(series: &Series<'_>) -> Vec<usize> {
    let sign = if series.metric.better == Better::Lower { 1.0 } else { -1.0 };
    let worth = |row: usize| {
        let bare = series.rows.get(row).is_some_and(|row| row.system == "internal");
        let value = (0..series.profiles.len()).find_map(|profile| match series.content(row, profile) {
            Content::Value { value, .. } => Some((profile, value * sign)),
            _ => None,
        });
        (!bare, value.map_or(usize::MAX, |(profile, _)| profile), value.map_or(0.0, |(_, value)| value))
    };
    let mut rows: Vec<usize> = (0..series.rows.len()).collect();
    rows.sort_by(|a, b| {
        let (a, b) = (worth(*a), worth(*b));
        (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
    });
    rows
}

/// What stands at the place of a cell, in the series' unit.
pub(super) fn slot(series: &Series<'_>, row: usize, profile: usize) -> Slot {
    let scale = |x: f64| series.unit.scale(x);
    let mark = match series.content(row, profile) {
        Content::Value { value, low: None, high: None } => {
            Mark::Estimate { value: scale(value), low: None, high: None }
        }
        Content::Value { value, low, high } => Mark::Estimate {
            value: scale(value),
            low: Some(low.map_or(f64::NEG_INFINITY, scale)),
            high: Some(high.map_or(f64::INFINITY, scale)),
        },
        Content::MoreThan(limit) => Mark::MoreThan { limit: scale(limit), words: more_than(limit, series.unit) },
        Content::Words(words) => Mark::Words(words),
    };
    Slot { mark, links: series.values(row, profile).iter().map(|run| (run.link, scale(run.value))).collect() }
}

/// What must be inside an axis for these slots.
fn extent<'a>(series: &Series<'_>, slots: impl Iterator<Item = &'a Slot>) -> Extent {
    let mut extent = Extent::default();
    for slot in slots {
        extent.points.extend(slot.links.iter().map(|(_, value)| *value));
        match &slot.mark {
            Mark::Estimate { value, low, high } => {
                extent.points.push(*value);
                extent.ends.extend(low.iter().chain(high));
            }
            Mark::MoreThan { limit, .. } => {
                extent.points.push(*limit);
                extent.arrow = true;
            }
            Mark::Words(_) => {}
        }
    }
    let full = (series.metric.unit == Unit::Ratio).then(|| series.unit.scale(1.0));
    if let (Some(full), true) = (full, series.metric.id == SUCCESS_RATE.id) {
        extent.points.extend([0.0, full]);
    }
    extent.ceiling = full.filter(|full| extent.points.iter().all(|point| point <= full));
    extent
}

/// The least share of a common axis that every panel's points must take up, if it is to be common.
pub(super) const COMMON: f64 = 0.3;

/// Adds axes, notes and alternative text to titled panels. Columns share one axis. Panels of rows, which
/// compare systems under one profile, get an axis each where a common one would squeeze any of them.
pub(super) fn finish(
    series: &Series<'_>,
    name: String,
    orientation: Orientation,
    title: String,
    panels: Vec<(String, Vec<Slot>)>,
    places: Vec<String>,
) -> Figure {
    let may_log = series.metric.scale == Scale::Log;
    let all = extent(series, panels.iter().flat_map(|(_, slots)| slots));
    let axis = Axis::new(may_log, &all);
    let extents: Vec<Extent> = panels.iter().map(|(_, slots)| extent(series, slots.iter())).collect();
    let squeezed = extents.iter().any(|extent| !extent.points.is_empty() && axis.filled_by(extent) < COMMON);
    let own = orientation == Orientation::Rows && panels.len() > 1 && squeezed;
    let words_only =
        panels.iter().flat_map(|(_, slots)| slots).filter(|slot| matches!(slot.mark, Mark::Words(_))).count();
    let cells = panels.iter().map(|(_, slots)| slots.len()).sum::<usize>();

    let mut quantity = series.quantity();
    if axis.log && !own {
        quantity.push_str(", log scale");
    }
    match series.metric.better {
        Better::Higher => quantity.push_str(" (higher is better)"),
        Better::Lower => quantity.push_str(" (lower is better)"),
        Better::Neither => {}
    }
    if own {
        quantity.push_str("; each panel has its own axis");
    }
    let panels = panels.into_iter().zip(extents).map(|((title, slots), extent)| {
        let axis = if own { Axis::new(may_log, &extent) } else { axis.clone() };
        let title = if own && axis.log { format!("{title} (log scale)") } else { title };
        Panel { title, axis, slots }
    });
    let panels: Vec<Panel> = panels.collect();
    let alternative = format!(
        "{title}. Estimates with intervals for {} under {}; {} of {cells} cells have no number. The table of the same name holds the \
         same numbers.",
        words::many(series.rows.len() as u64, "system"),
        words::many(series.profiles.len() as u64, "profile"),
        if words_only == 0 { "none".to_owned() } else { words_only.to_string() },
    );
    let panels = Panels { orientation, panels, places, quantity, links: series.links.clone() };
    let notes = notes(series, &panels);
    Figure { name, series: series.name(), title, body: Body::Panels(panels), notes, alternative }
}

fn notes(series: &Series<'_>, figure: &Panels) -> Vec<String> {
    // A figure has no room for a mark at each cell: it counts the cells that differ instead.
    let mut statements: BTreeMap<String, usize> = BTreeMap::new();
    for ((row, profile), estimate) in series.estimates() {
        if !matches!(series.content(row, profile), Content::Words(_)) {
            *statements.entry(statement(estimate)).or_default() += 1;
        }
    }
    let mut by_count: Vec<(String, usize)> = statements.into_iter().collect();
    by_count.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut notes = Vec::new();
    for (at, (statement, count)) in by_count.iter().enumerate() {
        let statement = statement.replace("brackets:", "bar:");
        match (at, by_count.len()) {
            (0, 1) => notes.push(words::sentence(&format!("dot: {statement}"))),
            (0, _) => {
                notes.push(words::sentence(&format!("dot ({}): {statement}", words::many(*count as u64, "cell"))))
            }
            (1..=3, _) => notes.push(words::sentence(&format!("{}: {statement}", words::many(*count as u64, "cell")))),
            (4, _) => notes.push("The table of the same name says which cells differ further.".to_owned()),
            _ => break,
        }
    }
    let mut extra = Vec::new();
    if !series.links.is_empty() {
        extra.push(if legend::tells_links_apart(figure) {
            "Small markers: single runs, one marker a link.".to_owned()
        } else {
            "Small markers: single runs.".to_owned()
        });
    }
    let cut = figure.panels.iter().any(|panel| {
        panel.slots.iter().any(|slot| match &slot.mark {
            Mark::Estimate { low, high, .. } => low.iter().chain(high).any(|end| panel.axis.beyond(*end)),
            _ => false,
        })
    });
    if cut {
        extra.push("A bar with an arrow head goes on beyond the axis.".to_owned());
    }
    let general: Vec<String> = Notes::of(series).general.into_iter().skip(1).collect();
    let said_of_all = general.clone();
    extra.extend(general);
    if !extra.is_empty() {
        notes.push(extra.join(" "));
    }
    for (code, sentence) in series.findings.iter().filter(|(_, sentence)| !said_of_all.contains(sentence)) {
        let touched =
            series.estimates().filter(|(_, e)| e.findings.iter().any(|found| found.as_str() == *code)).count();
        notes.push(format!("{} ({}).", sentence.trim_end_matches('.'), words::many(touched as u64, "cell")));
    }
    notes
}

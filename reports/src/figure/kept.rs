//! What each system keeps of its own baseline: a panel an impaired profile, a row a system.

use super::axis::{Axis, Extent};
use super::values::COMMON;
use super::{Body, Figure, Mark, Orientation, Panel, Panels, Slot};
use crate::compare::{Comparison, Names, Seen, shares};
use crate::words;
use meshbench_schemas::catalogue::Better;
use std::collections::BTreeMap;

/// The figure; `None` where no share is known.
pub fn describe(comparison: &Comparison<'_>, names: &Names<'_>) -> Option<Figure> {
    let shares = shares(comparison)?;
    let mut places: Vec<(&str, &str)> = shares.places.iter().copied().collect();
    places.sort_by(|a, b| (names.order(a.0), a.1).cmp(&(names.order(b.0), b.1)));
    let many = places.iter().any(|place| place.1 != places.first().map_or("", |first| first.1));
    let label = |(system, tuning): &(&str, &str)| {
        let name = names.system(system);
        if many { format!("{name} ({tuning})") } else { name.to_owned() }
    };
    let rows = |profile: &str| -> Vec<Slot> {
        let mark = |(system, tuning): &(&str, &str)| mark(shares.of.get(&(*system, *tuning, profile)).copied());
        places.iter().map(|place| Slot { mark: mark(place), links: Vec::new() }).collect()
    };
    let panels: Vec<(String, Vec<Slot>)> =
        shares.profiles.iter().map(|profile| ((*profile).to_owned(), rows(profile))).collect();
    let extents: Vec<Extent> = panels.iter().map(|(_, slots)| extent(slots.iter())).collect();
    let all = extent(panels.iter().flat_map(|(_, slots)| slots));
    let axis = Axis::new(true, &all);
    let squeezed = extents.iter().any(|extent| !extent.points.is_empty() && axis.filled_by(extent) < COMMON);
    let own = panels.len() > 1 && squeezed;
    let panels: Vec<Panel> = panels
        .into_iter()
        .zip(extents)
        .map(|((title, slots), extent)| {
            let axis = if own { Axis::new(true, &extent) } else { axis.clone() };
            let title = if own && axis.log { format!("{title} (log scale)") } else { title };
            Panel { title, axis, slots }
        })
        .collect();
    let better = match comparison.metric.better {
        Better::Higher => " (higher is better)",
        Better::Lower => " (lower is better)",
        Better::Neither => "",
    };
    let scale = if axis.log && !own { ", log scale" } else { "" };
    let each = if own { "; each panel has its own axis" } else { "" };
    let quantity = format!("{} over that under {}{scale}{better}{each}", comparison.metric.title, shares.reference);
    let title = format!("{}, share of own {}", comparison.title(), shares.reference);
    let known = shares.of.values().filter(|seen| seen.is_ratio() && seen.value().is_some()).count();
    let alternative = format!(
        "{title}. Ratios with intervals for {} under {}; {known} of {} are known. The table of the same name holds the same numbers.",
        words::many(places.len() as u64, "system"),
        words::many(shares.profiles.len() as u64, "profile"),
        places.len() * shares.profiles.len()
    );
    let cut = panels.iter().any(|panel| {
        panel.slots.iter().any(|slot| match &slot.mark {
            Mark::Estimate { low, high, .. } => low.iter().chain(high).any(|end| panel.axis.beyond(*end)),
            _ => false,
        })
    });
    let mut notes = notes(shares.of.values().copied(), names);
    if cut {
        notes.push("A bar with an arrow head goes on beyond the axis.".to_owned());
    }
    let places = places.iter().map(label).collect();
    let body = Panels { orientation: Orientation::Rows, panels, places, quantity, links: Vec::new() };
    let name = format!("{}-kept", comparison.name());
    Some(Figure { name, series: comparison.name(), title, body: Body::Panels(body), notes, alternative })
}

/// What must be inside an axis for these slots.
fn extent<'a>(slots: impl Iterator<Item = &'a Slot>) -> Extent {
    let mut extent = Extent::default();
    for slot in slots {
        if let Mark::Estimate { value, low, high } = &slot.mark {
            extent.points.push(*value);
            extent.ends.extend(low.iter().chain(high));
        }
    }
    extent
}

fn mark(seen: Option<Seen<'_>>) -> Mark {
    let Some(seen) = seen else { return Mark::Words("not run".to_owned()) };
    match (seen.value(), seen.interval()) {
        (Some(_), _) if !seen.is_ratio() => Mark::Words("a difference".to_owned()),
        (Some(value), (None, None)) => Mark::Estimate { value, low: None, high: None },
        (Some(value), (low, high)) => Mark::Estimate {
            value,
            low: Some(low.unwrap_or(f64::NEG_INFINITY)),
            high: Some(high.unwrap_or(f64::INFINITY)),
        },
        (None, _) => Mark::Words("no value".to_owned()),
    }
}

/// What the dots are and what touches them, with the number of cells.
fn notes<'a>(all: impl Iterator<Item = Seen<'a>>, names: &Names<'_>) -> Vec<String> {
    let mut bases: BTreeMap<String, usize> = BTreeMap::new();
    let mut remarks: BTreeMap<String, usize> = BTreeMap::new();
    for seen in all {
        if seen.is_ratio() && seen.value().is_some() {
            *bases.entry(crate::compare::effect(seen)).or_default() += 1;
        }
        for remark in crate::compare::touching(seen.row, names) {
            *remarks.entry(remark).or_default() += 1;
        }
    }
    let counted = |map: BTreeMap<String, usize>| {
        let mut list: Vec<(String, usize)> = map.into_iter().collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list
    };
    let bases = counted(bases);
    let one = bases.len() == 1;
    let mut notes: Vec<String> = bases
        .into_iter()
        .map(|(basis, count)| {
            let basis = basis.replace("brackets:", "bar:");
            let of = if one { "dot".to_owned() } else { format!("dot ({})", words::many(count as u64, "cell")) };
            words::sentence(&format!("{of}: {basis}"))
        })
        .collect();
    notes.extend(counted(remarks).into_iter().map(|(remark, count)| {
        format!("{} ({}).", words::sentence(&remark).trim_end_matches('.'), words::many(count as u64, "cell"))
    }));
    notes
}

//! Tables of effects: systems against the bare network, tunings against each other, shares kept.

use super::seen::{Seen, against_internal};
use super::{Comparison, INTERNAL, Names, said};
use crate::grid::{Cell, Draft, Grid, Kind};
use crate::number::{Digits, probability};
use crate::order;
use crate::units::Shown as Unit;
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::words::{Answer, Contrasted, EffectKind};

const COLUMNS: [(&str, Kind); 5] = [
    ("Effect", Kind::Value),
    ("p", Kind::Number),
    ("p, adjusted", Kind::Number),
    ("Answer", Kind::Words),
    ("Blocks for margin", Kind::Number),
];

/// What the effects of a comparison are shown in, ratios aside.
pub(super) fn unit(comparison: &Comparison<'_>) -> Unit {
    let differences = comparison.contrasts.iter().filter(|row| row.effect != EffectKind::Ratio);
    Unit::choose(comparison.metric.unit, differences.filter_map(|row| row.value))
}

/// One row on its way into the table.
struct Entry<'a> {
    seen: Seen<'a>,
    group: &'a str,
    tuning: &'a str,
    label: String,
    first: (bool, String, &'a str),
}

/// The table of contrasts of one kind; `None` where there are none. Systems, and what they keep of their baselines, are
/// shown against the bare network.
pub fn grid(comparison: &Comparison<'_>, kind: Contrasted, names: &Names<'_>) -> Option<Grid> {
    let mut entries: Vec<Entry<'_>> =
        comparison.contrasts.iter().filter(|row| row.kind == kind).filter_map(|row| entry(row, kind, names)).collect();
    entries.sort_by(|a, b| {
        let key = |e: &Entry<'_>| (e.tuning.to_owned(), !e.seen.is_ratio());
        order::profile(a.group)
            .cmp(&order::profile(b.group))
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| (&a.first, &a.label).cmp(&(&b.first, &b.label)))
    });
    let reference = entries.iter().find_map(|e| e.seen.row.reference.as_deref()).unwrap_or("baseline");
    let (suffix, what, rows_are) = match kind {
        Contrasted::System => ("contrasts", format!("against {}", names.system(INTERNAL)), "System"),
        Contrasted::Tuning => ("tunings", "tunings against each other".to_owned(), "System and tunings"),
        Contrasted::Response => ("kept", format!("against own {reference}"), "System"),
        Contrasted::Interaction => {
            ("interactions", format!("what is kept of own {reference}, against {}", names.system(INTERNAL)), "System")
        }
    };
    let title = format!("{}, {what}", comparison.title());
    // Nothing stands in the last column unless some answer is open.
    let planned = entries.iter().any(|e| e.seen.row.blocks_for_margin.is_some());
    let columns = if planned { &COLUMNS[..] } else { COLUMNS.split_last().map_or(&[][..], |(_, columns)| columns) };
    let mut draft = Draft::new(format!("{}-{suffix}", comparison.name()), title, rows_are, columns);
    draft.note(direction(comparison, kind, reference, entries.iter().map(|e| e.seen)));
    let unit = unit(comparison);
    for e in &entries {
        let effect = if e.seen.is_ratio() {
            "ratio, 1 is no difference".to_owned()
        } else {
            format!("difference in {}, 0 is none", said::unit_name(unit))
        };
        let heading = comparison.heading(e.group, e.tuning);
        let group = if heading.is_empty() { effect } else { format!("{heading}: {effect}") };
        let cells = cells(e.seen, unit).into_iter().take(columns.len()).collect();
        draft.row(&group, e.label.clone(), cells, said::remarks(e.seen, names));
        if let Some(basis) = said::basis(e.seen) {
            draft.basis(basis);
        }
    }
    let rows = || entries.iter().map(|e| e.seen.row);
    draft.note(said::families(rows(), names));
    draft.note(said::margins(rows(), unit));
    if planned {
        draft.note(
            "blocks for margin: how many would show a difference of the margin with a power of about 80\u{a0}%, by sign flips at \
             the first step of the adjustment, if blocks go on to differ as they did",
        );
    }
    for answer in [Answer::Equivalent, Answer::NotResolved, Answer::CannotTell] {
        if entries.iter().any(|e| e.seen.answer() == answer) {
            draft.note(format!("“{}”: {}", said::answer(answer), said::meaning(answer)));
        }
    }
    draft.finish()
}

fn entry<'a>(row: &'a Contrast, kind: Contrasted, names: &Names<'_>) -> Option<Entry<'a>> {
    let profile = row.profile.as_deref().unwrap_or_default();
    let tuning = row.tuning.as_deref().unwrap_or_default();
    let ordered = |system: &'a str| {
        let (internal, label, _, _, _) = names.order(system);
        (internal, label, system)
    };
    let (seen, group, label, system) = match kind {
        Contrasted::System | Contrasted::Interaction => {
            let seen = against_internal(row)?;
            (seen, profile, names.system(seen.side()).to_owned(), seen.side())
        }
        Contrasted::Tuning => {
            let system = row.system.as_deref().unwrap_or_default();
            let label = format!("{}: {} against {}", names.system(system), row.left_side, row.right_side);
            (Seen::from_left(row), profile, label, system)
        }
        Contrasted::Response => {
            let system = row.system.as_deref().unwrap_or_default();
            // The impaired side first, whichever side of the row it is.
            let turned = row.reference.is_some() && row.reference.as_deref() == Some(&*row.left_side);
            let seen = if turned { Seen::from_right(row) } else { Seen::from_left(row) };
            (seen, seen.side(), names.system(system).to_owned(), system)
        }
    };
    Some(Entry { seen, group, tuning, label, first: ordered(system) })
}

fn cells(seen: Seen<'_>, unit: Unit) -> Vec<Cell> {
    let row = seen.row;
    let p = |p: Option<f64>, error: Option<f64>| match (p, error.filter(|error| *error > 0.0)) {
        (Some(p), Some(error)) => Cell::Number(format!("{} ± {}", probability(p), small(error))),
        (Some(p), None) => Cell::Number(probability(p)),
        (None, _) => Cell::Number("–".to_owned()),
    };
    let unit = if seen.is_ratio() { said::no_unit() } else { unit };
    let effect = match (seen.value(), seen.interval()) {
        (Some(value), (low, high)) => Cell::Value(Digits::new(unit, value, low, high)),
        (None, _) => Cell::Words("no value".to_owned()),
    };
    vec![
        effect,
        p(row.p, row.p_error),
        p(row.p_adjusted, None),
        Cell::Words(said::answer(seen.answer()).to_owned()),
        row.blocks_for_margin.map_or(Cell::Nothing, |blocks| Cell::Number(blocks.to_string())),
    ]
}

/// The error of a p, which needs one digit.
fn small(error: f64) -> String {
    if error < 0.001 { "0.001".to_owned() } else { format!("{error:.3}") }
}

/// Which effects are good ones.
fn direction<'a>(
    comparison: &Comparison<'_>,
    kind: Contrasted,
    reference: &str,
    all: impl Iterator<Item = Seen<'a>>,
) -> String {
    use meshbench_schemas::catalogue::Better;
    let of = match kind {
        Contrasted::System => "effect of the system, against the bare network".to_owned(),
        Contrasted::Tuning => "effect of the tuning named first, against the second".to_owned(),
        Contrasted::Response => {
            format!("what the system has under the impairment, against what it has under {reference}")
        }
        Contrasted::Interaction => {
            format!("what the system keeps of its own {reference}, against what the bare network keeps of its own")
        }
    };
    let (mut ratios, mut differences) = (false, false);
    for seen in all {
        (ratios, differences) = (ratios || seen.is_ratio(), differences || !seen.is_ratio());
    }
    let high = match (ratios, differences) {
        (true, true) => "a ratio above 1 or a difference above 0",
        (false, true) => "above 0",
        _ => "above 1",
    };
    match comparison.metric.better {
        Better::Higher => format!("{of}; {high} is better"),
        Better::Lower => format!("{of}; {high} is worse"),
        Better::Neither => format!("{of}; neither end is the good one"),
    }
}

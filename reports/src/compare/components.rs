//! Where the next repetition should go.

use super::{Comparison, Names};
use crate::grid::{Cell, Draft, Grid, Kind};
use crate::number::bound;
use crate::units::Shown as Unit;
use crate::{order, words};
use meshbench_schemas::catalogue::{Scale, Unit as Base};
use meshbench_schemas::stage::Components;
use meshbench_schemas::words::NextLevel;

const COLUMNS: [(&str, Kind); 8] = [
    ("Links", Kind::Number),
    ("Blocks", Kind::Number),
    ("Residual", Kind::Number),
    ("Within a run", Kind::Number),
    ("Intraclass", Kind::Number),
    ("n", Kind::Words),
    ("Next", Kind::Words),
    ("Blocks for target", Kind::Number),
];

/// The table of components; `None` where there are none.
pub fn grid(comparison: &Comparison<'_>, names: &Names<'_>) -> Option<Grid> {
    let mut rows = comparison.components.clone();
    rows.sort_by(|a, b| {
        let place = |row: &Components| (row.tuning.to_string(), row.scale.to_string());
        order::profile(&a.profile)
            .cmp(&order::profile(&b.profile))
            .then_with(|| place(a).cmp(&place(b)))
            .then_with(|| names.order(&a.system).cmp(&names.order(&b.system)))
    });
    let linear = rows.iter().filter(|row| row.scale != Scale::Log);
    let unit = Unit::choose(comparison.metric.unit, linear.filter_map(|row| row.residual_sd));
    let title = format!("{}, components of variance", comparison.title());
    let mut draft = Draft::new(format!("{}-components", comparison.name()), title, "System", &COLUMNS);
    for row in &rows {
        let (unit, scale) = if row.scale == Scale::Log {
            (Unit::choose(Base::Ratio, []), "of the value, in %, on the logarithmic scale".to_owned())
        } else if unit.text.is_empty() {
            (unit, "in counts".to_owned())
        } else {
            (unit, format!("in {}", unit.text))
        };
        let deviation = |x: Option<f64>| number(x.map(|x| bound(unit, x)));
        let cells = vec![
            deviation(row.links_sd),
            deviation(row.blocks_sd),
            deviation(row.residual_sd),
            deviation(row.within_run_sd),
            number(row.intraclass_correlation.map(|share| format!("{share:.2}"))),
            Cell::Words(format!(
                "{}, {}",
                words::many(row.links.into(), "link"),
                words::many(row.blocks.into(), "block")
            )),
            Cell::Words(if row.next == NextLevel::None { "–".to_owned() } else { row.next.to_string() }),
            number(row.blocks_for_target.map(|blocks| blocks.to_string())),
        ];
        let group = format!("{}: standard deviations {scale}", comparison.heading(&row.profile, &row.tuning));
        let reason = row.reason.iter().filter(|reason| !reason.is_empty()).cloned().collect();
        draft.row(&group, names.system(&row.system).to_owned(), cells, reason);
    }
    draft.note(
        "Standard deviations between links (how much they differ for good), between blocks (common to all links of one), of what \
         remains, and of a run's value by its own samples. Intraclass: share of a run's variance that its block brings",
    );
    draft.note("next: what should be repeated next, more blocks, or longer or more runs in a block");
    let mut targets: Vec<String> =
        rows.iter().filter(|row| row.blocks_for_target.is_some()).map(|row| words::percent(row.target)).collect();
    targets.sort();
    targets.dedup();
    if !targets.is_empty() {
        draft.note(format!(
            "blocks for target: blocks for an interval of ±\u{2009}{} of the value",
            targets.join(" or ")
        ));
    }
    draft.finish()
}

fn number(text: Option<String>) -> Cell {
    Cell::Number(text.unwrap_or_else(|| "–".to_owned()))
}

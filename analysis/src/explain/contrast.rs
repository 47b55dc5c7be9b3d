//! Why a contrast says what it says.

use crate::comparisons::contrasts::Grids;
use crate::comparisons::grid::{Grid, differences};
use crate::estimates::campaign::Column;
use crate::options::{Adjustment, Options, Replicate};
use crate::sentence;
use meshbench_reports::number::pretty;
use meshbench_schemas::catalogue::Scale;
use meshbench_schemas::comparison::{Contrast, Contrasted};
use meshbench_schemas::table::Symbol;
use meshbench_terminal::{Column as Shape, Page, Table};
use std::fmt::Write;

/// The data, the steps and the sources behind a contrast of two cells.
pub fn explain(grids: &Grids<'_>, column: &Column, row: &Contrast, (options, page): (&Options, Page)) -> String {
    let mut text = String::new();
    let cell = |system: Option<&Symbol>, tuning: Option<&Symbol>, profile: Option<&Symbol>| {
        let is = |grid: &&Grid<'_>| {
            (Some(grid.name.system), Some(grid.name.tuning), Some(grid.name.profile)) == (system, tuning, profile)
        };
        grids.values().find(is)
    };
    let (system, tuning, profile) = (row.system.as_ref(), row.tuning.as_ref(), row.profile.as_ref());
    let side = |of: &Symbol| match row.kind {
        Contrasted::System | Contrasted::Interaction => cell(Some(of), tuning, profile),
        Contrasted::Tuning => cell(system, Some(of), profile),
        Contrasted::Response => cell(system, tuning, Some(of)),
    };
    let terms = || -> Option<Vec<(f64, &Grid<'_>)>> {
        let mut terms = vec![(1.0, side(&row.left_side)?), (-1.0, side(&row.right_side)?)];
        if row.kind == Contrasted::Interaction {
            let base = row.reference.as_ref();
            terms.push((-1.0, cell(Some(&row.left_side), tuning, base)?));
            terms.push((1.0, cell(Some(&row.right_side), tuning, base)?));
        }
        Some(terms)
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}\n", page.line("", &sentence::contrast(row)));
    if let (Some(terms), "sign-flip" | "ar1") = (terms(), &*row.test)
        && let Ok(found) = differences(&terms, column.metric)
    {
        let log = found.scale == Scale::Log;
        let (left, right) = match (row.kind, row.profile.as_deref(), row.reference.as_deref()) {
            (Contrasted::Interaction, Some(profile), Some(base)) => {
                let sign = if log { "/" } else { "−" };
                let kept = |system: &Symbol| format!("({system} at {profile} {sign} {system} at {base})");
                (kept(&row.left_side), kept(&row.right_side))
            }
            _ => (row.left_side.to_string(), row.right_side.to_string()),
        };
        let of = if log {
            format!("{left} / {right}")
        } else {
            format!("{left} − {right} in {}", column.metric.unit.as_str())
        };
        let _ = writeln!(text, "{}\n", page.line("", &format!("Data: {of}, on the same link in the same block:")));
        let links = found.names.iter().map(|(source, target)| format!("{source}→{target}"));
        let titles = std::iter::once("block".to_owned()).chain(links).chain(["mean".to_owned()]);
        let mut table = Table::new(titles.map(Shape::number));
        let number = |value: f64| pretty(&format!("{:.4}", if log { value.exp() } else { value }));
        for (block, links) in &found.values {
            let mean = links.iter().sum::<f64>() / links.len().max(1) as f64;
            let cells = std::iter::once(block.to_string()).chain(links.iter().map(|value| number(*value)));
            table.row(cells.chain([number(mean)]));
        }
        let _ = writeln!(text, "{}", table.print(page));
    }
    text += &super::numbered(&steps(row, options), page);
    if !row.warnings.is_empty() || !row.findings.is_empty() {
        let _ = writeln!(text);
    }
    text + &super::touching(&row.warnings, &row.findings, page)
}

fn steps(row: &Contrast, options: &Options) -> Vec<String> {
    let mut steps = Vec::new();
    let log = &*row.effect == "ratio";
    match &*row.test {
        "sign-flip" => {
            let scale = if log { "The logarithm of the ratio" } else { "The difference" };
            let unit = match (&*row.covers, options.replicate) {
                ("links", _) => "There is one block, so each link is one difference.",
                (_, Replicate::LinkInBlock) => "Each link in each block is one difference, as asked.",
                _ => "Its mean over the links is the one difference of a block.",
            };
            steps.push(format!(
                "{scale} is taken on the same link in the same block, so that what both sides share there cancels. {unit} \
                 That makes {}, from {} of {} blocks and {} of {} links.",
                row.pairs, row.blocks, row.blocks_expected, row.links, row.links_expected
            ));
            let walsh = u64::from(row.pairs) * (u64::from(row.pairs) + 1) / 2;
            steps.push(match &*row.method {
                "hodges-lehmann" => format!(
                    "The effect is the median of the {walsh} means of two differences, each with itself among them (Hodges and \
                     Lehmann, 1963); the interval is what the exact signed-rank test does not reject, {:.3} % of confidence for \
                     {} % asked.",
                    row.achieved_confidence.unwrap_or(row.confidence) * 100.0,
                    row.confidence * 100.0
                ),
                _ => format!(
                    "With {} differences no signed-rank interval has {} %, so the effect is their mean with Student's t, which \
                     rests on normality.",
                    row.pairs,
                    row.confidence * 100.0
                ),
            });
            if let Some(p) = row.p {
                let how = match row.p_error {
                    Some(error) => format!("of randomly drawn ones; Monte Carlo error {error:.1e}"),
                    None => "counted exactly".to_owned(),
                };
                steps.push(format!(
                    "If neither side were better, each difference could as well have the other sign: of all such sign changes the \
                     share with a sum at least as far from zero is {} ({how}; Fisher, 1935; Pitman, 1937).",
                    sentence::p(p)
                ));
            }
        }
        "ar1" => steps.push(format!(
            "{} is taken on the same link in the same block, and its mean over the links is the one difference of a block: {}, from \
             {} of {} blocks and {} of {} links. Neighbouring blocks are alike, or were said to be, so interval, p and equivalence \
             come from what a stationary autoregressive series of these differences leaves of its mean, over all correlations \
             between neighbours from 0 to 0.9, each weighted by how well it fits (Zellner and Tiao, 1964).",
            if log { "The logarithm of the ratio" } else { "The difference" },
            row.pairs, row.blocks, row.blocks_expected, row.links, row.links_expected
        )),
        "stratified-log-rank" => steps.push(format!(
            "Some durations were stopped at a limit, so the curves of what still runs are compared by the log-rank test (Mantel, \
             1966) within each of {} links, with all ways to deal the runs of a link out to the two sides for its p; the effect is \
             the ratio of Kaplan-Meier medians over all these links where both exist.",
            row.links
        )),
        "fisher" => steps.push(
            "Shares of successful attempts differ by Newcombe's interval (1998, method 10), and are tested by Fisher's exact test \
             (1935); attempts of all links and blocks are counted together."
                .to_owned(),
        ),
        "log-rank" => steps.push(
            "Some durations were stopped at a limit, so the curves of what still runs are compared by the log-rank test (Mantel, \
             1966) over runs, with all ways to deal them out to the two sides for its p; the effect is the ratio of Kaplan-Meier medians where both exist."
                .to_owned(),
        ),
        _ => steps.push(format!("There is no test: {}.", row.reason.clone().unwrap_or_default())),
    }
    if let Some(adjusted) = row.p_adjusted {
        let year = match options.adjustment {
            Adjustment::Holm => 1979,
            Adjustment::BenjaminiHochberg => 1995,
        };
        let method = format!("{} ({year})", options.adjustment.name());
        steps.push(format!(
            "The family is \"{}\" with {} tests; adjusted by {method}: {}.",
            row.family,
            row.family_size,
            sentence::p(adjusted)
        ));
    }
    if row.simultaneous_low.is_some() || row.simultaneous_high.is_some() {
        steps.push(together(row));
    }
    if let (Some(smallest), Some(adjusted)) = (row.smallest_p, row.smallest_p_adjusted) {
        let needed =
            row.blocks_needed.map(|blocks| format!(" {blocks} blocks are the least that could.")).unwrap_or_default();
        steps.push(format!(
            "The smallest that this design could give is {}, and {} adjusted, against an alpha of {}.{needed}",
            sentence::p(smallest),
            sentence::p(adjusted),
            options.alpha()
        ));
    }
    if let Some(p) = row.p_equivalence {
        steps.push(format!(
            "Two one-sided signed-rank tests ask whether the difference lies within the margin ({}): {} adjusted \
             (Schuirmann, 1987).",
            sentence::margin(&row.effect, &row.metric, row.margin),
            sentence::p(p)
        ));
    }
    if let (Some(share), Some(low), Some(high)) = (row.superiority, row.superiority_low, row.superiority_high) {
        steps.push(format!(
            "{} has the larger value in a share of {share:.2} [{low:.2}, {high:.2}] of the differences (Cliff's delta {:+.2}).",
            row.left_side,
            2.0 * share - 1.0
        ));
    }
    if let Some(blocks) = row.blocks_for_margin {
        steps.push(format!(
            "If blocks go on to differ as they did, {blocks} of them would resolve a difference as large as the margin with a \
             power of 80 % (one test, normal differences)."
        ));
    }
    steps
}

/// The interval that agrees with the adjusted test.
fn together(row: &Contrast) -> String {
    let shown = |value: f64| pretty(&format!("{:.4}", value));
    let low = row.simultaneous_low.map_or("−∞".to_owned(), shown);
    let high = row.simultaneous_high.map_or("∞".to_owned(), shown);
    let unit = if &*row.effect == "ratio" { String::new() } else { format!(" {}", row.unit) };
    let level = row.simultaneous_confidence.unwrap_or(row.confidence) * 100.0;
    match &*row.simultaneous {
        "bonferroni-holm" => format!(
            "Together with the other intervals of the family ({level:.3} % each, so that {} % hold at once by Bonferroni's \
             inequality) it is {low} to {high}{unit}, ended at no difference exactly where Holm rejects it.",
            row.confidence * 100.0
        ),
        _ => format!(
            "Of the intervals of all differences that are found, {} % hold on average if each has {level:.3} % (Benjamini and \
             Yekutieli, 2005): {low} to {high}{unit}.",
            row.confidence * 100.0
        ),
    }
}

//! A plan as sentences and tables, or as data.

use super::Plan;
use super::sentences::{metric, percent, time};
use crate::error::AnalysisError;
use crate::print::{self, Format};
use meshbench_schemas::printed::Planned;
use meshbench_schemas::words::{PlannedKind, Prospect};
use meshbench_terminal::{Column, Page, Table};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The plan in a format.
pub fn print(plan: &Plan, (format, lines): (Format, Page)) -> Result<String, AnalysisError> {
    print::print((format, lines), plan, &plan.rows, |page| text(plan, page))
}

fn text(plan: &Plan, page: Page) -> String {
    let mut text = String::new();
    for sentence in &plan.summary {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", page.line(if page.is_markdown() { "* " } else { "" }, sentence));
    }
    let blocks: Vec<u32> = plan.rows.iter().map(|row| row.blocks).collect::<BTreeSet<_>>().into_iter().collect();
    let columns = || blocks.iter().map(|blocks| Column::number(blocks.to_string())).collect::<Vec<_>>();
    let mut add = |title: &str, header: Vec<Column>, rows: Vec<Vec<String>>| {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new(header);
        for row in rows {
            table.row(row);
        }
        text += &format!("\n{}{}", print::heading(title, page), table.print(page));
    };
    let names = |names: &[&str]| names.iter().map(|name| Column::name(*name).shared()).collect::<Vec<_>>();
    let end = || vec![Column::name("needed").shared(), Column::words("note").shared()];
    let all = |kind: PlannedKind| -> Vec<&Planned> { plan.rows.iter().filter(|row| row.kind == kind).collect() };
    let (pairs, intervals) = (all(PlannedKind::Pair), all(PlannedKind::Interval));

    let header = [names(&["metric", "profile", "tuning", "tests", "least"]), columns()].concat();
    let known = plan.rows.iter().any(|row| row.deviation.is_some());
    let title = if known {
        "Pairs resolved, by blocks"
    } else {
        "What could be told, by blocks (?: no p is small enough; –: it could, and the pilot does not say whether it \
         would)"
    };
    add(title, header, families(&pairs, &blocks));
    // Without any spread there is nothing to show of single intervals and pairs.
    let (pairs, intervals) = if known { (pairs, intervals) } else { (Vec::new(), Vec::new()) };
    let same_metric =
        |a: &&Planned, b: &&Planned| (a.workload, &a.metric, a.direction) == (b.workload, &b.metric, b.direction);
    for group in intervals.chunk_by(same_metric) {
        let Some(first) = group.first() else { continue };
        let title =
            format!("{}: expected half-width, by blocks", metric(first.workload, &first.metric, first.direction));
        let header = [names(&["system", "profile", "tuning", "sd"]), columns(), end()].concat();
        let cell = |row: &Planned| row.half_width.map_or("–".to_owned(), percent);
        let rows = subjects(group).map(|rows| {
            let lead = |row: &Planned| {
                vec![row.left_side.to_string(), row.profile.to_string(), row.tuning.to_string(), shown(row.deviation)]
            };
            line(&rows, lead, cell)
        });
        add(&title, header, rows.collect());
    }
    for group in pairs.chunk_by(same_metric) {
        let Some(first) = group.first() else { continue };
        let title = format!(
            "{}: smallest difference that would be found, and what would become of the one seen, by blocks",
            metric(first.workload, &first.metric, first.direction)
        );
        let header = [names(&["left", "right", "profile", "tuning", "seen", "sd"]), columns(), end()].concat();
        let cell = |row: &Planned| {
            let smallest = row.detectable.map_or("–".to_owned(), percent);
            let sign = match row.outcome {
                Prospect::Different => "≠",
                Prospect::Equivalent => "=",
                Prospect::Open => "~",
                Prospect::CannotTell => "?",
                Prospect::Reached | Prospect::Unknown => "",
            };
            format!("{smallest} {sign}").trim_end().to_owned()
        };
        // Each pair's rows stand apart, a family at a time.
        let rows = subjects(group).map(|rows| {
            let lead = |row: &Planned| {
                vec![
                    row.left_side.to_string(),
                    row.right_side.as_deref().unwrap_or_default().to_owned(),
                    row.profile.to_string(),
                    row.tuning.to_string(),
                    shown(row.difference),
                    shown(row.deviation),
                ]
            };
            line(&rows, lead, cell)
        });
        add(&title, header, rows.collect());
    }
    let costed = ["workload", "runs a block", "time a block", "time a run", "links", "time a link", "runs' own length"];
    add("What a block costs", costed.map(Column::name).into(), costs(plan));
    let rest = if plan.costs.unknown == 0 { ", and an equal share of the rest for each run" } else { "" };
    let around =
        format!("Time a block: runs with what is known around them{rest}; controls and failed attempts included.");
    let tests = "tests: compared in the family. least: blocks below which no p is small enough.";
    let _ = writeln!(text, "\n{}\n{}", page.line("", &around), page.line("", tests));
    if known {
        let legend = "sd: between blocks, relative. ≠ found different, = found equivalent, ~ open, ? could not be found \
                      different whatever the data. needed: blocks for the target or until resolved; in brackets the range \
                      if the pilot's sd is off by chance.";
        let _ = writeln!(text, "{}", page.line("", legend));
    }
    text
}

fn shown(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), percent)
}

/// The rows of each subject together, in order of blocks.
fn subjects<'r>(group: &[&'r Planned]) -> impl Iterator<Item = Vec<&'r Planned>> {
    let mut found: Vec<Vec<&'r Planned>> = Vec::new();
    let key = |row: &Planned| (row.left_side.clone(), row.right_side.clone(), row.profile.clone(), row.tuning.clone());
    let mut places = std::collections::BTreeMap::new();
    for row in group {
        let at = *places.entry(key(row)).or_insert_with(|| {
            found.push(Vec::new());
            found.len() - 1
        });
        if let Some(rows) = found.get_mut(at) {
            rows.push(row);
        }
    }
    found.into_iter()
}

fn line(rows: &[&Planned], lead: impl Fn(&Planned) -> Vec<String>, cell: impl Fn(&Planned) -> String) -> Vec<String> {
    let Some(first) = rows.first() else { return Vec::new() };
    let cells = rows.iter().map(|row| cell(row)).collect();
    [lead(first), cells, vec![needed(first), first.note.clone().unwrap_or_default()]].concat()
}

fn needed(row: &Planned) -> String {
    if row.deviation.is_none() {
        return "–".to_owned();
    }
    let number = |blocks: Option<u32>| blocks.map_or("> 1000".to_owned(), |blocks| blocks.to_string());
    let (low, high) = (number(row.blocks_needed_low), number(row.blocks_needed_high));
    let value = number(row.blocks_needed);
    if low == high { value } else { format!("{value} ({low} to {high})") }
}

fn families(pairs: &[&Planned], blocks: &[u32]) -> Vec<Vec<String>> {
    let same = |a: &&Planned, b: &&Planned| {
        (a.workload, &a.metric, a.direction, &a.profile, &a.tuning)
            == (b.workload, &b.metric, b.direction, &b.profile, &b.tuning)
    };
    let family = |rows: &[&Planned]| {
        let first = rows.first()?;
        let least = rows.iter().find_map(|row| row.blocks_least);
        let at = |blocks: u32, outcome: Prospect| {
            rows.iter().filter(|row| row.blocks == blocks && row.outcome == outcome).count()
        };
        let cells = blocks.iter().map(|&blocks| {
            let known = rows.iter().any(|row| row.blocks == blocks && row.deviation.is_some());
            match (known, least.is_some_and(|least| blocks >= least)) {
                (_, false) => "?".to_owned(),
                (false, true) => "–".to_owned(),
                (true, true) => (at(blocks, Prospect::Different) + at(blocks, Prospect::Equivalent)).to_string(),
            }
        });
        let lead = vec![
            metric(first.workload, &first.metric, first.direction),
            first.profile.to_string(),
            first.tuning.to_string(),
            first.family_size.map_or(String::new(), |size| size.to_string()),
            least.map_or(String::new(), |least| least.to_string()),
        ];
        Some(lead.into_iter().chain(cells).collect())
    };
    pairs.chunk_by(same).filter_map(family).collect()
}

fn costs(plan: &Plan) -> Vec<Vec<String>> {
    let row = |cost: &super::costs::WorkloadCost| {
        let share = |by: f64| cost.block_s.map_or("–".to_owned(), |block| time(block / by));
        vec![
            cost.workload.to_string(),
            format!("{:.0}", cost.runs),
            share(1.0),
            share(cost.runs),
            cost.links.to_string(),
            if cost.at_once { "all at once".to_owned() } else { share(cost.links.max(1) as f64) },
            cost.length_s.map_or("–".to_owned(), time),
        ]
    };
    plan.costs.workloads.iter().map(row).collect()
}

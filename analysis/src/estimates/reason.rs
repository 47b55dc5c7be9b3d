//! Why a cell has no value, in words.

use super::measured::{Known, Measured};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::tables::Run;
use std::collections::BTreeMap;

/// How many reasons are named for one outcome.
const NAMED: usize = 3;

/// "2 of 3 links measured: 1 failed (handshake-lost)", or the same over several blocks.
pub fn incomplete(measured: &Measured<'_, '_>) -> String {
    let cell = measured.cell;
    let (links, blocks) = (cell.links().len(), cell.blocks().len());
    let mut values = 0;
    let mut absent = 0;
    let mut bounds = 0;
    let mut unmeasured = Vec::new();
    for &block in cell.blocks() {
        for &link in cell.links() {
            match measured.at(block, link) {
                Some(Known::Value(..)) => values += 1,
                Some(Known::AtLeast(_)) => bounds += 1,
                Some(Known::Nothing(run)) => unmeasured.push(run),
                None => absent += 1,
            }
        }
    }
    let mut parts = Vec::new();
    if bounds > 0 {
        parts.push(format!("{bounds} stopped at the limit"));
    }
    parts.extend(outcomes(&unmeasured, true));
    if absent > 0 {
        parts.push(format!("{absent} not in the dataset"));
    }
    let parts = parts.join(", ");
    if cell.attempts() == 0 {
        return format!("not attempted: {parts}");
    }
    if blocks == 1 {
        return format!("{values} of {links} {} measured: {parts}", if links == 1 { "link" } else { "links" });
    }
    format!("no block with a value from every link; {values} of {} runs measured: {parts}", links * blocks)
}

/// "not attempted: 3 unsupported (not-applicable)".
pub fn not_attempted(rows: &[&Run]) -> String {
    format!("not attempted: {}", outcomes(rows, false).join(", "))
}

/// Counts of outcomes, each with its most frequent reasons: "3 failed (2 handshake-lost, 1 tool-error)".
/// An `ok` attempt is listed as one without this metric.
fn outcomes(rows: &[&Run], of_metric: bool) -> Vec<String> {
    let mut counts: BTreeMap<Outcome, BTreeMap<Reason, usize>> = BTreeMap::new();
    let mut totals: BTreeMap<Outcome, usize> = BTreeMap::new();
    for run in rows {
        *totals.entry(run.outcome).or_default() += 1;
        if let Some(reason) = run.reason {
            *counts.entry(run.outcome).or_default().entry(reason).or_default() += 1;
        }
    }
    let word = |(outcome, total): (Outcome, usize)| {
        if outcome == Outcome::Ok && of_metric {
            return format!("{total} ok without this metric");
        }
        let mut reasons: Vec<(Reason, usize)> = counts.remove(&outcome).unwrap_or_default().into_iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let more = if reasons.len() > NAMED { ", …" } else { "" };
        let named: Vec<String> = match reasons.as_slice() {
            [(only, count)] if *count == total => vec![only.to_string()],
            several => several.iter().take(NAMED).map(|(reason, count)| format!("{count} {reason}")).collect(),
        };
        if named.is_empty() {
            format!("{total} {outcome}")
        } else {
            format!("{total} {outcome} ({}{more})", named.join(", "))
        }
    };
    totals.into_iter().map(word).collect()
}

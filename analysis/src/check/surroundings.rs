//! What happened around runs: a link that went down, somebody else's queueing discipline, other load.

use super::facts::{Cell, Index, ok};
use super::say::{count, list};
use super::{Scope, finding, measured};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use std::collections::{BTreeMap, BTreeSet};

/// Other programs in user mode, 1 being one core, from which on they are load: an idle host's own services stay below a
/// tenth, and one busy program takes a whole core.
const BUSY: f64 = 0.25;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out: Vec<Finding> = index.cells.iter().flat_map(|(cell, runs)| of_cell(*cell, runs)).collect();
    out.extend(load(index));
    out
}

fn of_cell(cell: Cell<'_>, runs: &[&Run]) -> Vec<Finding> {
    let all = ok(runs).count();
    let down: Vec<&Run> = ok(runs).filter(|run| changes(run) > 0 || run.link_state.is_some()).collect();
    let down = (!down.is_empty()).then(|| {
        let mut words: BTreeSet<String> = down.iter().filter_map(|run| run.link_state.clone()).collect();
        if down.iter().any(|run| changes(run) > 0) {
            let most = down.iter().map(|run| changes(run)).max().unwrap_or(0);
            words.insert(format!("up to {} of the carrier", count(most as usize, "change")));
        }
        let words = list(words.iter().map(String::as_str), 3);
        let evidence = format!("a data link was down during {} of {}: {words}", down.len(), count(all, "ok run"));
        finding(Code::LinkDown, cell.scope(), down.len(), all, evidence)
    });
    // Also of runs that are not ok: it may be the reason.
    let strange: Vec<&&Run> = runs.iter().filter(|run| run.foreign_qdisc.is_some()).collect();
    let strange = (!strange.is_empty()).then(|| {
        let words: BTreeSet<&str> = strange.iter().filter_map(|run| run.foreign_qdisc.as_deref()).collect();
        let evidence = format!(
            "{} of {} met a queueing discipline that is not the campaign's: {}",
            strange.len(),
            count(runs.len(), "run"),
            list(words.into_iter(), 3)
        );
        finding(Code::ForeignQdisc, cell.scope(), strange.len(), runs.len(), evidence)
    });
    [down, strange].into_iter().flatten().collect()
}

fn changes(run: &Run) -> u32 {
    run.carrier_changes.unwrap_or(0)
}

/// One finding for all: it says on which systems the load fell, since that is what makes a comparison unfair.
fn load(index: &Index<'_>) -> Option<Finding> {
    let mut of: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut most: Option<f64> = None;
    for run in index.cells.values().flat_map(|runs| ok(runs)) {
        let Some(cpu) = run.other_cpu.filter(|cpu| cpu.is_finite()) else { continue };
        let (busy, known) = of.entry(&run.system).or_default();
        *known += 1;
        *busy += usize::from(cpu > BUSY);
        most = Some(most.map_or(cpu, |most| most.max(cpu)));
    }
    let (busy, known) = of.values().fold((0, 0), |(busy, known), one| (busy + one.0, known + one.1));
    (busy > 0).then(|| {
        let told: Vec<String> = of
            .iter()
            .filter(|(_, one)| one.0 > 0)
            .map(|(system, one)| format!("{system} {} of {}", one.0, one.1))
            .collect();
        let evidence = format!(
            "other programs spent more than {BUSY} of a core in user mode during {busy} of {}: {}",
            count(known, "ok run"),
            list(told.iter().map(String::as_str), 6)
        );
        measured(finding(Code::OtherLoad, Scope::default(), busy, known, evidence), most, Some(BUSY), "ratio")
    })
}

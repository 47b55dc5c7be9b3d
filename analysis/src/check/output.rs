//! Notes that a reader left on a run: what was odd about a tool's output and may have changed a value.

use super::facts::{Cell, Index, ok};
use super::finding;
use super::say::count;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::tables::Run;
use std::collections::BTreeMap;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let cells = index.cells.iter();
    cells.flat_map(|(cell, runs)| odd(cell, runs).into_iter().chain(other_pace(cell, runs))).collect()
}

/// Runs whose probes left at another pace than was asked.
fn other_pace(cell: &Cell<'_>, runs: &[&Run]) -> Option<Finding> {
    let off = |run: &Run| {
        let mut codes = run.notes.as_deref().unwrap_or_default().split_whitespace();
        codes.any(|code| code == NoteCode::OtherPace.as_str())
    };
    let (hit, of) = ok(runs).fold((0, 0), |(hit, of), run| (hit + usize::from(off(run)), of + 1));
    let evidence = format!("in {hit} of {} probes left at another pace than was asked", count(of, "run"));
    (hit > 0).then(|| finding(Code::OtherPace, cell.scope(), hit, of, evidence))
}

/// The codes of a run's notes that may have changed a value. A code that this version does not know is passed over.
fn changing(run: &Run) -> impl Iterator<Item = NoteCode> + '_ {
    let codes = run.notes.as_deref().unwrap_or_default().split_whitespace();
    codes.filter_map(|code| code.parse().ok()).filter(|code: &NoteCode| code.may_change_a_value())
}

fn odd(cell: &Cell<'_>, runs: &[&Run]) -> Option<Finding> {
    let mut by_code: BTreeMap<NoteCode, usize> = BTreeMap::new();
    let (mut hit, mut of) = (0, 0);
    for run in ok(runs) {
        of += 1;
        hit += usize::from(changing(run).next().is_some());
        changing(run).for_each(|code| *by_code.entry(code).or_default() += 1);
    }
    if hit == 0 {
        return None;
    }
    let codes: Vec<String> = by_code.iter().map(|(code, n)| format!("{code} in {n}")).collect();
    let evidence = format!("in {hit} of {} the tool's output was odd: {}", count(of, "run"), codes.join(", "));
    Some(finding(Code::OddOutput, cell.scope(), hit, of, evidence))
}

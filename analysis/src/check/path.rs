//! Runs whose traffic took another way than the data network from source to target.

use super::facts::{Cell, Index, ok};
use super::finding;
use super::say::count;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::PathTaken;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let of_cell = |(cell, runs): (&Cell<'_>, &Vec<&Run>)| {
        let (all, known) = (ok(runs).count(), ok(runs).filter(|run| run.path.is_some()).count());
        let row = |path: PathTaken, code: Code, what: &str| {
            let n = ok(runs).filter(|run| run.path == Some(path)).count();
            let unseen = if known < all { format!(", of {} nobody looked", all - known) } else { String::new() };
            let evidence = format!("the traffic of {n} of {} {what}{unseen}", count(known, "ok run"));
            (n > 0).then(|| finding(code, cell.scope(), n, known, evidence))
        };
        let around = row(PathTaken::Around, Code::WentAround, "did not cross the data network");
        let relayed = row(PathTaken::Relayed, Code::Relayed, "went through a third host");
        [around, relayed].into_iter().flatten().collect::<Vec<_>>()
    };
    index.cells.iter().flat_map(of_cell).collect()
}

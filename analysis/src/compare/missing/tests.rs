use super::*;
use crate::compare::{FailOn, Found};
use crate::estimates::estimate;
use crate::made::campaign::{RING, run, value};
use crate::options::Options;
use crate::run_values::Reduction;
use crate::stages::Estimated;
use meshbench_schemas::catalogue::{CONNECT_TIME, THROUGHPUT};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Answer;

/// Seven systems, two profiles and tunings, two workloads, three links and six blocks, of which some runs are `kept`.
fn side(kept: impl Fn(&Run) -> bool) -> Estimated {
    let (mut runs, mut values): (Vec<Run>, Vec<RunValue>) = Default::default();
    for system in ["aa", "bb", "cc", "dd", "ee", "ff", "gg"] {
        for (profile, tuning) in [("baseline", "default"), ("baseline", "bbr"), ("high", "default")] {
            for (workload, metric) in [(Workload::Tcp, THROUGHPUT.id), (Workload::Connect, CONNECT_TIME.id)] {
                for (block, link) in (0..6).flat_map(|block| RING.map(|link| (block, link))) {
                    let first = run(system, workload, link, block);
                    let run_id = format!("{}-{profile}-{tuning}", first.run_id).into();
                    let run = Run { run_id, profile: profile.into(), tuning: tuning.into(), ..first };
                    if kept(&run) {
                        values.push(value(&run, metric, None, 1e6 + f64::from(block)));
                        runs.push(run);
                    }
                }
            }
        }
    }
    let estimates = estimate(&runs, &values, &Options::default());
    let reduction = Reduction { values, ..Reduction::default() };
    Estimated {
        runs,
        hosts: Vec::new(),
        systems: Vec::new(),
        reduction,
        estimates,
        findings: Vec::new(),
        options: Options::default(),
    }
}

fn compared(kept: impl Fn(&Run) -> bool) -> Found {
    Found::of(&side(|_| true), Some(&side(kept)), &Selection::default(), &Options::default())
}

fn said(found: &Found) -> Vec<(Side, What, Vec<&str>, usize)> {
    let row = |missing: &'_ Missing| -> (Side, What, usize) { (missing.lacks, missing.what, missing.of) };
    let named = found.missing.iter().map(|missing| (row(missing), missing.names.iter().map(String::as_str).collect()));
    named.map(|((lacks, what, of), names)| (lacks, what, names, of)).collect()
}

#[test]
fn whatever_is_gone_is_named_once_by_the_widest_word_and_fails() {
    type Kept = fn(&Run) -> bool;
    let cases: [(Kept, What, &[&str], usize); 6] = [
        (|run| !["bb", "dd", "gg"].contains(&&*run.system), What::System, &["bb", "dd", "gg"], 7),
        (|run| &*run.profile != "high", What::Profile, &["high"], 2),
        (|run| &*run.tuning != "bbr", What::Tuning, &["bbr"], 2),
        (|run| run.workload != Workload::Connect, What::Workload, &["connect"], 2),
        (|run| &*run.source != "lom", What::Link, &["lom → yuki"], 3),
        (
            |run| (&*run.system, &*run.profile, run.workload) != ("cc", "high", Workload::Tcp),
            What::Cell,
            &["tcp of cc at high"],
            42,
        ),
    ];
    for (kept, what, names, of) in cases {
        let found = compared(kept);
        assert_eq!(said(&found), [(Side::New, what, names.to_vec(), of)]);
        for rule in [FailOn::Missing, FailOn::Worse, FailOn::Change, FailOn::NotShown] {
            assert!(rule.fails(&found), "{what:?}");
        }
        assert!(!FailOn::Never.fails(&found));
        // Each cell that is gone has a row with what it was, and no other has one.
        let gone = |row: &&meshbench_schemas::printed::Change| row.new.is_none() && row.new_count == 0;
        assert!(found.one_sided.iter().all(|row| row.answer == Answer::NoData && row.reason.is_some()));
        assert_eq!(found.one_sided.iter().filter(gone).count(), found.one_sided.len(), "{what:?}");
        assert_eq!(found.one_sided.is_empty(), what == What::Link, "{what:?}");
        assert!(found.one_sided.iter().all(|row| row.old.is_some()), "{what:?}");
    }
}

#[test]
fn what_is_new_is_said_and_is_no_failure() {
    let found =
        Found::of(&side(|run| &*run.system != "ee"), Some(&side(|_| true)), &Selection::default(), &Options::default());
    assert_eq!(said(&found), [(Side::Old, What::System, vec!["ee"], 7)]);
    assert!(!FailOn::Missing.fails(&found) && !found.one_sided.is_empty());
    let same = compared(|_| true);
    assert!(said(&same).is_empty() && same.one_sided.is_empty() && !FailOn::Change.fails(&same));
}

#[test]
fn a_metric_that_is_gone_is_named_and_so_is_a_cell_without_values() {
    let mut new = side(|_| true);
    new.reduction.values.retain(|value| &*value.metric != THROUGHPUT.id);
    new.estimates = estimate(&new.runs, &new.reduction.values, &Options::default());
    let found = Found::of(&side(|_| true), Some(&new), &Selection::default(), &Options::default());
    assert_eq!(said(&found), [(Side::New, What::Metric, vec!["tcp throughput"], 4)]);
    // A system that has runs and no value any more is in the table, and fails as well.
    let mut new = side(|_| true);
    new.reduction.values.retain(|value| &*value.system != "aa" || &*value.metric != THROUGHPUT.id);
    new.estimates = estimate(&new.runs, &new.reduction.values, &Options::default());
    let found = Found::of(&side(|_| true), Some(&new), &Selection::default(), &Options::default());
    assert!(found.missing.is_empty() && FailOn::Missing.fails(&found));
}

#[test]
fn two_names_that_are_compared_are_one() {
    let selection = Selection { old_system: Some("aa".into()), new_system: Some("bb".into()), ..Selection::default() };
    let whole = side(|_| true);
    assert_eq!(missing(&whole.campaign(), &whole.campaign(), &selection), []);
    let part = side(|run| (&*run.system, &*run.profile) != ("bb", "high"));
    let found = missing(&part.campaign(), &part.campaign(), &selection);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].lacks, found[0].what, &*found[0].names[0]), (Side::New, What::Profile, "high"));
}

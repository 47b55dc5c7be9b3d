//! From tests to verdicts and sentences.

use super::cell::{Cell, row};
use super::claim::{Claim, Quantifier};
use super::family::{self, Adjusted};
use crate::options::Options;
use crate::sentence;
use meshbench_reports::words::many;
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::words::{Covers, Judgement};

/// The tests of a claims file.
#[derive(Clone, Copy)]
struct Family {
    /// Those that could give a verdict.
    counted: usize,
    /// All cells: with more replicates, each may come to count.
    all: usize,
}

impl Family {
    fn size(self) -> u32 {
        u32::try_from(self.counted).unwrap_or(u32::MAX)
    }
}

/// The rows of all claims: first a claim, then its cells.
pub fn verdicts(claims: Vec<(&Claim, Vec<Cell>)>, options: &Options) -> Vec<Verdict> {
    let tested: Vec<_> = claims.iter().flat_map(|(_, cells)| cells.iter().map(|cell| cell.tested)).collect();
    let alpha = options.alpha();
    let family = Family { counted: tested.iter().filter(|cell| cell.counts(alpha)).count(), all: tested.len() };
    let mut adjusted = family::adjusted(&tested, options.adjustment, alpha).into_iter();
    let mut rows = Vec::new();
    for (claim, cells) in claims {
        let of_cells: Vec<Verdict> = cells
            .into_iter()
            .zip(&mut adjusted)
            .zip(1..)
            .map(|((cell, adjusted), number)| of_cell(cell, adjusted, number, family, options))
            .collect();
        rows.push(of_claim(claim, &of_cells, family, options));
        rows.extend(of_cells);
    }
    rows
}

/// What may be said of one cell. That the opposite is so comes first: two sides may differ for certain, by less than
/// matters.
fn judge(adjusted: &Adjusted, alpha: f64) -> Judgement {
    let shown = |p: Option<f64>| p.is_some_and(|p| p <= alpha);
    if shown(adjusted.refute) {
        Judgement::Refuted
    } else if shown(adjusted.support) {
        Judgement::Supported
    } else if adjusted.support.is_none() || adjusted.smallest.is_some_and(|smallest| smallest > alpha) {
        Judgement::NotTestable
    } else {
        Judgement::NotResolved
    }
}

fn of_cell(cell: Cell, adjusted: Adjusted, number: u32, family: Family, options: &Options) -> Verdict {
    let alpha = options.alpha();
    let verdict = judge(&adjusted, alpha);
    let needed = cell.design.needed(alpha, options.adjustment.multiplier(family.all.max(1)));
    // Where there are as many already, it is not for want of them.
    let needed = needed.map(|count| u32::try_from(count).unwrap_or(u32::MAX)).filter(|count| *count > cell.row.count);
    let what = match cell.row.covers {
        Covers::Systems => "system",
        Covers::Runs => "run",
        Covers::Blocks
        | Covers::Campaigns
        | Covers::Links
        | Covers::WithinRun
        | Covers::Attempts
        | Covers::Resampled
        | Covers::None => "block",
    };
    let many_tests = options.adjustment.multiplier(family.all) > 1;
    let could = needed.map(|count| format!("; {} could", many(count.into(), what))).unwrap_or_default();
    let reason = match (verdict, &cell.row.reason, adjusted.smallest) {
        (Judgement::Supported | Judgement::Refuted, _, _) => None,
        (Judgement::NotTestable, Some(reason), _) if cell.tested.support.is_none() => Some(format!("{reason}{could}")),
        (Judgement::NotTestable, _, None) => {
            let smallest = cell.tested.smallest.map(sentence::p).unwrap_or_default();
            let (before, could) = match needed.filter(|_| many_tests) {
                Some(count) => (
                    " before any adjustment",
                    format!("; {} could, adjusted over {} tests", many(count.into(), what), family.all),
                ),
                None => ("", could),
            };
            Some(format!(
                "this design cannot show it: {smallest} is the smallest it could give{before}, above {alpha}{could}"
            ))
        }
        (Judgement::NotTestable, _, Some(smallest)) => {
            let smallest = sentence::p(smallest);
            Some(format!(
                "this design cannot show it: {smallest} is the smallest it could give after adjustment, above {alpha}{could}"
            ))
        }
        (_, Some(reason), _) => Some(reason.clone()),
        _ => Some("the data show neither that it is so nor that it is not".to_owned()),
    };
    let size = cell.size.as_ref().map(|size| format!(": {size}")).unwrap_or_default();
    let p = |p: Option<f64>| {
        let text = p.map(sentence::p).unwrap_or_default();
        match family.counted {
            1 => text,
            tests => format!("{text} adjusted over the {tests} tests of these claims"),
        }
    };
    let Cell { place, claimed, contrary, .. } = &cell;
    let text = match verdict {
        Judgement::Supported => format!("{place}: {claimed}{size}; {}", p(adjusted.support)),
        Judgement::Refuted => format!("{place}: {contrary}{size}; {}", p(adjusted.refute)),
        Judgement::NotResolved => {
            format!(
                "{place}: not resolved whether {claimed}{size}; {} in its favour, {} against",
                p(adjusted.support),
                adjusted.refute.map_or_else(|| "no test".to_owned(), sentence::p)
            )
        }
        Judgement::NotTestable => {
            let reason = reason.clone().unwrap_or_default();
            format!("{place}: these data cannot tell whether {claimed}{size}; {reason}")
        }
    };
    Verdict {
        cell: number,
        verdict,
        p_support: cell.tested.support,
        p_support_adjusted: adjusted.support,
        p_refute: cell.tested.refute,
        p_refute_adjusted: adjusted.refute,
        smallest_p: cell.tested.smallest,
        smallest_p_adjusted: adjusted.smallest,
        family_size: family.size(),
        count_needed: needed,
        reason,
        sentence: text,
        ..cell.row
    }
}

/// What may be said of a claim over all of its cells.
fn of_claim(claim: &Claim, cells: &[Verdict], family: Family, options: &Options) -> Verdict {
    let count = |verdict: Judgement| cells.iter().filter(|cell| cell.verdict == verdict).count();
    let [supported, refuted, open, untestable] =
        [Judgement::Supported, Judgement::Refuted, Judgement::NotResolved, Judgement::NotTestable].map(count);
    let all = cells.len();
    let (any, whole) = match claim.quantifier {
        Quantifier::All => (refuted, supported),
        Quantifier::Any => (supported, refuted),
    };
    let verdict = match claim.quantifier {
        _ if untestable == all => Judgement::NotTestable,
        Quantifier::All if any > 0 => Judgement::Refuted,
        Quantifier::Any if any > 0 => Judgement::Supported,
        Quantifier::All if whole == all => Judgement::Supported,
        Quantifier::Any if whole == all => Judgement::Refuted,
        _ => Judgement::NotResolved,
    };
    let of = match claim.quantifier {
        Quantifier::All => "asserted of all",
        Quantifier::Any => "asserted of any",
    };
    let counts: Vec<String> =
        [(supported, "supported"), (refuted, "refuted"), (open, "not resolved"), (untestable, "not testable")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
    let counts = match all {
        1 => "asserted of one cell".to_owned(),
        all => format!("{of} {all} cells: {}", counts.join(", ")),
    };
    let first = cells.iter().find_map(|cell| cell.reason.clone());
    let same = cells.iter().all(|cell| cell.reason == first);
    let reason = match verdict {
        Judgement::Supported | Judgement::Refuted => None,
        _ => Some(match first.filter(|_| same) {
            Some(first) => format!("{counts} ({first})"),
            None => counts.clone(),
        }),
    };
    let text = match verdict {
        Judgement::Supported => "is supported by these data",
        Judgement::Refuted => "is refuted by these data",
        Judgement::NotResolved => "is not resolved by these data",
        Judgement::NotTestable => "cannot be tested with these data",
    };
    let shared = |of: fn(&Verdict) -> &String| {
        let one = cells.first().map(of).cloned().unwrap_or_default();
        if cells.iter().all(|cell| *of(cell) == one) { one } else { String::new() }
    };
    Verdict {
        verdict,
        left_side: shared(|cell| &cell.left_side),
        right_side: shared(|cell| &cell.right_side),
        family_size: family.size(),
        sentence: format!("That \"{}\" {text}, {}", claim.says, reason.as_ref().unwrap_or(&counts)),
        reason,
        ..row(claim, options)
    }
}

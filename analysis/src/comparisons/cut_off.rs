//! Durations of which some were stopped at a limit, of two sides.

use super::effect::{Effect, sign};
use super::grid::Grid;
use crate::estimates::campaign::Link;
use crate::estimates::{Warning, Warnings};
use crate::options::Options;
use crate::stats::kaplan_meier::{Curve, Duration};
use crate::stats::log_rank::Weights;
use crate::stats::stratified_log_rank::{self, Stratum};
use meshbench_schemas::words::{Covers, EffectKind, EffectMethod, PairTest};
use std::collections::{BTreeMap, BTreeSet};

/// The durations of one side, link by link.
type ByLink<'a> = BTreeMap<Link<'a>, Vec<Duration>>;

/// The log-rank test within links, and the ratio of the medians where both are known.
///
/// Links differ for good, so a side is compared with the other one on the same link; all blocks of a link are put together.
/// Where both sides have some link in common, only such links count.
pub fn cut_off(left: &Grid<'_>, right: &Grid<'_>, options: &Options) -> Effect {
    let (a, b) = (by_link(left), by_link(right));
    let common: BTreeSet<Link<'_>> = a.keys().filter(|link| b.contains_key(*link)).copied().collect();
    let durations = |side: &ByLink<'_>| -> Vec<Duration> {
        let own = side.iter().filter(|(link, _)| common.is_empty() || common.contains(*link));
        own.flat_map(|(_, durations)| durations.iter().copied()).collect()
    };
    let (of_left, of_right) = (durations(&a), durations(&b));
    let mut strata: Vec<Stratum<'_>> =
        a.iter().filter_map(|(link, left)| Some(Stratum { left, right: b.get(link)? })).collect();
    if strata.is_empty() {
        strata.push(Stratum { left: &of_left, right: &of_right });
    }
    let tested = stratified_log_rank::chi_square(&strata, Weights::LogRank);
    let p = stratified_log_rank::permuted(&strata, options.resampling);
    let median = |durations: &[Duration]| Curve::new(durations).and_then(|curve| curve.median());
    let medians = (median(&of_left), median(&of_right));
    let ratio = medians.0.zip(medians.1).map(|(a, b)| a / b);
    let value = ratio.filter(|ratio| ratio.is_finite() && *ratio > 0.0);
    // Fewer ends than expected of the left side: it takes longer.
    let slower = tested.as_ref().and_then(|test| Some(test.expected.first()? - test.observed.first()?));
    let links = left.links.union(&right.links).count();
    let mut warnings = Warnings::default();
    warnings.add(Warning::Censored);
    warnings.add(Warning::PooledRuns);
    warnings.add_if(value.is_some(), Warning::NoInterval);
    warnings.add_if(!common.is_empty() && common.len() < links, Warning::FewerLinks);
    let reason = match (&tested, value, medians) {
        (None, ..) => Some("nothing ended while both sides were running"),
        (Some(_), Some(_), _) => None,
        (Some(_), None, (None, None)) => Some("more than half of the runs of both sides were stopped at their limit"),
        (Some(_), None, _) => Some("more than half of the runs of one side were stopped at their limit"),
    };
    let shared = left.blocks.intersection(&right.blocks).count();
    Effect {
        value,
        method: if value.is_some() { EffectMethod::KaplanMeier } else { EffectMethod::None },
        covers: Covers::Runs.only_if(tested.is_some()),
        test: match (&tested, strata.len()) {
            (None, _) => PairTest::None,
            (Some(_), 1) => PairTest::LogRank,
            (Some(_), _) => PairTest::StratifiedLogRank,
        },
        p,
        smallest: p.and_then(|p| p.smallest),
        pairs: of_left.len() + of_right.len(),
        counts: Some((of_right.len(), of_left.len())),
        blocks: shared,
        blocks_expected: shared,
        links: (if common.is_empty() { left.links.intersection(&right.links).count() } else { common.len() }, links),
        reason: reason.map(str::to_owned),
        warnings,
        sign: slower.map_or(0.0, sign),
        ..Effect::none(EffectKind::Ratio, options.margin.share(), String::new())
    }
}

fn by_link<'a>(grid: &Grid<'a>) -> ByLink<'a> {
    let mut of = ByLink::new();
    let mut add = |link: Link<'a>, duration: Duration| of.entry(link).or_default().push(duration);
    match &grid.cut_off {
        Some(durations) => durations.iter().for_each(|((_, link), duration)| add(*link, *duration)),
        None => grid.values.iter().for_each(|((_, link), time)| add(*link, Duration { time: *time, ended: true })),
    }
    of
}

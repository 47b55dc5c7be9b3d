//! A plan in sentences.

use super::Plan;
use super::costs::{Costs, TimedBy};
use crate::options::Options;
use crate::stats::of_blocks::order_statistics;
use crate::stats::planning::{deviation_factors, median_half_width};
use crate::stats::{Confidence, design};
use meshbench_schemas::catalogue;
use meshbench_schemas::printed::Planned;
use meshbench_schemas::words::{PlannedKind, Prospect};
use std::collections::BTreeSet;

/// A time as people say it.
pub fn time(seconds: f64) -> String {
    let minutes = seconds / 60.0;
    if minutes < 1.0 {
        format!("{seconds:.0} s")
    } else if minutes < 9.95 {
        format!("{minutes:.1} min")
    } else if minutes < 90.0 {
        format!("{minutes:.0} min")
    } else if minutes < 48.0 * 60.0 {
        format!("{:.1} h", minutes / 60.0)
    } else {
        format!("{:.1} d", minutes / 1440.0)
    }
}

/// A share as percent with two digits that count.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        size if size >= 9.95 => format!("{percent:.0} %"),
        size if size >= 0.995 => format!("{percent:.1} %"),
        size if size < 1e-6 => "0 %".to_owned(),
        size if size >= 0.00995 => format!("{percent:.2} %"),
        _ => format!("{percent:.0e} %"),
    }
}

/// `1 pair`, `2 pairs`.
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The metric of rows in words: "tcp throughput, forward".
pub fn metric(
    workload: meshbench_schemas::words::Workload,
    id: &str,
    direction: Option<meshbench_schemas::words::Direction>,
) -> String {
    let title = catalogue::metric(id).map_or(id, |metric| metric.title);
    format!("{workload} {title}{}", direction.map(|direction| format!(", {direction}")).unwrap_or_default())
}

/// All sentences.
pub fn summary(plan: &Plan, blocks: &[u32], options: &Options) -> Vec<String> {
    let mut all = vec![pilot(plan)];
    all.extend(cost(&plan.costs));
    let known = plan.rows.iter().any(|row| row.deviation.is_some());
    if known {
        all.push(premise(plan, options));
        all.extend(blocks.iter().filter(|blocks| **blocks > 1).map(|blocks| with(plan, *blocks, options)));
        all.extend(wider(plan, options));
        all.extend(never(plan));
        all.extend(uncertainty(plan));
        all.extend(plan.allocations.iter().filter_map(allocation));
        all.extend(silent(plan));
        all.extend(links(plan));
    } else {
        all.push(
            "Nothing was repeated, so the pilot does not say how far repetitions differ: no width of an interval, no \
             difference that could be found and no power follows from it, and none is given. How links differ is no \
             substitute. What the design alone says is this."
                .to_owned(),
        );
        all.extend(blocks.iter().filter(|blocks| **blocks > 1).map(|blocks| design_alone(plan, *blocks, options)));
        let sure = |blocks| {
            let (low, high) = deviation_factors(blocks, Confidence::new(super::SURENESS).ok()?)?;
            Some(format!("{low:.2} to {high:.2}"))
        };
        if let (Some(two), Some(six)) = (sure(2), sure(6)) {
            all.push(format!(
                "A pilot needs two blocks at the least. With {}, the true standard deviation is {two} times the one \
                 that two blocks \
                 show, and {six} times that of six.",
                percent(super::SURENESS)
            ));
        }
    }
    all
}

fn pilot(plan: &Plan) -> String {
    let uneven = plan.rows.iter().filter(|row| row.deviation.is_some() && row.pilot_blocks < plan.pilot_blocks);
    let uneven: BTreeSet<(&str, &str, Option<&str>, &str)> =
        uneven.map(|row| (&*row.metric, &*row.left_side, row.right_side.as_deref(), &*row.profile)).collect();
    let fewer = if uneven.is_empty() {
        String::new()
    } else {
        " Some intervals and pairs rest on fewer: blocks in which a link has no value do not count.".to_owned()
    };
    format!("The pilot has {}.{fewer}", count(plan.pilot_blocks as usize, "block"))
}

fn cost(costs: &Costs) -> Vec<String> {
    let mut all = Vec::new();
    let range = match (costs.shortest_s, costs.longest_s) {
        (Some(shortest), Some(longest)) if longest > shortest => {
            format!(" (the median; from {} to {})", time(shortest), time(longest))
        }
        _ => String::new(),
    };
    match (costs.timed_by, costs.block_s) {
        (TimedBy::Clock, Some(block)) => all.push(format!(
            "A block took {}{range} by the clock, pauses included; its runs with what is known around them add up to \
             {}.",
            time(block),
            time(costs.summed_s)
        )),
        (TimedBy::Sum, Some(block)) => all.push(format!(
            "A block took at least {}{range}: its runs with what is known around them, added up; time between runs is \
             not known.",
            time(block)
        )),
        _ => all.push("No run has a time, so costs are not known.".to_owned()),
    }
    if costs.assumed > 0 {
        all.push(format!(
            "{} of {} {} no duration; the time that was asked for is taken instead.",
            costs.assumed,
            count(costs.runs, "run"),
            if costs.assumed == 1 { "has" } else { "have" }
        ));
    }
    if costs.unknown > 0 {
        all.push(format!(
            "{} of {} {} neither a duration nor a time that was asked for: nothing in that sum.",
            costs.unknown,
            count(costs.runs, "run"),
            if costs.unknown == 1 { "has" } else { "have" }
        ));
    }
    all
}

fn premise(plan: &Plan, options: &Options) -> String {
    format!(
        "If differences and their spread between blocks are those that the pilot saw, and normal: a pair counts as \
         resolved where it \
         is found different, or equivalent within {}, with a probability of at least {} for each, at {} after Holm \
         within its family; \
         an interval ({}) as reached where its expected half-width is within {} of the value.",
        percent(options.margin.share()),
        percent(plan.power),
        percent(options.alpha()),
        percent(options.confidence.share()),
        percent(options.target)
    )
}

fn outcomes(plan: &Plan, blocks: u32, kind: PlannedKind) -> impl Iterator<Item = &Planned> {
    plan.rows.iter().filter(move |row| row.blocks == blocks && row.kind == kind && row.deviation.is_some())
}

fn lasting(plan: &Plan, blocks: u32) -> String {
    let cost = plan.costs.of_blocks(blocks);
    let bound = match plan.costs.timed_by {
        TimedBy::Sum => "at least",
        // Pauses of the only block cannot be told from work.
        TimedBy::Clock if plan.costs.timed == 1 => "at the pilot's pace",
        _ => "about",
    };
    cost.map(|cost| format!(", {bound} {},", time(cost))).unwrap_or_default()
}

fn with(plan: &Plan, blocks: u32, options: &Options) -> String {
    let of = |kind, outcome: Prospect| outcomes(plan, blocks, kind).filter(|row| row.outcome == outcome).count();
    let (pairs, intervals) =
        (outcomes(plan, blocks, PlannedKind::Pair).count(), outcomes(plan, blocks, PlannedKind::Interval).count());
    let (different, equivalent) =
        (of(PlannedKind::Pair, Prospect::Different), of(PlannedKind::Pair, Prospect::Equivalent));
    let cannot = of(PlannedKind::Pair, Prospect::CannotTell);
    let blind =
        if cannot > 0 { format!("; {cannot} could not be found different whatever the data") } else { String::new() };
    let now = if blocks == plan.pilot_blocks { " (as many as the pilot has)" } else { "" };
    let of_pairs = if pairs > 0 {
        format!(
            " resolve {} of {} ({different} different, {equivalent} equivalent{blind}), and",
            different + equivalent,
            count(pairs, "pair")
        )
    } else {
        String::new()
    };
    format!(
        "{}{now}{} would{of_pairs} bring {} of {} within {}.",
        count(blocks as usize, "block"),
        lasting(plan, blocks),
        of(PlannedKind::Interval, Prospect::Reached),
        count(intervals, "interval"),
        percent(options.target)
    )
}

/// Each pair once.
fn each_pair(plan: &Plan) -> Vec<&Planned> {
    let most = plan.rows.iter().map(|row| row.blocks).max().unwrap_or_default();
    outcomes(plan, most, PlannedKind::Pair).collect()
}

fn never(plan: &Plan) -> Vec<String> {
    let most = plan.rows.iter().map(|row| row.blocks).max().unwrap_or_default();
    let pairs = each_pair(plan);
    let later = pairs.iter().filter(|row| row.blocks_needed.is_some_and(|needed| needed > most)).count();
    let not = pairs.iter().filter(|row| row.blocks_needed.is_none()).count();
    let mut all = Vec::new();
    let silent = plan
        .rows
        .iter()
        .filter(|row| row.blocks == most && row.kind == PlannedKind::Pair && row.deviation.is_none())
        .count();
    if silent > 0 {
        all.push(format!("{} cannot be planned from this pilot; their notes say why.", count(silent, "more pair")));
    }
    if later > 0 {
        all.push(format!("{} would take more than {most} blocks.", count(later, "pair")));
    }
    if not > 0 {
        all.push(format!(
            "{} would not be resolved by 1000 blocks: what the pilot saw is too near to the margin, or too small \
             against its spread.",
            count(not, "pair")
        ));
    }
    all
}

fn uncertainty(plan: &Plan) -> Option<String> {
    let (low, high) = deviation_factors(plan.pilot_blocks as usize, Confidence::new(super::SURENESS).ok()?)?;
    Some(format!(
        "The true standard deviation is, with {}, {low:.2} to {high:.2} times the one that {} show; the ranges of \
         needed blocks come \
         from that. Differences are taken as seen; the largest of many tend to be overstated.",
        percent(super::SURENESS),
        count(plan.pilot_blocks as usize, "block"),
    ))
}

/// Where more blocks have wider intervals.
fn wider(plan: &Plan, options: &Options) -> Option<String> {
    let blocks: BTreeSet<u32> = plan.rows.iter().map(|row| row.blocks).filter(|blocks| *blocks > 1).collect();
    let shown: Vec<(u32, f64, f64)> = blocks
        .into_iter()
        .filter_map(|blocks| {
            let (_, reached) = order_statistics(blocks as usize, options.confidence)?;
            Some((blocks, median_half_width(blocks as usize, options.confidence)?, reached))
        })
        .collect();
    let (few, many) = shown.iter().zip(shown.iter().skip(1)).find(|(few, many)| few.1 < many.1)?;
    Some(format!(
        "Intervals over {} blocks are wider than over {}: ranks are whole numbers, and these intervals reach {:.1} % \
         where those reach \
         {:.1} %.",
        many.0,
        few.0,
        many.2 * 100.0,
        few.2 * 100.0
    ))
}

/// Metrics for which the length of runs cannot be judged.
fn silent(plan: &Plan) -> Option<String> {
    let names: Vec<String> = plan
        .allocations
        .iter()
        .filter(|row| row.runs_share.is_none())
        .map(|row| metric(row.workload, &row.metric, row.direction))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "Whether longer runs would help is not known for {}: their runs do not say how well they know their own \
             value.",
            names.join("; ")
        )
    })
}

fn allocation(row: &super::Allocation) -> Option<String> {
    let name = metric(row.workload, &row.metric, row.direction);
    let share = row.runs_share?;
    let cells = count(row.cells_within, "cell");
    let noise =
        format!("{name}: {} of the variance of a block's mean is the runs' own noise (over {cells})", percent(share));
    let (Some(factor), Some(time_share), Some(run)) = (row.run_factor, row.time_share, row.run_s) else {
        return Some(format!("{noise}."));
    };
    let gain = 1.0 - time_share;
    Some(if gain < 0.05 {
        format!("{noise}; runs of {} are within 5 % of the best length.", length(run))
    } else {
        format!(
            "{noise}; with runs of {} instead of {} the same precision would take {} less of this workload's time, if \
             noise falls \
             as runs grow.",
            length(run * factor),
            length(run),
            percent(gain)
        )
    })
}

fn length(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1} s") } else { time(seconds) }
}

fn links(plan: &Plan) -> Option<String> {
    let known: Vec<f64> = plan.allocations.iter().filter_map(|row| row.twice_links).collect();
    let (least, most) = (known.iter().copied().reduce(f64::min)?, known.iter().copied().reduce(f64::max)?);
    let range = match (format!("{least:.2}"), format!("{most:.2}")) {
        (least, most) if least == most => least,
        (least, most) => format!("{least} to {most} (by metric)"),
    };
    Some(format!(
        "Links are fixed, and what is found holds for those that were measured. Twice as many that behave alike, in \
         as many \
         blocks, would leave {range} of an interval's width; twice as many blocks, for as many runs, leave {:.2}. \
         More links widen what a \
         result is about; they do not replace repetitions.",
        0.5f64.sqrt()
    ))
}

fn design_alone(plan: &Plan, blocks: u32, options: &Options) -> String {
    let pairs: Vec<&Planned> = plan
        .rows
        .iter()
        .filter(|row| {
            row.blocks == blocks
                && row.blocks_least.is_some()
                && row.kind == PlannedKind::Pair
                && row.family_size.is_some_and(|size| size > 0)
        })
        .collect();
    let possible = pairs.iter().filter(|row| row.blocks_least.is_some_and(|least| blocks >= least)).count();
    let smallest = design::paired(blocks as usize);
    let intervals =
        match plan.rows.iter().find(|row| row.kind == PlannedKind::Interval).and_then(|row| row.blocks_least) {
            Some(least) if blocks >= least => "intervals that assume no normality",
            _ => "only intervals that assume normality",
        };
    let sizes: BTreeSet<u32> = pairs.iter().filter_map(|row| row.family_size).collect();
    let family = match (sizes.first(), sizes.last()) {
        (Some(small), Some(large)) if small == large => format!(" in families of {small}"),
        (Some(small), Some(large)) => format!(" in families of {small} to {large}"),
        _ => String::new(),
    };
    format!(
        "{}{} could tell {possible} of {} apart{family} (smallest p {}, alpha {} after Holm), and have {intervals}.",
        count(blocks as usize, "block"),
        lasting(plan, blocks),
        count(pairs.len(), "pair"),
        if smallest < 1e-4 { format!("{smallest:.0e}") } else { format!("{smallest:.4}") },
        options.alpha(),
    )
}

//! Why a contrast says what it says.

use crate::comparisons::contrasts::Grids;
use crate::comparisons::effect;
use crate::comparisons::for_margin::POWER;
use crate::comparisons::grid::{Differences, Grid, differences};
use crate::estimates::campaign::Column;
use crate::options::{Adjustment, Options, Replicate};
use crate::print;
use crate::sentence;
use meshbench_reports::number::pretty;
use meshbench_reports::words::{many, of};
use meshbench_schemas::catalogue::{self, Better, Scale};
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Answer, Contrasted, Covers, EffectKind, EffectMethod, IntervalEnd, PairTest, Together};
use meshbench_terminal::{Column as Shape, Page, Table};
use std::fmt::Write;

/// What is added and taken away in a contrast; `None` where a cell of it is not there.
fn terms<'g, 'a>(grids: &'g Grids<'a>, row: &Contrast) -> Option<Vec<(f64, &'g Grid<'a>)>> {
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
    let mut terms = vec![(1.0, side(&row.left_side)?), (-1.0, side(&row.right_side)?)];
    if row.kind == Contrasted::Interaction {
        let base = row.reference.as_ref();
        terms.push((-1.0, cell(Some(&row.left_side), tuning, base)?));
        terms.push((1.0, cell(Some(&row.right_side), tuning, base)?));
    }
    Some(terms)
}

/// The differences that a test by sign flips was made of.
fn flipped(grids: &Grids<'_>, column: &Column, row: &Contrast) -> Option<Differences> {
    if matches!(row.test, PairTest::SignFlip | PairTest::Ar1) {
        differences(&terms(grids, row)?, column.metric).ok()
    } else {
        None
    }
}

/// The differences of a contrast that are zero; `None` where none is.
pub(crate) fn tied(grids: &Grids<'_>, column: &Column, row: &Contrast, options: &Options) -> Option<Tied> {
    let found = flipped(grids, column, row).filter(|_| row.test == PairTest::SignFlip)?;
    Tied::of(&found, options)
}

/// The data, the steps and the sources behind a contrast of two cells.
pub fn explain(grids: &Grids<'_>, column: &Column, row: &Contrast, (options, page): (&Options, Page)) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}\n", page.line("", &sentence::contrast(row)));
    if let Some(found) = flipped(grids, column, row) {
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
    text += &super::numbered(&steps(row, tied(grids, column, row, options), options), page);
    if !row.warnings.is_empty() || !row.findings.is_empty() {
        let _ = writeln!(text);
    }
    text + &super::touching(&row.warnings, &row.findings, page)
}

/// Differences of zero, which have no sign to flip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tied {
    /// How many differences are zero.
    pub zeros: usize,
    /// The smallest p that the others can give.
    pub smallest: f64,
}

impl Tied {
    /// `None` where none is zero.
    fn of(found: &Differences, options: &Options) -> Option<Self> {
        let smallest = effect::paired(found, options).p?.smallest?;
        let by_link = found.values.len() == 1 || options.replicate == Replicate::LinkInBlock;
        let values = if by_link { found.by_link() } else { found.by_block() };
        let zeros = values.iter().filter(|value| **value == 0.0).count();
        (zeros > 0).then_some(Self { zeros, smallest })
    }
}

/// How a contrast was made, step by step.
pub(crate) fn steps(row: &Contrast, tied: Option<Tied>, options: &Options) -> Vec<String> {
    let mut steps = Vec::new();
    let log = row.effect == EffectKind::Ratio;
    match row.test {
        PairTest::SignFlip => {
            let scale = if log { "The logarithm of the ratio" } else { "The difference" };
            let unit = match (row.covers, options.replicate) {
                (Covers::Links, _) if row.blocks_expected > 1 => {
                    "One block alone has values of both sides, so each link is one difference."
                }
                (Covers::Links | Covers::None, _) => "There is one block, so each link is one difference.",
                (_, Replicate::LinkInBlock) => "Each link in each block is one difference, as asked.",
                _ => "Its mean over the links is the one difference of a block.",
            };
            steps.push(format!(
                "{scale} is taken on the same link in the same block, so that what both sides share there cancels. {unit} \
                 That makes {}, from {} and {}.",
                many(row.pairs.into(), "difference"),
                of(row.blocks, row.blocks_expected, "block"),
                of(row.links, row.links_expected, "link")
            ));
            let walsh = u64::from(row.pairs) * (u64::from(row.pairs) + 1) / 2;
            steps.push(match row.method {
                EffectMethod::HodgesLehmann => format!(
                    "The effect is the median of the {walsh} means of two differences, each with itself among them (Hodges and \
                     Lehmann, 1963); the interval is what the exact signed-rank test does not reject, {} % of confidence for \
                     {} % asked.",
                    print::confidence(row.achieved_confidence.unwrap_or(row.confidence), 3),
                    percent(row.confidence)
                ),
                _ => format!(
                    "With {} no signed-rank interval has {} %, so the effect is their mean{}.",
                    many(row.pairs.into(), "difference"),
                    percent(row.confidence),
                    if row.low.is_some() { " with Student's t, which rests on normality" } else { ", without an interval" }
                ),
            });
            if let Some(p) = row.p {
                let (which, how) = counted(row, "sign changes", options);
                steps.push(format!(
                    "If neither side were better, each difference could as well have the other sign: of {which} the share \
                     with a sum at least as far from zero gives {} ({how}; Fisher, 1935; Pitman, 1937).",
                    sentence::p(p)
                ));
            }
        }
        PairTest::Ar1 => steps.push(format!(
            "{} is taken on the same link in the same block, and its mean over the links is the one difference of a block: {}, from \
             {} and {}. Neighbouring blocks are alike, or were said to be, so interval, p and equivalence \
             come from what a stationary autoregressive series of these differences leaves of its mean, over all correlations \
             between neighbours from 0 to 0.9, each weighted by how well it fits (Zellner and Tiao, 1964).",
            if log { "The logarithm of the ratio" } else { "The difference" },
            many(row.pairs.into(), "difference"),
            of(row.blocks, row.blocks_expected, "block"),
            of(row.links, row.links_expected, "link")
        )),
        PairTest::StratifiedLogRank => {
            let (which, how) = counted(row, "ways to deal the runs of each link out to the two sides", options);
            steps.push(format!(
                "Some durations were stopped at a limit, so the curves of what still runs are compared by the log-rank test \
                 (Mantel, 1966) within each of {}, with the share of {which} that are at least as extreme for its p ({how}); {}.",
                many(row.links.into(), "link"),
                medians(row)
            ));
        }
        PairTest::Fisher => steps.push(
            "Shares of successful attempts differ by Newcombe's interval (1998, method 10), and are tested by Fisher's exact test \
             (1935); attempts of all links and blocks are counted together."
                .to_owned(),
        ),
        PairTest::LogRank => {
            let (which, how) = counted(row, "ways to deal them out to the two sides", options);
            steps.push(format!(
                "Some durations were stopped at a limit, so the curves of what still runs are compared by the log-rank test \
                 (Mantel, 1966) over {}, with the share of {which} that are at least as extreme for its p ({how}); {}.",
                many(row.pairs.into(), "run"),
                medians(row)
            ));
        }
        // Tests of changes and of associations, which are no contrasts.
        PairTest::MannWhitney | PairTest::KendallFisherZ | PairTest::None => {
            steps.push(format!("There is no test: {}.", row.reason.clone().unwrap_or_default()));
        }
    }
    if let Some(adjusted) = row.p_adjusted {
        let year = match options.adjustment {
            Adjustment::Holm => 1979,
            Adjustment::BenjaminiHochberg => 1995,
        };
        let method = format!("{} ({year})", options.adjustment.name());
        steps.push(format!(
            "The family is \"{}\" with {}; adjusted by {method}: {}.",
            row.family,
            many(row.family_size.into(), "test"),
            sentence::p(adjusted)
        ));
    }
    if row.simultaneous_low.is_some() || row.simultaneous_high.is_some() {
        steps.push(together(row, options.adjustment));
    }
    if let (Some(smallest), Some(adjusted)) = (row.smallest_p, row.smallest_p_adjusted) {
        let needed = row.blocks_needed.map(least).unwrap_or_default();
        let floor = match (row.answer, sentence::at_floor(row)) {
            (Answer::NotResolved, true) => {
                " This contrast reached it: what leaves it open is the adjustment, as others of its family are less clear."
            }
            _ => "",
        };
        let zeros = tied.map(|tied| tied.words(row.pairs)).unwrap_or_default();
        steps.push(format!(
            "The smallest that this design could give is {}, and {} adjusted if every test of the family gave its \
             smallest, against an alpha of {}.{floor}{zeros}{needed}",
            sentence::p(smallest),
            sentence::p(adjusted),
            options.alpha()
        ));
    }
    if let Some(p) = row.p_equivalence {
        steps.push(format!(
            "Two one-sided {} ask whether the difference lies within the margin ({}): {} adjusted \
             (Schuirmann, 1987).",
            if row.test == PairTest::Ar1 { "tests by the same distribution" } else { "signed-rank tests" },
            sentence::margin(row.effect, &row.metric, row.margin),
            sentence::p(p)
        ));
    }
    if let (Some(share), Some(low), Some(high)) = (row.superiority, row.superiority_low, row.superiority_high) {
        steps.push(format!(
            "{} {} in a share of {share:.2} [{low:.2}, {high:.2}] of the differences (Cliff's delta {:+.2}).",
            row.left_side,
            larger(row),
            2.0 * share - 1.0
        ));
    }
    if let Some(blocks) = row.blocks_for_margin {
        steps.push(format!(
            "If blocks go on to differ as they did, {} would show a difference as large as the margin with a power of about \
             {} % (sign flips at the first step of {}, that is at {}; normal differences).",
            many(blocks.into(), "block"),
            POWER * 100.0,
            options.adjustment.name(),
            level(options.alpha() / options.adjustment.multiplier(row.family_size.max(1) as usize) as f64)
        ));
    }
    steps
}

/// What the left side of a contrast has where a difference is above zero. Of two responses it is no value but what an impairment
/// makes of one.
fn larger(row: &Contrast) -> &'static str {
    let keeps = catalogue::metric(&row.metric).is_some_and(|metric| metric.better == Better::Higher);
    match (row.kind, row.effect) {
        (Contrasted::Interaction, EffectKind::Ratio) if keeps => "keeps the larger share of its baseline",
        (Contrasted::Interaction, EffectKind::Ratio) => "comes to the larger multiple of its baseline",
        (Contrasted::Interaction, _) => "has the larger difference from its baseline",
        _ => "has the larger value",
    }
}

/// What made each end of an interval of a family what it is; nothing for an end of its own.
fn end_said(end: Option<IntervalEnd>, side: &str, adjustment: Adjustment) -> Option<String> {
    let method = adjustment.name();
    match end? {
        IntervalEnd::Own => None,
        IntervalEnd::Open => {
            Some(format!("it has no {side} end, which so few values do not give with that confidence"))
        }
        IntervalEnd::Cut => Some(format!(
            "its {side} end was further, and is cut at no difference, which does not belong to it, because p adjusted by {method} \
             rejects it"
        )),
        IntervalEnd::Stretched => Some(format!(
            "its {side} end was nearer, and is moved to no difference, which belongs to it, because p adjusted by {method} does not \
             reject it"
        )),
    }
}

/// The ends of an interval of a family in words.
fn ends_said(row: &Contrast, adjustment: Adjustment) -> String {
    let said = [(row.simultaneous_low_end, "lower"), (row.simultaneous_high_end, "upper")]
        .into_iter()
        .filter_map(|(end, side)| end_said(end, side, adjustment))
        .collect::<Vec<_>>();
    if said.is_empty() { String::new() } else { format!("; {}", said.join(", and ")) }
}

/// The interval that agrees with the adjusted test.
fn together(row: &Contrast, adjustment: Adjustment) -> String {
    let ratio = row.effect == EffectKind::Ratio;
    // A share is in percent, so that a difference of two is taken for no ratio.
    let (times, decimals, unit) = match (ratio, &*row.unit) {
        (true, _) => (1.0, 4, String::new()),
        (false, "ratio") => (100.0, 2, " percentage points".to_owned()),
        (false, unit) => (1.0, 4, format!(" {unit}")),
    };
    let shown = |value: f64| {
        let value = value * times;
        // What is not zero is not shown as if it were.
        let vanishes = value != 0.0 && value.abs() < 1e-4;
        pretty(&if vanishes { format!("{value:.1e}") } else { format!("{value:.decimals$}") })
    };
    let low = row.simultaneous_low.map_or_else(|| if ratio { "0".to_owned() } else { "−∞".to_owned() }, shown);
    let high = row.simultaneous_high.map_or_else(|| "∞".to_owned(), shown);
    let out = ends_said(row, adjustment);
    let level = print::confidence(row.simultaneous_confidence.unwrap_or(row.confidence), 3);
    match row.simultaneous {
        Together::BonferroniHolm => format!(
            "Together with the other intervals of the family ({level} % each, so that {} % hold at once by Bonferroni's \
             inequality) it is {low} to {high}{unit}{out}.",
            percent(row.confidence)
        ),
        Together::FalseCoverageRate | Together::None => format!(
            "Of the intervals of all differences that are found, {} % hold on average if each has {level} % (Benjamini and \
             Yekutieli, 2005): {low} to {high}{unit}{out}.",
            percent(row.confidence)
        ),
    }
}

impl Tied {
    fn words(self, differences: u32) -> String {
        format!(
            " {} of {} {} 0, which flipping does not change: with the others the smallest is {}.",
            self.zeros,
            many(differences.into(), "difference"),
            if self.zeros == 1 { "is" } else { "are" },
            sentence::p(self.smallest)
        )
    }
}

/// From how many blocks on a difference could show.
fn least(blocks: u32) -> String {
    let (verb, of) = if blocks == 1 { ("is", "block") } else { ("are", "blocks") };
    format!(" {blocks} {of} {verb} the least that could show a difference.")
}

/// What a permutation test went through: all of it, or so many that were drawn.
fn counted(row: &Contrast, things: &str, options: &Options) -> (String, String) {
    match row.p_error {
        Some(error) => (
            format!("{} {things} drawn at random", options.resampling.resamples),
            format!("Monte Carlo error {error:.1e}"),
        ),
        None => (format!("all {things}"), "counted exactly".to_owned()),
    }
}

/// A share in percent, without what rounding leaves behind.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

/// A level with three digits that count.
fn level(alpha: f64) -> String {
    if alpha >= 0.001 { format!("{:.4}", alpha).trim_end_matches('0').to_owned() } else { format!("{alpha:.2e}") }
}

/// What the effect of durations is, some of which were stopped.
fn medians(row: &Contrast) -> &'static str {
    match row.value {
        Some(_) => "the effect is the ratio of Kaplan-Meier medians",
        None => "there is no effect, because there are not two Kaplan-Meier medians",
    }
}

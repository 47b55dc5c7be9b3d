//! One cell over which a claim is asserted, before p is adjusted.

use super::claim::{Claim, Link, Relation, Test};
use crate::comparisons::effect::Effect;
use crate::options::Options;
use crate::sentence::{self, Size};
use crate::stats::correlation::kendall_against;
use crate::stats::design;
use meshbench_schemas::finding::Findings;
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::warning::Warnings;
use meshbench_schemas::words::{Covers, EffectKind, EffectMethod, Judgement, PairTest};

/// More replicates than this nobody measures.
const MOST: usize = 1000;

/// What the data say for and against.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tested {
    /// p of the hypothesis that the claim is not so.
    pub support: Option<f64>,
    /// p of the hypothesis that it is so. At most one of the two hypotheses is true.
    pub refute: Option<f64>,
    /// The smallest p that `support` could have been.
    pub smallest: Option<f64>,
    /// The smallest p that either could have been.
    pub least: Option<f64>,
}

/// On what the smallest p of a number of replicates depends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Design {
    /// Nothing that is known here.
    Unknown,
    /// Sign flips over blocks.
    Paired,
    /// One-sided signed ranks over blocks.
    PairedEquivalence,
    /// Kendall's τ against a threshold.
    Kendall(Link, f64),
}

impl Design {
    /// The smallest p in favour of the claim that so many replicates could give.
    pub fn smallest(self, count: usize) -> Option<f64> {
        match self {
            Self::Unknown => None,
            Self::Paired => Some(design::paired(count)),
            Self::PairedEquivalence => Some(design::paired_equivalence(count)),
            Self::Kendall(link, threshold) => match link {
                Link::Predicts | Link::Tracks => Some(2.0 * kendall_against(1.0, count, threshold)?.above),
                Link::DoesNotPredict => Some(2.0 * kendall_against(-1.0, count, threshold)?.below),
                Link::DoesNotTrack => Some(kendall_against(0.0, count, threshold)?.below),
            },
        }
    }

    /// The least number of replicates that could show the claim beside `family` tests.
    pub fn needed(self, alpha: f64, family: usize) -> Option<usize> {
        (1..=MOST).find(|count| self.smallest(*count).is_some_and(|p| p * family as f64 <= alpha))
    }
}

/// A cell with its numbers, and the words for either outcome.
#[derive(Debug, Clone)]
pub struct Cell {
    pub row: Verdict,
    pub tested: Tested,
    pub design: Design,
    /// Where: "tcp throughput, forward, at medium".
    pub place: String,
    /// The claim in this cell: "headscale is better than internal".
    pub claimed: String,
    /// What is so where it is refuted.
    pub contrary: String,
    /// The estimate in words.
    pub size: Option<String>,
}

/// A row about a claim, with no numbers.
pub fn row(claim: &Claim, options: &Options) -> Verdict {
    let target = claim.test.target();
    Verdict {
        claim: claim.id.as_str().into(),
        cell: 0,
        says: claim.says.clone(),
        source: claim.source.clone(),
        test: claim.test.as_str().into(),
        relation: claim.test.relation().into(),
        bound: match &claim.test {
            Test::Comparison(test) | Test::Response(test) => match test.relation {
                Relation::AtLeast(factor) => Some(factor),
                _ => Some(test.margin.unwrap_or(options.margin.share())),
            },
            Test::Association(test) => Some(test.threshold),
            Test::Rank(test) => Some(test.first as f64),
        },
        quantifier: claim.quantifier.as_str().into(),
        left_side: String::new(),
        right_side: String::new(),
        system: None,
        tuning: None,
        profile: None,
        workload: target.workload,
        metric: target.metric.id.into(),
        direction: None,
        verdict: Judgement::NotTestable,
        effect: EffectKind::None,
        value: None,
        low: None,
        high: None,
        unit: "".into(),
        method: EffectMethod::None,
        covers: Covers::None,
        confidence: options.confidence.share(),
        achieved_confidence: None,
        p_test: PairTest::None,
        p_support: None,
        p_support_adjusted: None,
        p_refute: None,
        p_refute_adjusted: None,
        smallest_p: None,
        smallest_p_adjusted: None,
        family_size: 0,
        count: 0,
        blocks: 0,
        links: 0,
        count_needed: None,
        reason: None,
        sentence: String::new(),
        warnings: Warnings::default(),
        findings: Findings::default(),
    }
}

impl Cell {
    /// A cell without numbers, and why it has none.
    pub fn without(row: Verdict, place: String, claimed: String, reason: String) -> Self {
        Self {
            row: Verdict { reason: Some(reason), ..row },
            tested: Tested::default(),
            design: Design::Unknown,
            place,
            claimed,
            contrary: String::new(),
            size: None,
        }
    }

    /// Takes over the numbers of an effect.
    pub fn measured(row: Verdict, effect: &Effect, unit: &str, options: &Options) -> (Verdict, Option<String>) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let reached = effect.interval.map(|interval| interval.confidence);
        let row = Verdict {
            effect: effect.kind,
            value: effect.value,
            low: effect.interval.map(|interval| interval.low),
            high: effect.interval.map(|interval| interval.high),
            unit: if effect.kind == EffectKind::Ratio { "ratio" } else { unit }.into(),
            method: effect.method,
            covers: effect.covers,
            achieved_confidence: reached.filter(|reached| *reached != options.confidence.share()),
            p_test: effect.test,
            count: count(effect.pairs),
            blocks: count(effect.blocks),
            links: count(effect.links.0),
            reason: effect.reason.clone(),
            warnings: effect.warnings.clone(),
            ..row
        };
        let size = row.value.map(|value| {
            sentence::size(Size {
                effect: row.effect,
                metric: &row.metric,
                value,
                low: row.low,
                high: row.high,
                confidence: row.achieved_confidence.unwrap_or(row.confidence),
                covers: row.covers,
                blocks: row.blocks,
                pairs: row.count,
            })
        });
        (row, size)
    }
}

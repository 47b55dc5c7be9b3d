//! A claim: a published sentence as a test.

use meshbench_schemas::catalogue::{Better, Metric};
use meshbench_schemas::words::{Direction, Slug, Workload};
use serde::Deserialize;

/// A sentence with what it means in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its name in tables.
    pub id: Slug,
    /// The sentence as published.
    pub says: String,
    /// Where it was published.
    pub source: String,
    /// What it means.
    pub test: Test,
    /// Over which cells it is asserted.
    pub scope: Scope,
    /// Of all these cells, or of any.
    pub quantifier: Quantifier,
}

/// Of which cells a claim is asserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantifier {
    /// It holds in each of them.
    #[default]
    All,
    /// It holds in at least one.
    Any,
}

impl Quantifier {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
        }
    }
}

/// Values of one dimension.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Set {
    /// All that the dataset has.
    #[default]
    All,
    /// All profiles but `baseline`.
    Impaired,
    /// These, whether the dataset has them or not.
    These(Vec<Slug>),
}

/// Where a claim is asserted, in each dimension that its sides leave open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    /// Systems.
    pub systems: Set,
    /// Host settings.
    pub tunings: Set,
    /// Impairments.
    pub profiles: Set,
}

/// A metric of a workload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The metric.
    pub metric: &'static Metric,
    /// The workload.
    pub workload: Workload,
    /// One direction; every one that the metric has otherwise.
    pub direction: Option<Direction>,
}

impl Target {
    /// 1 where more is better (or neither is), −1 where less is.
    pub fn orientation(&self) -> f64 {
        if self.metric.better == Better::Lower { -1.0 } else { 1.0 }
    }
}

/// One side of a comparison; what it leaves out is as on the other side, and open where both leave it out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Side {
    /// What is measured.
    pub system: Option<Slug>,
    /// Host settings under test.
    pub tuning: Option<Slug>,
    /// Network impairment.
    pub profile: Option<Slug>,
}

/// What is claimed of the left side against the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Relation {
    /// It is better.
    Better,
    /// It is worse.
    Worse,
    /// They differ by less than the margin.
    Equivalent,
    /// They differ, whichever way.
    Different,
    /// It is not worse by the margin or more.
    NotWorse,
    /// It is better by this factor or more.
    AtLeast(f64),
}

impl Relation {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::Different => "different",
            Self::NotWorse => "not-worse",
            Self::AtLeast(_) => "at-least",
        }
    }
}

/// Two sides in one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In what.
    pub target: Target,
    /// Of whom something is claimed.
    pub left: Side,
    /// Against whom.
    pub right: Side,
    /// What is claimed.
    pub relation: Relation,
    /// Difference that does not matter, relative; that of the options where absent.
    pub margin: Option<f64>,
}

/// What is claimed of two metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Who is good in x is good in y.
    Predicts,
    /// Not so: at most a weak tendency.
    DoesNotPredict,
    /// They go together, one way or the other.
    Tracks,
    /// They do not: at most a weak tendency either way.
    DoesNotTrack,
}

impl Link {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Predicts => "predicts",
            Self::DoesNotPredict => "does-not-predict",
            Self::Tracks => "tracks",
            Self::DoesNotTrack => "does-not-track",
        }
    }
}

/// Over what an association is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// The estimates of all systems in one cell.
    Systems,
    /// The blocks of one system, links averaged.
    Blocks,
    /// The links and blocks of one system.
    Runs,
}

impl Unit {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Systems => "systems",
            Self::Blocks => "blocks",
            Self::Runs => "runs",
        }
    }
}

/// Two metrics, and whether they go together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Association {
    /// The one.
    pub x: Target,
    /// The other.
    pub y: Target,
    /// Over what.
    pub unit: Unit,
    /// What is claimed.
    pub relation: Link,
    /// |τ| from which an association is of use.
    pub threshold: f64,
}

/// A system's place among all.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// In what.
    pub target: Target,
    /// Whose place.
    pub system: Slug,
    /// It is among so many first ones.
    pub first: usize,
}

/// What a claim means.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Two sides in one metric.
    Comparison(Comparison),
    /// The same of the shares that both sides keep of their own baseline.
    Response(Comparison),
    /// Two metrics.
    Association(Association),
    /// A place.
    Rank(Place),
}

impl Test {
    /// The name in files.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Comparison(_) => "comparison",
            Self::Response(_) => "response",
            Self::Association(_) => "association",
            Self::Rank(_) => "rank",
        }
    }

    /// What is claimed, as in files.
    pub const fn relation(&self) -> &'static str {
        match self {
            Self::Comparison(test) | Self::Response(test) => test.relation.as_str(),
            Self::Association(test) => test.relation.as_str(),
            Self::Rank(_) => "first",
        }
    }

    /// The (first) metric.
    pub const fn target(&self) -> Target {
        match self {
            Self::Comparison(test) | Self::Response(test) => test.target,
            Self::Association(test) => test.x,
            Self::Rank(test) => test.target,
        }
    }
}

//! The stage tables of comparisons, arranged as they are read: one [`Comparison`] a workload, metric and
//! direction. Only metrics that have tables and figures of their own are shown.

mod components;
mod effects;
mod kept;
mod pairs;
mod ranks;
mod said;
mod scores;
mod seen;

pub use kept::shares;
pub use ranks::by_ranking;
pub use said::{answer as answer_words, effect, hold, joined_by, place, touching, undecidable};
pub use seen::{Seen, against_internal};

use crate::grid::Grid;
use crate::{Adjustment, Input, ReportError, order};
use meshbench_schemas::catalogue::{METRICS, Metric};
use meshbench_schemas::finding::Code;
use meshbench_schemas::stage::{Components, Contrast, Estimate, Omnibus, Rank, Score};
use meshbench_schemas::words::{Answer, Contrasted, Direction, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// The bare network, which every system is compared to and which has no place among them.
pub const INTERNAL: &str = "internal";

/// What ids are called, what finding codes stand for, and how p was adjusted: what sentences need besides a row.
#[derive(Debug, Default)]
pub struct Names<'a> {
    labels: BTreeMap<&'a str, &'a str>,
    titles: BTreeMap<&'a str, &'a str>,
    /// How p was adjusted.
    pub adjustment: Adjustment,
}

impl<'a> Names<'a> {
    /// The names of an input. Where two notes give one code two titles, the first by alphabet counts.
    pub fn new(input: &'a Input<'_>) -> Self {
        let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
        for finding in input.findings {
            let title = titles.entry(&finding.code).or_insert(&finding.title);
            *title = (*title).min(&finding.title);
        }
        let labels = input.campaign.labels.iter().map(|(id, label)| (&**id, label.as_str())).collect();
        Self { labels, titles, adjustment: input.adjustment }
    }

    /// The label of a system; its id where it has none.
    pub fn system<'b>(&'b self, id: &'b str) -> &'b str {
        self.labels.get(id).copied().unwrap_or(id)
    }

    /// The order of systems in tables.
    pub fn order<'b>(&'b self, id: &'b str) -> (bool, String, &'b str, bool, &'b str) {
        order::system(id, self.system(id), "default")
    }

    /// A finding in a sentence, by its code.
    pub fn finding(&self, code: Code) -> String {
        match self.titles.get(code.as_str()).filter(|title| !title.is_empty()) {
            Some(title) => format!("Finding {code}: {}", title.trim_end_matches('.')),
            None => format!("Finding {code}"),
        }
    }
}

/// Everything that compares systems in one metric of one workload in one direction.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// What is run.
    pub workload: Workload,
    /// The number.
    pub metric: &'static Metric,
    /// Which way the payload flows.
    pub direction: Option<Direction>,
    /// Contrasts of all kinds.
    pub contrasts: Vec<&'a Contrast>,
    /// Places.
    pub ranks: Vec<&'a Rank>,
    /// Tests of all systems at once.
    pub omnibus: Vec<&'a Omnibus>,
    /// Components of variance.
    pub components: Vec<&'a Components>,
    /// Estimates of the same, by system, tuning and profile.
    pub estimates: BTreeMap<(&'a str, &'a str, &'a str), &'a Estimate>,
}

impl<'a> Comparison<'a> {
    /// `tcp-throughput-forward`, as the series of the same.
    pub fn name(&self) -> String {
        let direction = self.direction.map(|d| format!("-{d}")).unwrap_or_default();
        format!("{}-{}{direction}", self.workload, self.metric.id)
    }

    /// `tcp: throughput, forward`.
    pub fn title(&self) -> String {
        let direction = self.direction.map(|d| format!(", {d}")).unwrap_or_default();
        format!("{}: {}{direction}", self.workload, self.metric.title)
    }

    /// Every table of it, in reading order.
    pub fn grids(&self, names: &Names<'_>) -> Vec<Grid> {
        let mut grids = Vec::new();
        grids.extend(ranks::grid(self, names));
        for kind in [Contrasted::System, Contrasted::Interaction] {
            grids.extend(effects::grid(self, kind, names));
            grids.extend(pairs::grid(self, kind, names));
        }
        grids.extend(effects::grid(self, Contrasted::Response, names));
        grids.extend(effects::grid(self, Contrasted::Tuning, names));
        grids.extend(components::grid(self, names));
        grids
    }

    /// The contrasts between systems that have places, under one profile and tuning.
    pub fn among<'b>(&'b self, profile: &'b str, tuning: &'b str) -> impl Iterator<Item = &'a Contrast> + 'b
    where
        'a: 'b,
    {
        self.contrasts.iter().copied().filter(move |row| {
            row.kind == Contrasted::System
                && row.profile.as_deref() == Some(profile)
                && row.tuning.as_deref() == Some(tuning)
                && ![&*row.left_side, &*row.right_side].contains(&INTERNAL)
                && row.answer != Answer::NoData
        })
    }

    /// Whether more than one tuning is compared, so that headings have to name it.
    fn many_tunings(&self) -> bool {
        let contrasts = self.contrasts.iter().filter_map(|row| row.tuning.as_deref());
        let others = self.ranks.iter().map(|row| &*row.tuning).chain(self.components.iter().map(|row| &*row.tuning));
        contrasts.chain(others).collect::<BTreeSet<_>>().len() > 1
    }

    /// The heading of what belongs to a profile under a tuning.
    fn heading(&self, profile: &str, tuning: &str) -> String {
        if self.many_tunings() { format!("{profile}, {tuning}") } else { profile.to_owned() }
    }
}

/// The comparisons of a campaign.
#[derive(Debug)]
pub struct Comparisons<'a> {
    /// By workload, then in the order of the catalogue.
    pub all: Vec<Comparison<'a>>,
    /// Composite scores.
    pub scores: Vec<&'a Score>,
    /// What ids are called.
    pub names: Names<'a>,
}

impl<'a> Comparisons<'a> {
    /// Arranges the rows of an input.
    pub fn new(input: &'a Input<'a>) -> Result<Self, ReportError> {
        let mut all: BTreeMap<(Workload, usize, Option<Direction>), Comparison<'a>> = BTreeMap::new();
        for row in &input.stages.contrasts {
            if let Some(found) = find(&mut all, row.workload, &row.metric, row.direction)? {
                found.contrasts.push(row);
            }
        }
        for row in &input.stages.ranks {
            if let Some(found) = find(&mut all, row.workload, &row.metric, row.direction)? {
                found.ranks.push(row);
            }
        }
        for row in &input.stages.omnibus {
            if let Some(found) = find(&mut all, row.workload, &row.metric, row.direction)? {
                found.omnibus.push(row);
            }
        }
        for row in &input.stages.components {
            if let Some(found) = find(&mut all, row.workload, &row.metric, row.direction)? {
                found.components.push(row);
            }
        }
        for row in &input.stages.estimates {
            let place = METRICS.iter().position(|metric| metric.id == &*row.metric);
            if let Some(found) = place.and_then(|place| all.get_mut(&(row.workload, place, row.direction))) {
                found.estimates.insert((&row.system, &row.tuning, &row.profile), row);
            }
        }
        let scores = input.stages.scores.iter().collect();
        let names = Names::new(input);
        Ok(Self { all: all.into_values().collect(), scores, names })
    }

    /// The comparison of a series, where there is any.
    pub fn of(&self, series: &str) -> Option<&Comparison<'a>> {
        self.all.iter().find(|comparison| comparison.name() == series)
    }

    /// The table of scores.
    pub fn scores(&self) -> Option<Grid> {
        scores::grid(&self.scores, &self.names)
    }
}

/// The comparison that a row belongs to; `None` for a metric without tables of its own.
fn find<'m, 'a>(
    all: &'m mut BTreeMap<(Workload, usize, Option<Direction>), Comparison<'a>>,
    workload: Workload,
    metric: &str,
    direction: Option<Direction>,
) -> Result<Option<&'m mut Comparison<'a>>, ReportError> {
    let found = METRICS.iter().enumerate().find(|(_, known)| known.id == metric);
    let (place, metric) = found.ok_or_else(|| ReportError::UnknownMetric(metric.to_owned()))?;
    if !metric.headline {
        return Ok(None);
    }
    Ok(Some(all.entry((workload, place, direction)).or_insert_with(|| Comparison {
        workload,
        metric,
        direction,
        contrasts: Vec::new(),
        ranks: Vec::new(),
        omnibus: Vec::new(),
        components: Vec::new(),
        estimates: BTreeMap::new(),
    })))
}

//! Estimates and run values arranged as they are read: one series a workload, metric and direction.

use crate::cell::{Content, content};
use crate::compare::Names;
use crate::units::Shown as Unit;
use crate::{Campaign, Input, ReportError, order, words};
use meshbench_schemas::catalogue::{METRICS, Metric, metric};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::words::{Direction, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// What a row of a table shows: a system under a tuning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row<'a> {
    /// The system's id.
    pub system: &'a str,
    /// The tuning's id.
    pub tuning: &'a str,
    /// Label for people, with the tuning where the campaign has several.
    pub label: String,
}

/// An `ok` run's value on one link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkValue {
    /// Index into [`Series::links`].
    pub link: usize,
    /// Replicate.
    pub block: u32,
    /// Value in the base unit.
    pub value: f64,
}

/// One metric of one workload in one direction: what a table and a figure show.
#[derive(Debug)]
pub struct Series<'a> {
    /// What is run.
    pub workload: Workload,
    /// The number.
    pub metric: &'static Metric,
    /// Which way the payload flows.
    pub direction: Option<Direction>,
    /// The one unit of all its numbers.
    pub unit: Unit,
    /// Rows, in the order of tables.
    pub rows: Vec<Row<'a>>,
    /// Profiles, in order.
    pub profiles: Vec<&'a str>,
    /// Links, `source to target`, sorted.
    pub links: Vec<String>,
    /// What the codes of findings that its estimates carry stand for, each in a sentence.
    pub findings: BTreeMap<&'a str, String>,
    cells: BTreeMap<(usize, usize), &'a Estimate>,
    values: BTreeMap<(usize, usize), Vec<LinkValue>>,
}

impl<'a> Series<'a> {
    /// `tcp-throughput-forward`.
    pub fn name(&self) -> String {
        let direction = self.direction.map(|d| format!("-{d}")).unwrap_or_default();
        format!("{}-{}{direction}", self.workload, self.metric.id)
    }

    /// `tcp: throughput, forward`.
    pub fn title(&self) -> String {
        let direction = self.direction.map(|d| format!(", {d}")).unwrap_or_default();
        format!("{}: {}{direction}", self.workload, self.metric.title)
    }

    /// The metric with its unit, for a header or an axis: `throughput in Mbit/s`.
    pub fn quantity(&self) -> String {
        match self.unit.text {
            "" => self.metric.title.to_owned(),
            unit => format!("{} in {unit}", self.metric.title),
        }
    }

    /// The estimate of a cell, where there is one.
    pub fn estimate(&self, row: usize, profile: usize) -> Option<&'a Estimate> {
        self.cells.get(&(row, profile)).copied()
    }

    /// What a cell shows.
    pub fn content(&self, row: usize, profile: usize) -> Content {
        content(self.estimate(row, profile))
    }

    /// The `ok` runs of a cell by link and block.
    pub fn values(&self, row: usize, profile: usize) -> &[LinkValue] {
        self.values.get(&(row, profile)).map_or(&[], Vec::as_slice)
    }

    /// Every estimate, row by row, with its place.
    pub fn estimates(&self) -> impl Iterator<Item = ((usize, usize), &'a Estimate)> {
        self.cells.iter().map(|(place, estimate)| (*place, *estimate))
    }
}

/// A campaign arranged for reading.
#[derive(Debug)]
pub struct View<'a> {
    /// Every system and tuning of the campaign, in the order of tables.
    pub rows: Vec<Row<'a>>,
    /// Every series, by workload, then in the order of the catalogue.
    pub series: Vec<Series<'a>>,
}

impl<'a> View<'a> {
    /// Arranges the rows of an input.
    pub fn new(input: &'a Input<'a>) -> Result<Self, ReportError> {
        let rows = rows(&input.stages.estimates, &input.campaign);
        let names = Names::new(input);
        let mut groups: BTreeMap<(Workload, usize, Option<Direction>), Vec<&'a Estimate>> = BTreeMap::new();
        for estimate in &input.stages.estimates {
            let place = METRICS.iter().position(|metric| metric.id == &*estimate.metric);
            let place = place.ok_or_else(|| ReportError::UnknownMetric(estimate.metric.to_string()))?;
            groups.entry((estimate.workload, place, estimate.direction)).or_default().push(estimate);
        }
        let mut runs: BTreeMap<(Workload, &str, Option<Direction>), Vec<&'a RunValue>> = BTreeMap::new();
        for run in input.stages.run_values.iter().filter(|run| run.outcome == Outcome::Ok && run.value.is_finite()) {
            runs.entry((run.workload, &run.metric, run.direction)).or_default().push(run);
        }
        let mut series = Vec::with_capacity(groups.len());
        for ((workload, _, direction), estimates) in groups {
            let Some(metric) = estimates.first().and_then(|estimate| metric(&estimate.metric)) else { continue };
            let runs = runs.get(&(workload, metric.id, direction)).map_or(&[][..], Vec::as_slice);
            let of_workload: Vec<&Estimate> =
                input.stages.estimates.iter().filter(|e| e.workload == workload).collect();
            let mut one = one(metric, workload, direction, &rows, &of_workload, &estimates, runs);
            let codes = estimates.iter().flat_map(|estimate| estimate.findings.iter());
            one.findings = codes.map(|code| (code.as_str(), words::sentence(&names.finding(code)))).collect();
            series.push(one);
        }
        Ok(Self { rows, series })
    }

    /// The series that tables and figures are made of.
    pub fn headline(&self) -> impl Iterator<Item = &Series<'a>> {
        self.series.iter().filter(|series| series.metric.headline)
    }
}

fn rows<'a>(estimates: &'a [Estimate], campaign: &Campaign) -> Vec<Row<'a>> {
    let pairs: BTreeSet<(&str, &str)> = estimates.iter().map(|e| (&*e.system, &*e.tuning)).collect();
    let many_tunings = pairs.iter().map(|(_, tuning)| tuning).collect::<BTreeSet<_>>().len() > 1;
    let mut rows: Vec<Row<'a>> = pairs
        .into_iter()
        .map(|(system, tuning)| {
            let label = campaign.labels.get(system).map_or(system, String::as_str);
            let label = if many_tunings { format!("{label} ({tuning})") } else { label.to_owned() };
            Row { system, tuning, label }
        })
        .collect();
    rows.sort_by(|a, b| order::system(a.system, &a.label, a.tuning).cmp(&order::system(b.system, &b.label, b.tuning)));
    rows
}

fn one<'a>(
    metric: &'static Metric,
    workload: Workload,
    direction: Option<Direction>,
    all: &[Row<'a>],
    of_workload: &[&'a Estimate],
    estimates: &[&'a Estimate],
    runs: &[&'a RunValue],
) -> Series<'a> {
    // A tuning that this workload never saw is no gap; a system that it never saw is one.
    let seen: BTreeSet<(&str, &str)> = of_workload.iter().map(|e| (&*e.system, &*e.tuning)).collect();
    let systems: BTreeSet<&str> = seen.iter().map(|(system, _)| *system).collect();
    let rows: Vec<Row<'a>> = all
        .iter()
        .filter(|row| seen.contains(&(row.system, row.tuning)) || !systems.contains(row.system))
        .cloned()
        .collect();
    let mut profiles: Vec<&'a str> =
        of_workload.iter().map(|e| &*e.profile).collect::<BTreeSet<_>>().into_iter().collect();
    profiles.sort_by_key(|name| order::profile(name));
    let row_of: BTreeMap<(&str, &str), usize> =
        rows.iter().enumerate().map(|(at, row)| ((row.system, row.tuning), at)).collect();
    let profile_of: BTreeMap<&str, usize> = profiles.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let place =
        |system: &str, tuning: &str, profile: &str| Some((*row_of.get(&(system, tuning))?, *profile_of.get(profile)?));

    let mut cells = BTreeMap::new();
    for estimate in estimates {
        if let Some(place) = place(&estimate.system, &estimate.tuning, &estimate.profile) {
            cells.insert(place, *estimate);
        }
    }
    let pairs: BTreeSet<(&str, &str)> = runs.iter().map(|run| (&*run.source, &*run.target)).collect();
    let mut values: BTreeMap<(usize, usize), Vec<LinkValue>> = BTreeMap::new();
    for run in runs {
        let link = pairs.iter().position(|pair| *pair == (&*run.source, &*run.target));
        if let (Some(place), Some(link)) = (place(&run.system, &run.tuning, &run.profile), link) {
            values.entry(place).or_default().push(LinkValue { link, block: run.block, value: run.value });
        }
    }
    for list in values.values_mut() {
        list.sort_by(|a, b| (a.link, a.block).cmp(&(b.link, b.block)).then(a.value.total_cmp(&b.value)));
    }
    let shown = cells.values().filter_map(|e| e.value.or(e.at_least)).chain(values.values().flatten().map(|v| v.value));
    let unit = Unit::choose(metric.unit, shown);
    let links = pairs.into_iter().map(|(source, target)| format!("{source} to {target}")).collect();
    let findings = BTreeMap::new();
    Series { workload, metric, direction, unit, rows, profiles, links, findings, cells, values }
}

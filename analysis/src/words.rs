//! The words by which people name what a dataset holds: its own, in any case, and the labels and titles of them.

use crate::estimates::campaign::Campaign;
use clap::Args;
use meshbench_schemas::catalogue;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::tables::System;
use meshbench_schemas::words::Workload;
use meshbench_terminal::{Known, Unknown};
use std::collections::BTreeSet;

/// Which rows to show. Each may be given several times; none means all.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct Filter {
    /// Only this system, by name or label; may be given several times, as may the next ones
    #[arg(long, value_name = "SYSTEM")]
    pub system: Vec<String>,
    /// Only this profile
    #[arg(long, value_name = "PROFILE")]
    pub profile: Vec<String>,
    /// Only this workload
    #[arg(long, value_name = "WORKLOAD")]
    pub workload: Vec<String>,
    /// Only this metric; without it, people see the headline metrics
    #[arg(long, value_name = "METRIC")]
    pub metric: Vec<String>,
}

impl Filter {
    /// The same in the dataset's own words; fails at the first one that is none.
    pub fn resolved(&self, words: &Words<'_>) -> Result<Self, Unknown> {
        Ok(Self {
            system: all(&words.systems, &self.system)?,
            profile: all(&words.profiles, &self.profile)?,
            workload: all(&words.workloads, &self.workload)?,
            metric: all(&words.metrics, &self.metric)?,
        })
    }
}

/// The words that each of these means.
pub fn all(known: &Known<'_>, asked: &[String]) -> Result<Vec<String>, Unknown> {
    asked.iter().map(|word| known.find(word).map(str::to_owned)).collect()
}

/// The words of a dataset, or of two that are compared.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    /// Systems, with the campaign's own names of them.
    pub systems: Known<'a>,
    /// Tunings.
    pub tunings: Known<'a>,
    /// Profiles.
    pub profiles: Known<'a>,
    /// Workloads.
    pub workloads: Known<'a>,
    /// Metrics, with their titles.
    pub metrics: Known<'a>,
}

impl<'a> Words<'a> {
    /// The words of estimates.
    pub fn of_estimates(rows: impl Iterator<Item = &'a Estimate> + Clone, systems: &'a [System]) -> Self {
        Self::new(
            rows.clone().map(|row| [&*row.system, &*row.tuning, &*row.profile]),
            rows.map(|row| (row.workload, &*row.metric)),
            systems,
        )
    }

    /// The words of a campaign.
    pub fn of_campaign(campaign: &Campaign<'a>, systems: &'a [System]) -> Self {
        let columns = || campaign.columns().iter();
        let workloads: BTreeSet<Workload> = columns().map(|column| column.workload).collect();
        let cells = workloads.iter().flat_map(|workload| campaign.cells(*workload)).map(|cell| {
            let name = cell.name();
            [&**name.system, &**name.tuning, &**name.profile]
        });
        Self::new(cells, columns().map(|column| (column.workload, column.metric.id)), systems)
    }

    fn new(
        cells: impl Iterator<Item = [&'a str; 3]>,
        columns: impl Iterator<Item = (Workload, &'a str)>,
        labels: &'a [System],
    ) -> Self {
        let (mut systems, mut tunings, mut profiles) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for [system, tuning, profile] in cells {
            systems.insert(system);
            tunings.insert(tuning);
            profiles.insert(profile);
        }
        let (mut workloads, mut metrics) = (BTreeSet::new(), BTreeSet::new());
        for (workload, metric) in columns {
            workloads.insert(workload.as_str());
            metrics.insert(metric);
        }
        let labelled = labels.iter().filter(|row| systems.contains(&*row.system));
        let titled = metrics.iter().filter_map(|id| catalogue::metric(id));
        Self {
            systems: labelled
                .fold(Known::new("system", systems.iter().copied()), |known, row| known.alias(&row.system, &row.label)),
            tunings: Known::new("tuning", tunings),
            profiles: Known::new("profile", profiles),
            workloads: Known::new("workload", workloads),
            metrics: titled.fold(Known::new("metric", metrics.iter().copied()), |known, metric| {
                known.alias(metric.id, metric.title)
            }),
        }
    }
}

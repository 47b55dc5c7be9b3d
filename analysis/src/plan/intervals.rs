//! What blocks would do for the interval of each system.

use super::{Planning, Row, whole};
use crate::estimates::campaign::{Campaign, Cell, Column};
use crate::estimates::measured::Measured;
use crate::options::Options;
use crate::stats::planning::{MOST_BLOCKS, deviation_factors, median_half_width};
use crate::stats::{Values, power, summary};
use meshbench_schemas::catalogue::Scale;
use meshbench_schemas::printed::Planned;
use meshbench_schemas::words::Prospect;

/// Expected half-widths in standard deviations by number of blocks, as the estimates would give them.
#[derive(Debug)]
pub struct Widths {
    /// From 2 blocks on.
    of_blocks: Vec<f64>,
    /// The largest one of this and more blocks.
    at_most: Vec<f64>,
}

impl Widths {
    /// The widths of up to [`MOST_BLOCKS`].
    pub fn new(options: &Options) -> Self {
        let width = |blocks: usize| {
            let by_t = || power::expected_half_width(blocks as u64, 1.0, options.confidence);
            median_half_width(blocks, options.confidence).or_else(by_t).unwrap_or(f64::INFINITY)
        };
        let of_blocks: Vec<f64> = (2..=MOST_BLOCKS).map(width).collect();
        let mut at_most = of_blocks.clone();
        let mut largest = 0.0f64;
        for width in at_most.iter_mut().rev() {
            largest = largest.max(*width);
            *width = largest;
        }
        Self { of_blocks, at_most }
    }

    /// Expected half-width.
    pub fn of(&self, blocks: u32) -> Option<f64> {
        self.of_blocks.get(usize::try_from(blocks).ok()?.checked_sub(2)?).copied().filter(|width| width.is_finite())
    }

    /// The least number of blocks from which on it stays within `half`, where the deviation is `deviation`.
    pub fn needed(&self, deviation: f64, half: f64) -> Option<u32> {
        let wide = self.at_most.partition_point(|width| deviation * width > half);
        (wide < self.at_most.len()).then(|| whole(wide + 2))
    }
}

/// How far the blocks of a cell were apart.
struct Spread {
    scale: Scale,
    /// Relative, or on logarithms.
    deviation: Option<f64>,
    blocks: usize,
    note: Option<String>,
}

impl Spread {
    fn of(campaign: &Campaign<'_>, cell: &Cell<'_>, column: &Column) -> Self {
        let blocks = Measured::new(campaign, cell, column).complete_blocks();
        let values = || blocks.iter().flatten().map(|(value, _)| value.value);
        let log = column.metric.scale == Scale::Log && values().all(|value| value > 0.0);
        let mean = |links: &Vec<(&meshbench_schemas::stage::RunValue, Option<f64>)>| {
            let links: Vec<f64> =
                links.iter().map(|(value, _)| if log { value.value.ln() } else { value.value }).collect();
            Some(summary::mean(Values::new(&links).ok()?))
        };
        let means: Vec<f64> = blocks.iter().filter_map(mean).collect();
        let moments = Values::new(&means).ok().map(summary::moments);
        let level = moments.as_ref().map_or(0.0, |moments| moments.mean.abs());
        let absolute = moments.and_then(|moments| moments.standard_deviation);
        let deviation = absolute.map(|d| if log { d } else { d / level }).filter(|d| d.is_finite());
        let note = match (means.len(), absolute, deviation) {
            (0, ..) => Some("no block with a value from every link".to_owned()),
            (1, ..) => Some("one block: nothing was repeated".to_owned()),
            (_, Some(_), None) => Some("the mean is 0, so there is no relative width".to_owned()),
            (_, _, Some(0.0)) => Some("all blocks have the same value".to_owned()),
            _ => None,
        };
        Self { scale: if log { Scale::Log } else { Scale::Linear }, deviation, blocks: means.len(), note }
    }
}

/// The rows of one metric and direction.
pub fn intervals(campaign: &Campaign<'_>, column: &Column, planning: &Planning<'_>) -> Vec<Planned> {
    let options = planning.options;
    let mut rows = Vec::new();
    for cell in campaign.cells(column.workload) {
        let mut spread = Spread::of(campaign, cell, column);
        let cut = column.metric.duration && cell.count(meshbench_schemas::outcome::Outcome::Censored) > 0;
        if cut {
            spread.deviation = None;
            spread.note = Some("runs were stopped at their limit, so the interval is not one of blocks".to_owned());
        }
        let half = if spread.scale == Scale::Log { options.target.ln_1p() } else { options.target };
        let needed = |factor: f64| planning.widths.needed(spread.deviation? * factor, half);
        let factors = deviation_factors(spread.blocks, planning.sureness);
        let name = cell.name();
        for &blocks in planning.blocks {
            let half_width = spread.deviation.zip(planning.widths.of(blocks)).map(|(deviation, width)| {
                let half = deviation * width;
                if spread.scale == Scale::Log { half.exp_m1() } else { half }
            });
            rows.push(Planned {
                scale: spread.scale,
                deviation: spread.deviation,
                half_width: half_width.filter(|half| half.is_finite()),
                outcome: match half_width {
                    Some(half) if half <= options.target => Prospect::Reached,
                    Some(_) => Prospect::Open,
                    None if spread.deviation.is_some() => Prospect::CannotTell,
                    None => Prospect::Unknown,
                },
                blocks_needed: needed(1.0),
                blocks_needed_low: factors.and_then(|(low, _)| needed(low)),
                blocks_needed_high: factors.and_then(|(_, high)| needed(high)),
                blocks_least: planning.median_from,
                note: spread.note.clone(),
                ..planning.row(&Row { left: name.system, right: None, name, column, blocks, pilot: spread.blocks })
            });
        }
    }
    rows
}

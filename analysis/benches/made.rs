//! A made campaign of any size on disk, seeded. Its numbers are invented and mean nothing; its shape is that of
//! a real one: the writer of datasets, its files and row groups, the series that hosts and tools report.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "each benchmark uses a part of it, and one that fails is to stop"
)]

#[path = "../tests/made/campaign.rs"]
mod campaign;

use campaign::{RING, run};
use meshbench_schemas::catalogue::{self, METRICS, SERIES, Series, Unit};
use meshbench_schemas::dataset::{DatasetWriter, Description};
use meshbench_schemas::manifest::{Origin, Producer};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::{Run, Sample, Summary, System};
use meshbench_schemas::words::{Direction, Slug, Workload};
use std::path::Path;

/// How large a campaign is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Systems, at most one letter's worth.
    pub systems: usize,
    /// Workloads, each with its own files.
    pub workloads: &'static [Workload],
    /// Blocks; a block has one run on each of three links.
    pub blocks: u32,
    /// Samples of one run, roughly.
    pub samples: usize,
    /// Whether runs have the summaries that their tools report.
    pub summaries: bool,
}

const PROFILES: [&str; 4] = ["baseline", "low", "medium", "high"];

impl Shape {
    /// Cells of the whole campaign.
    pub const fn cells(&self) -> usize {
        self.systems * PROFILES.len() * self.workloads.len()
    }

    /// Runs of the whole campaign.
    pub const fn runs(&self) -> usize {
        self.cells() * self.blocks as usize * RING.len()
    }
}

/// Steele, Lea and Flood's SplitMix64: enough for made numbers.
struct Noise(u64);

impl Noise {
    fn of(words: &[&str]) -> Self {
        let bytes = words.iter().flat_map(|word| word.bytes());
        Self(bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)))
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal, with standard deviation 1.
    fn normal(&mut self) -> f64 {
        (self.unit() + self.unit() + self.unit() - 1.5) * 2.0
    }
}

/// What a tool or a host reports on each tick: series, direction, stream, and whether only on every tenth.
type Reported = (&'static Series, Option<Direction>, Option<u32>, bool);

const HOST: [Reported; 7] = [
    (&catalogue::HOST_CPU, None, None, true),
    (&catalogue::CORE_CPU, None, Some(0), true),
    (&catalogue::CORE_CPU, None, Some(1), true),
    (&catalogue::DAEMON_CPU, None, None, true),
    (&catalogue::UNDERLAY_SENT, None, None, true),
    (&catalogue::UNDERLAY_RECEIVED, None, None, true),
    (&catalogue::UNDERLAY_PACKETS, None, None, true),
];

fn reported(workload: Workload) -> Vec<Reported> {
    use catalogue::{
        COMMAND_TIME, CONGESTION_WINDOW, DATAGRAMS, DATAGRAMS_LOST, DATAGRAMS_REORDERED, ECHO_LOST, ECHO_RTT,
        INTERARRIVAL_JITTER, RECEIVED, RETRANSMITTED, SENT, SMOOTHED_RTT, SMOOTHED_RTT_VARIATION,
    };
    let (there, back) = (Some(Direction::Forward), Some(Direction::Reverse));
    let own: &[Reported] = match workload {
        Workload::Ping => &[(&ECHO_LOST, None, None, false), (&ECHO_RTT, None, None, false)],
        Workload::Tcp | Workload::TcpParallel => &[
            (&RECEIVED, there, None, false),
            (&RECEIVED, back, None, false),
            (&SENT, there, None, false),
            (&SENT, back, None, false),
            (&RETRANSMITTED, there, None, false),
            (&CONGESTION_WINDOW, there, Some(0), false),
            (&SMOOTHED_RTT, there, Some(0), false),
            (&SMOOTHED_RTT_VARIATION, there, Some(0), false),
        ],
        Workload::Udp => &[
            (&RECEIVED, there, None, false),
            (&SENT, there, None, false),
            (&DATAGRAMS, there, None, false),
            (&DATAGRAMS_LOST, there, None, false),
            (&DATAGRAMS_REORDERED, there, None, false),
            (&INTERARRIVAL_JITTER, there, None, false),
        ],
        Workload::Download => return vec![(&COMMAND_TIME, None, None, true)],
        _ => return Vec::new(),
    };
    own.iter().chain(&HOST).copied().collect()
}

/// A usual magnitude of a unit, with as many digits as tools print.
fn magnitude(unit: Unit) -> (f64, f64) {
    match unit {
        Unit::Second => (0.02, 1e6),
        Unit::BitPerSecond => (4e8, 1.0),
        Unit::Byte => (2e5, 1.0),
        Unit::Ratio => (0.3, 1e4),
        Unit::Count => (20.0, 1.0),
        Unit::PerSecond => (30.0, 1e2),
    }
}

/// How a run differs from the usual: its system, profile, link, block and itself.
fn factor(run: &Run) -> f64 {
    let effect = |words: &[&str], size: f64| Noise::of(words).normal() * size;
    let block = run.block.to_string();
    (effect(&[&run.system, run.workload.as_str()], 0.3)
        + effect(&[&run.system, &run.profile, run.workload.as_str()], 0.2)
        + effect(&[&run.source], 0.1)
        + effect(&[&block], 0.05)
        + effect(&[&run.run_id], 0.1))
    .exp()
}

fn samples_of(run: &Run, ticks: usize, out: &mut Vec<Sample>) {
    let factor = factor(run);
    let mut noise = Noise::of(&[&run.run_id, "samples"]);
    let names: Vec<(&str, Symbol)> = SERIES.iter().map(|series| (series.id, series.id.into())).collect();
    for (series, direction, stream, slow) in reported(run.workload) {
        let (usual, digits) = magnitude(series.unit);
        let Some((_, metric)) = names.iter().find(|(id, _)| *id == series.id) else { continue };
        let length = if slow { 1.0 } else { 0.1 };
        for seq in 0..if slow { ticks.div_ceil(10) } else { ticks } {
            let value = if series.id == catalogue::ECHO_LOST.id {
                f64::from(noise.unit() < 0.02)
            } else {
                (usual * factor * (noise.normal() * 0.1).exp() * digits).round() / digits
            };
            let late = (noise.unit() * 100.0).round() / 1e6;
            out.push(Sample {
                run_id: run.run_id.clone(),
                system: run.system.clone(),
                tuning: run.tuning.clone(),
                profile: run.profile.clone(),
                workload: run.workload,
                host: run.source.clone(),
                metric: metric.clone(),
                direction,
                stream,
                seq: seq as u32,
                t_s: Some(seq as f64 * length + late),
                window_s: (run.workload != Workload::Ping || slow).then_some(length + late),
                value,
            });
        }
    }
}

fn summaries_of(run: &Run) -> impl Iterator<Item = Summary> {
    let factor = factor(run);
    METRICS.iter().filter(|metric| metric.workloads.contains(&run.workload)).filter_map(move |metric| {
        let statistic = metric.summary?;
        let (usual, digits) = magnitude(metric.unit);
        let noise = Noise::of(&[&run.run_id, metric.id]).normal() * 0.03;
        Some(Summary {
            run_id: run.run_id.clone(),
            system: run.system.clone(),
            tuning: run.tuning.clone(),
            profile: run.profile.clone(),
            workload: run.workload,
            host: run.source.clone(),
            metric: metric.id.into(),
            direction: None,
            statistic: statistic.as_str().into(),
            value: (usual * factor * noise.exp() * digits).round() / digits,
        })
    })
}

/// Writes the campaign to `folder`, which must not exist; returns the number of samples.
pub fn write(folder: &Path, shape: Shape) -> usize {
    let writer = DatasetWriter::create(folder).expect("a new folder");
    let names: Vec<String> = ('a'..='z').take(shape.systems).map(|letter| format!("system-{letter}")).collect();
    let (mut runs, mut summaries, mut count) = (Vec::new(), Vec::new(), 0);
    for &workload in shape.workloads {
        let tenths: usize = reported(workload).iter().map(|(.., slow)| if *slow { 1 } else { 10 }).sum();
        let ticks = if tenths == 0 { 0 } else { (shape.samples * 10).div_ceil(tenths) };
        for system in &names {
            for profile in PROFILES {
                let mut samples = Vec::new();
                for block in 0..shape.blocks {
                    for link in RING {
                        let mut run = run(system, workload, link, block);
                        run.run_id = format!("{}-{profile}", run.run_id).into();
                        run.profile = profile.into();
                        samples_of(&run, ticks, &mut samples);
                        if shape.summaries {
                            summaries.extend(summaries_of(&run));
                        }
                        runs.push(run);
                    }
                }
                count += samples.len();
                writer.samples(samples).expect("samples are written");
            }
        }
    }
    let systems = names.iter().map(|name| System {
        system: name.as_str().into(),
        label: name.clone(),
        version: None,
        binary_sha256: None,
        mtu_byte: None,
        address_family: None,
        note: None,
    });
    let description = Description {
        name: Slug::new("made").expect("a plain name"),
        title: None,
        licence: None,
        producer: Producer { name: "benchmark".to_owned(), version: "0".to_owned() },
        origin: Origin::Lab { hosts: "none: made numbers".to_owned() },
        seed: None,
        notes: Vec::new(),
    };
    writer.finish(description, runs, summaries, Vec::new(), systems.collect()).expect("the dataset is written");
    count
}

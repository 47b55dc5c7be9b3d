//! Campaigns of several systems, made by hand, and what is made of them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use super::campaign::{RING, run, value};
use meshbench_analysis::comparisons::compare;
use meshbench_analysis::estimates::estimate;
use meshbench_analysis::options::Options;
use meshbench_schemas::stage::{RunValue, Stages};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Direction, Workload};

/// Runs with their values.
#[derive(Clone, Default)]
pub struct Made {
    pub runs: Vec<Run>,
    pub values: Vec<RunValue>,
}

pub const FORWARD: Option<Direction> = Some(Direction::Forward);

impl Made {
    /// One TCP run with its throughput.
    pub fn tcp(&mut self, system: &str, profile: &str, link: (&str, &str), block: u32, throughput: f64) {
        let mut run = run(system, Workload::Tcp, link, block);
        run.profile = profile.into();
        run.run_id = format!("{}-{profile}", run.run_id).into();
        self.values.push(value(&run, "throughput", FORWARD, throughput));
        self.runs.push(run);
    }

    /// A system whose links differ and whose blocks all share `of_block`, times `speed` and a little noise of its own.
    pub fn system(&mut self, system: &str, profile: &str, blocks: u32, speed: f64, noise: f64) {
        for block in 0..blocks {
            for (at, link) in RING.into_iter().enumerate() {
                let shared = 1.0 + 0.3 * f64::from(block * 7 % 5);
                let own = 1.0 + noise * jitter(system, block, at);
                self.tcp(system, profile, link, block, 1e8 * speed * shared * (1.0 + at as f64) * own);
            }
        }
    }

    pub fn compare(&self, options: &Options) -> Stages {
        let estimates = estimate(&self.runs, &self.values, options);
        compare(&self.runs, &self.values, &[], &estimates, options)
    }
}

/// A number between −1 and 1 that looks random and is always the same.
fn jitter(system: &str, block: u32, link: usize) -> f64 {
    let seed = system
        .bytes()
        .fold(u64::from(block) * 31 + link as u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)));
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

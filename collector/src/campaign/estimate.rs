//! When the campaign will end, from what its runs and stays took so far.

use crate::matrix::Matrix;
use crate::plan::PlannedRun;
use meshbench_schemas::words::Workload;
use std::collections::BTreeMap;
use std::time::Duration;

/// Seconds around a run's own time, before the first one was measured.
const AROUND_RUN_S: f64 = 1.5;
/// Seconds to bring a system up and down, before the first one was measured.
const STAY_S: f64 = 4.0;

/// Sums over what was measured, and what is left.
#[derive(Debug, Default)]
pub struct Estimate {
    workloads: BTreeMap<Workload, Kind>,
    stays_left: usize,
    stays: (u32, f64),
}

#[derive(Debug, Default)]
struct Kind {
    left: u32,
    done: u32,
    seconds: f64,
    guess: f64,
}

impl Estimate {
    /// Starts with guesses from the matrix.
    pub fn new(planned: &[PlannedRun], matrix: &Matrix) -> Self {
        let mut estimate = Self::default();
        estimate.add(planned, matrix);
        estimate
    }

    /// More runs are planned.
    pub fn add(&mut self, planned: &[PlannedRun], matrix: &Matrix) {
        for run in planned {
            let kind = self.workloads.entry(run.workload).or_default();
            kind.left += 1;
            let own = matrix.workloads.get(run.workload).map_or(0.0, |load| load.longest().as_secs_f64());
            kind.guess = own + AROUND_RUN_S;
        }
        self.stays_left += planned.chunk_by(PlannedRun::same_stay).count();
    }

    /// A run has taken this long, with everything around it.
    pub fn run_done(&mut self, workload: Workload, took: Duration) {
        let kind = self.workloads.entry(workload).or_default();
        kind.left = kind.left.saturating_sub(1);
        kind.done += 1;
        kind.seconds += took.as_secs_f64();
    }

    /// A run was not made.
    pub fn skipped(&mut self, workload: Workload) {
        let kind = self.workloads.entry(workload).or_default();
        kind.left = kind.left.saturating_sub(1);
    }

    /// A system was brought up, in this time.
    pub fn stay_done(&mut self, seconds: f64) {
        self.stays_left = self.stays_left.saturating_sub(1);
        self.stays = (self.stays.0 + 1, self.stays.1 + seconds);
    }

    /// Time until the end.
    pub fn left(&self) -> Duration {
        let mean = |count: u32, sum: f64, guess: f64| if count == 0 { guess } else { sum / f64::from(count) };
        let runs: f64 =
            self.workloads.values().map(|kind| f64::from(kind.left) * mean(kind.done, kind.seconds, kind.guess)).sum();
        let stays = self.stays_left as f64 * mean(self.stays.0, self.stays.1, STAY_S);
        Duration::try_from_secs_f64(runs + stays).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan_block;

    #[test]
    fn what_was_measured_replaces_the_guess() {
        let (matrix, _) = Matrix::load("smoke").unwrap();
        let planned = plan_block(&matrix, 1, 0);
        let mut estimate = Estimate::new(&planned, &matrix);
        let guess = estimate.left();
        for run in planned.iter().take(10) {
            estimate.run_done(run.workload, Duration::from_secs(100));
        }
        assert!(estimate.left() > guess * 5);
        for run in planned.iter().skip(10) {
            estimate.skipped(run.workload);
        }
        for _ in planned.chunk_by(PlannedRun::same_stay) {
            estimate.stay_done(1.0);
        }
        assert_eq!(estimate.left(), Duration::ZERO);
    }
}

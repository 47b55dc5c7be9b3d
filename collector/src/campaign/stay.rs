//! A stay: a system with a tuning, brought up once, and everything that is measured of it in one block.

use super::attempt::{self, LinkAttempt, Setting};
use super::bring::{Part, Trouble};
use super::journal::Problem;
use super::keep::Took;
use super::rows::About;
use super::standing::{Layer, Standing};
use super::{Campaign, CampaignError, retry};
use crate::doctor::Code;
use crate::host::Host;
use crate::plan::PlannedRun;
use crate::record::{Labels, Verdict};
use crate::system::System;
use meshbench_schemas::outcome::{Outcome, Reason};
use std::sync::atomic::Ordering;
use std::time::Instant;

impl Campaign {
    /// Brings a system up, measures everything of its stay that is not done, and takes it down; again from the start where
    /// the way to a host was lost in between.
    pub(super) async fn stay(&mut self, stay: &[PlannedRun]) -> Result<(), CampaignError> {
        let mut losses = 0;
        loop {
            let left: Vec<PlannedRun> =
                stay.iter().filter(|run| !super::is_done(&self.state, &self.matrix, run)).cloned().collect();
            let Some(first) = left.first() else { return Ok(()) };
            self.go_on()?;
            self.connected().await?;
            let Some(file) = self.matrix.systems.iter().find(|file| file.name == first.system).cloned() else {
                return Ok(());
            };
            let mut system = self.systems.remove(&first.system).unwrap_or_else(|| System::new(file, self.seed));
            let measured = match self.visit(&mut system, &left).await? {
                Err(Trouble::Lost(message)) => Err(Trouble::Lost(message)),
                measured => measured.and(self.clear(Layer::System, &mut system).await?),
            };
            let verdict = match measured {
                Ok(()) => {
                    self.systems.insert(first.system.clone(), system);
                    return Ok(());
                }
                Err(Trouble::Missing(_, verdict)) => verdict,
                Err(Trouble::Lost(message)) => {
                    self.disconnected(message.clone()).await?;
                    losses += 1;
                    if losses <= retry::MOST_LOST_STARTS {
                        continue;
                    }
                    // Something in this very stay may be what takes a host down.
                    Verdict::not_ok(Outcome::Failed, Reason::GaveUp, message)
                }
            };
            let name = system.recorded_as().0.to_string();
            return self.skip_all(&left, &name, &verdict);
        }
    }

    /// Measures what is left of a stay, on hosts of which nothing is known yet.
    async fn visit(&mut self, system: &mut System, left: &[PlannedRun]) -> Part {
        let mut standing = Standing::default();
        for part in left.chunk_by(|a, b| a.profile == b.profile) {
            for run in part {
                match self.run(system, &mut standing, run).await? {
                    Ok(()) => {}
                    // The next profile may well be had.
                    Err(Trouble::Missing(Layer::Profile, verdict)) => {
                        let name = system.recorded_as().0.to_string();
                        self.skip_all(part, &name, &verdict)?;
                        break;
                    }
                    trouble => return Ok(trouble),
                }
            }
        }
        Ok(Ok(()))
    }

    /// Makes attempts at a run until one is a result, or all are used up. Before each one the hosts are brought to what the
    /// run wants, from whatever the one before it left.
    async fn run(&mut self, system: &mut System, standing: &mut Standing, run: &PlannedRun) -> Part {
        let planned_at = Instant::now();
        loop {
            self.go_on()?;
            if let Err(trouble) = self.bring_about(standing, system, run).await? {
                return Ok(Err(trouble));
            }
            if let Err(trouble) = self.attempt(system, standing, run).await? {
                return Ok(Err(trouble));
            }
            if super::is_done(&self.state, &self.matrix, run) {
                self.estimate.run_done(run.workload, planned_at.elapsed());
                self.progress.remaining(self.estimate.left());
                self.progress.inc(1);
                return Ok(Ok(()));
            }
        }
    }

    /// Makes one attempt at a run, and keeps what it left.
    async fn attempt(&mut self, system: &System, standing: &mut Standing, run: &PlannedRun) -> Part {
        let number = self.state.runs.get(&run.position).map_or(0, |run| run.starts) + 1;
        let name = system.recorded_as().0.to_string();
        let netem = self.matrix.profiles.get(&run.profile).cloned().unwrap_or_default();
        let labels = self.labels(run, number, &name);
        self.announce(run, &name, number, &labels);
        self.begin(run, number, &name, &labels)?;
        let clock = Instant::now();
        let overhead_s = self.idle_since.elapsed().as_secs_f64();
        let attempt = match self.hosts() {
            Err(trouble) => return Ok(Err(trouble)),
            Ok(hosts) => {
                let sampling = self.matrix.sampling.in_block(run.block);
                let setting =
                    Setting { matrix: &self.matrix, hosts, system, netem: &netem, sampling, base: &self.base };
                let progress = &self.progress;
                self.in_flight.store(true, Ordering::Relaxed);
                attempt::make(run.workload, &run.links, setting, &labels, |rate| progress.live(rate)).await
            }
        };
        self.in_flight.store(false, Ordering::Relaxed);
        self.progress.quiet();
        if attempt.measured_s > 0.0 {
            self.idle_since = Instant::now();
        }
        let (mut lost, measured_s) = (attempt.lost.clone(), attempt.measured_s);
        let took = Took { measured_s, took_s: clock.elapsed().as_secs_f64(), unseen: false };
        self.has_tools(&attempt.links)?;
        let bad = |outcome| matches!(outcome, Outcome::Failed | Outcome::Invalid);
        if lost.is_none() && attempt.links.iter().any(|link| bad(link.recorded.verdict.outcome)) {
            // A host that cannot do its part would use up every run that is left. The attempt is made again.
            match self.fit().await? {
                Err(Trouble::Lost(message)) => lost = Some(message),
                Ok(()) | Err(Trouble::Missing(..)) => {}
            }
        }
        let about = About { run, attempt: number, netem: &netem, ring: None, overhead_s: Some(overhead_s) };
        let results = self.keep(about, &labels, attempt.links, took)?;
        // Also after the last attempt: the next run stands on the same ground.
        for layer in results.iter().filter_map(|result| retry::shakes(result.reason)) {
            standing.shaken(layer);
        }
        Ok(lost.map_or(Ok(()), |message| Err(Trouble::Lost(message))))
    }

    /// A load tool that is not there would use up every run of its workload that is left.
    fn has_tools(&self, links: &[LinkAttempt]) -> Result<(), CampaignError> {
        let mut verdicts = links.iter().map(|link| &link.recorded.verdict);
        let missing = verdicts.find(|verdict| verdict.reason == Some(Reason::MissingProgram));
        match missing.filter(|_| !self.despite.contains(&Code::ToolMissing)) {
            None => Ok(()),
            Some(verdict) => {
                let what = verdict.detail.clone().unwrap_or_else(|| "a load tool is not there".to_owned());
                let (host, code, help) = (None, Code::ToolMissing.to_string(), None);
                let despite = [Code::ToolMissing].into();
                Err(CampaignError::Unfit { problems: vec![Problem { host, code, what, help }], despite })
            }
        }
    }

    /// Records that these runs are not made, with the reason; those that are done stay as they are.
    fn skip_all(&mut self, runs: &[PlannedRun], name: &str, verdict: &Verdict) -> Result<(), CampaignError> {
        for run in runs {
            if !super::is_done(&self.state, &self.matrix, run) {
                self.skip(run, name, verdict)?;
            }
        }
        Ok(())
    }

    /// The hosts, while they are connected.
    pub(super) fn hosts(&self) -> Result<&[Host], Trouble> {
        self.hosts.as_deref().ok_or_else(|| Trouble::Lost("the hosts are not connected".to_owned()))
    }

    fn announce(&self, run: &PlannedRun, name: &str, number: u32, labels: &[Labels]) {
        let links: Vec<String> = labels.iter().map(|labels| format!("{}→{}", labels.source, labels.target)).collect();
        let again = if number > 1 { format!(" (attempt {number})") } else { String::new() };
        let control = if run.control.is_some() { " (control)" } else { "" };
        let tuning = if self.matrix.tunings.len() > 1 { format!(" {}", run.tuning) } else { String::new() };
        self.progress.message(&format!(
            "block {}: {name}{tuning} {} {} {}{control}{again}",
            run.block + 1,
            run.profile,
            run.workload,
            links.join(" ")
        ));
    }
}

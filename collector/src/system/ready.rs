//! Readiness: every host gets an answer from every other one.

use super::System;
use super::error::SystemError;
use crate::host::{Command, Host, Status, on_all};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Time between two rounds of pings.
const PAUSE: Duration = Duration::from_millis(100);
/// Rounds between two looks at whether the daemons still run.
const LOOK_EACH: u32 = 10;

impl System {
    /// Waits until every ordered pair of hosts has had an answer, `within` a time from `began` on. Returns
    /// how many seconds after `began` that was.
    pub(super) async fn reached(&self, hosts: &[Host], within: Duration, began: Instant) -> Result<f64, SystemError> {
        let pairs = |from: usize| (0..hosts.len()).filter(move |to| *to != from).map(move |to| (from, to));
        let mut open: BTreeSet<(usize, usize)> = (0..hosts.len()).flat_map(pairs).collect();
        for round in 1_u32.. {
            for pair in self.answered(hosts, &open).await? {
                open.remove(&pair);
            }
            if open.is_empty() {
                break;
            }
            if round.is_multiple_of(LOOK_EACH)
                && let Some(what) = self.dead(hosts).await?
            {
                return Err(SystemError::Ended { system: self.file.label.clone(), what });
            }
            if began.elapsed() >= within {
                let name = |index: &usize| hosts.get(*index).map(|host| host.name.as_str()).unwrap_or_default();
                let links: Vec<String> =
                    open.iter().map(|(from, to)| format!("{} → {}", name(from), name(to))).collect();
                return Err(SystemError::NotReady {
                    system: self.file.label.clone(),
                    within_s: within.as_secs_f64(),
                    what: format!("no answer to a ping on {}", links.join(", ")),
                    log: self.log(hosts).await,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(began.elapsed().as_secs_f64())
    }

    /// The pairs of `open` that answer now.
    async fn answered(
        &self,
        hosts: &[Host],
        open: &BTreeSet<(usize, usize)>,
    ) -> Result<Vec<(usize, usize)>, SystemError> {
        let answered = on_all(hosts, |from, host| {
            on_all(hosts, move |to, _| async move {
                let Some(address) = self.address(to).filter(|_| open.contains(&(from, to))) else { return Ok(None) };
                // One answer in half a second is enough here: lost ones are asked for again.
                let ping = Command::new("ping").args(["-n", "-q", "-c", "1", "-W", "0.5"]).arg(address);
                let output = host.run(&ping.deadline(Duration::from_secs(5))).await?;
                Ok((output.status == Status::Exited(0)).then_some((from, to)))
            })
        });
        Ok(answered.await?.into_iter().flatten().flatten().collect())
    }
}

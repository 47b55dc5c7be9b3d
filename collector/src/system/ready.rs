//! Readiness: every host gets an answer from every other one.

use super::System;
use super::error::SystemError;
use crate::host::{Command, Host, HostError, Status};
use futures_util::stream::{self, StreamExt};
use std::time::{Duration, Instant};

/// Time between two rounds of pings.
const PAUSE: Duration = Duration::from_millis(100);
/// Pings that are under way at the same time. All hosts of a lab share a CPU or two: with more, a ping's answer waits
/// for the others' starts, and none comes in time.
const AT_ONCE: usize = 16;
/// Time that a pair may take on top of what the system itself may: asking has its price, on a busy guest above all.
const PER_PAIR: Duration = Duration::from_millis(100);
/// Time between two looks at whether the daemons still run.
const LOOK_EACH: Duration = Duration::from_secs(2);

/// A host that asks and one that is asked, by their numbers from 0.
type Pair = (usize, usize);

/// All ordered pairs of `hosts`, each host's own ones far apart, so that no host asks for all others at once.
fn pairs(hosts: usize) -> Vec<Pair> {
    (1..hosts).flat_map(|step| (0..hosts).map(move |from| (from, (from + step) % hosts))).collect()
}

/// How long so many hosts may take to reach each other, where the system itself may take `within`.
pub(super) fn allowed(within: Duration, hosts: usize) -> Duration {
    let pairs = hosts.saturating_mul(hosts.saturating_sub(1));
    within.saturating_add(PER_PAIR.saturating_mul(u32::try_from(pairs).unwrap_or(u32::MAX)))
}

impl System {
    /// Waits until every ordered pair of hosts has had an answer, `within` a time from `began` on, and longer where
    /// there are many pairs. A pair that has answered is not asked again. Returns how many seconds after `began` the
    /// last one did.
    pub(super) async fn reached(&self, hosts: &[Host], within: Duration, began: Instant) -> Result<f64, SystemError> {
        let mut open = pairs(hosts.len());
        let within = allowed(within, hosts.len());
        let mut looked = Instant::now();
        loop {
            open = self.silent(hosts, &open).await?;
            if open.is_empty() {
                return Ok(began.elapsed().as_secs_f64());
            }
            if looked.elapsed() >= LOOK_EACH {
                looked = Instant::now();
                if let Some(what) = self.dead(hosts).await? {
                    return Err(SystemError::Ended { system: self.file.label.clone(), what });
                }
            }
            if began.elapsed() >= within {
                return Err(SystemError::NotReady {
                    system: self.file.label.clone(),
                    within_s: within.as_secs_f64(),
                    what: format!("no answer to a ping on {}", told(hosts, &open)),
                    log: self.log(hosts).await,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The pairs of `open` that do not answer now.
    async fn silent(&self, hosts: &[Host], open: &[Pair]) -> Result<Vec<Pair>, HostError> {
        let asked = open.iter().map(|&(from, to)| async move {
            let (Some(host), Some(address)) = (hosts.get(from), self.address(to)) else { return Ok(Some((from, to))) };
            // One answer in half a second is enough here: lost ones are asked for again.
            let ping = Command::new("ping").args(["-n", "-q", "-c", "1", "-W", "0.5"]).arg(address);
            let output = host.run(&ping.deadline(Duration::from_secs(5))).await?;
            Ok((output.status != Status::Exited(0)).then_some((from, to)))
        });
        let asked: Vec<Result<Option<Pair>, HostError>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        asked.into_iter().filter_map(Result::transpose).collect()
    }
}

/// Pairs for people: some of them, and how many there are.
fn told(hosts: &[Host], open: &[Pair]) -> String {
    const SHOWN: usize = 6;
    let name = |index: usize| hosts.get(index).map(|host| host.name.as_str()).unwrap_or_default();
    let shown: Vec<String> =
        open.iter().take(SHOWN).map(|(from, to)| format!("{} → {}", name(*from), name(*to))).collect();
    let more = if open.len() > SHOWN { format!(" and {} more links", open.len() - SHOWN) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_ordered_pair_is_asked_and_no_host_by_itself_fills_a_round() {
        for hosts in [2, 3, 16] {
            let pairs = pairs(hosts);
            assert_eq!(pairs.iter().collect::<BTreeSet<_>>().len(), hosts * (hosts - 1));
            assert!(pairs.iter().all(|(from, to)| from != to));
        }
        let first: BTreeSet<usize> = pairs(16).iter().take(AT_ONCE).map(|(from, _)| *from).collect();
        assert_eq!(first.len(), 16);
    }

    #[test]
    fn many_pairs_may_take_longer() {
        let within = Duration::from_secs(10);
        assert_eq!(allowed(within, 3), Duration::from_millis(10_600));
        assert_eq!(allowed(within, 16), Duration::from_secs(34));
    }
}

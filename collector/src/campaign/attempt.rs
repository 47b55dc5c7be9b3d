//! One attempt at a run: calibration, counters, the workload, counters and calibration again, and the verdict.

use super::gate::{self, Counted, Flow, Span};
use crate::agent::protocol::{Reading, RefusalKind, Second};
use crate::host::{Command, Host, HostError, on_all};
use crate::impairment::{self, Netem};
use crate::matrix::Matrix;
use crate::parse;
use crate::record::{Labels, Recorded, Verdict};
use crate::system::System;
use crate::workload::calibration::{self, Calibrated};
use crate::workload::verdict::{Judged, judge};
use crate::workload::{Execution, Link, Load};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::{PathTaken, Workload};
use std::time::{Duration, Instant};

/// What an attempt is made in.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The matrix.
    pub matrix: &'a Matrix,
    /// All hosts.
    pub hosts: &'a [Host],
    /// The system that is up.
    pub system: &'a System,
    /// What is asked of the network.
    pub netem: &'a Netem,
    /// Whether hosts are sampled meanwhile.
    pub sampling: bool,
    /// Round trips of each link without impairment, in the order of the matrix's links; empty where unknown.
    pub base: &'a [Vec<f64>],
}

/// Everything that an attempt left of one link.
#[derive(Debug)]
pub struct LinkAttempt {
    /// When it started, UTC.
    pub started: jiff::Timestamp,
    /// Seconds that the tools ran.
    pub elapsed_s: f64,
    /// Raw output, if the workload was run.
    pub execution: Option<Box<dyn Execution>>,
    /// Rows and verdict.
    pub recorded: Recorded,
    /// Bytes that the source's data interface sent and received during the run.
    pub wire_bytes: Option<u64>,
    /// Share of the packets in the source's netem that it dropped.
    pub netem_drop_share: Option<f64>,
    /// Which way the traffic took.
    pub path: Option<PathTaken>,
    /// How often the carrier of the two data interfaces went or came meanwhile.
    pub carrier_changes: Option<u32>,
    /// Those of them that were not up before or after.
    pub link_state: Option<String>,
    /// Queueing disciplines of somebody else's on them.
    pub foreign_qdisc: Option<String>,
    /// CPU time over time of programs that are neither measured nor measuring, of the busier end.
    pub other_cpu: Option<f64>,
    /// The calibrations before and after.
    pub calibrated: Option<[Calibrated; 2]>,
    /// What was sampled on hosts meanwhile: the host's number, and its seconds.
    pub seconds: Vec<(usize, Vec<Second>)>,
}

impl LinkAttempt {
    /// An attempt that never came to anything, or was never made.
    pub fn empty(verdict: Verdict) -> Self {
        Self {
            started: jiff::Timestamp::now(),
            elapsed_s: 0.0,
            execution: None,
            recorded: Recorded::new(verdict),
            wire_bytes: None,
            netem_drop_share: None,
            path: None,
            carrier_changes: None,
            link_state: None,
            foreign_qdisc: None,
            other_cpu: None,
            calibrated: None,
            seconds: Vec::new(),
        }
    }
}

/// An attempt on all its links.
#[derive(Debug)]
pub struct Attempt {
    /// One for each link, in order.
    pub links: Vec<LinkAttempt>,
    /// Whether the way to some host is gone.
    pub lost: Option<String>,
    /// Seconds that the tools ran.
    pub measured_s: f64,
}

/// The reason code of an error on a host.
pub fn reason_of(error: &HostError) -> Reason {
    match error {
        _ if error.is_lost() => Reason::HostUnreachable,
        HostError::Refused { kind: RefusalKind::NotStarted, .. } => Reason::MissingProgram,
        _ => Reason::ToolError,
    }
}

/// Makes one attempt at `workload` on some links, at the same time if they are several. `live` is told what the
/// first target receives, in bit/s.
pub async fn make(
    workload: Workload,
    links: &[(usize, usize)],
    setting: Setting<'_>,
    labels: &[Labels],
    live: impl Fn(f64),
) -> Attempt {
    match measure(workload, links, setting, labels, live).await {
        Ok(attempt) => attempt,
        Err(error) => {
            let verdict = Verdict::not_ok(Outcome::Failed, reason_of(&error), error.to_string());
            Attempt {
                links: links.iter().map(|_| LinkAttempt::empty(verdict.clone())).collect(),
                lost: error.is_lost().then(|| error.to_string()),
                measured_s: 0.0,
            }
        }
    }
}

async fn measure(
    workload: Workload,
    links: &[(usize, usize)],
    setting: Setting<'_>,
    labels: &[Labels],
    live: impl Fn(f64),
) -> Result<Attempt, HostError> {
    let Setting { matrix, hosts, system, netem, .. } = setting;
    let Some(load) = matrix.workloads.get(workload) else {
        let verdict = Verdict::not_ok(Outcome::Skipped, Reason::NotApplicable, "the matrix has no such workload");
        let links = links.iter().map(|_| LinkAttempt::empty(verdict.clone())).collect();
        return Ok(Attempt { links, lost: None, measured_s: 0.0 });
    };
    let mut roads = Vec::new();
    for ((source, target), number) in links.iter().zip(0..) {
        let (Some(from), Some(to)) = (hosts.get(*source), hosts.get(*target)) else { continue };
        // A system that is up has an address for every host.
        let address = system.address(*target).unwrap_or(to.address);
        roads.push(Link { source: from, target: to, address, number });
    }
    let before = calibrate(matrix, &roads).await?;
    let read = || on_all(hosts, |_, host| host.read());
    if setting.sampling {
        on_all(hosts, |index, host| host.watch(system.interfaces(index), !netem.is_none())).await?;
    }
    let counters = read().await?;
    let clock = Instant::now();
    let runs = roads.iter().map(|link| load.run(*link));
    let executions = tokio::select! {
        executions = futures_util::future::join_all(runs) => executions,
        () = watch_live(roads.first().map(|link| link.target), &live) => Vec::new(),
    };
    let measured_s = clock.elapsed().as_secs_f64();
    let counters_after = read().await?;
    let seconds = if setting.sampling { on_all(hosts, |_, host| host.unwatch()).await? } else { Vec::new() };
    let burst = match (load.packets(), roads.as_slice()) {
        (Some(packets), [link]) => told_apart(*link, hosts, packets, [counters.as_slice(), &counters_after]).await?,
        _ => None,
    };
    let after = calibrate(matrix, &roads).await?;
    let dead = system.dead(hosts).await.unwrap_or_default();

    let mut attempt = Attempt { links: Vec::new(), lost: None, measured_s };
    for (place, (execution, labels)) in executions.into_iter().zip(labels).enumerate() {
        let mut link = match execution {
            Ok(execution) => judged(execution, load.limit(), labels),
            Err(error) => {
                if error.is_lost() {
                    attempt.lost = Some(error.to_string());
                }
                let verdict = Verdict::not_ok(Outcome::Failed, reason_of(&error), error.to_string());
                (LinkAttempt::empty(verdict), Judged::default())
            }
        };
        link.0.calibrated = before.get(place).cloned().zip(after.get(place).cloned()).map(|(b, a)| [b, a]);
        attempt.links.push(link.0);
        let Some(at) = attempt.links.last_mut() else { continue };
        let Some(&(source, target)) = links.get(place) else { continue };
        let spans = spans(hosts, &counters, &counters_after);
        let alone = links.len() == 1;
        let gates = Gates { setting, spans: &spans, source, target, alone, load, burst: burst.as_ref() };
        gates.apply(at, &link.1, base_of(setting, (source, target)));
        for (host, sampled) in seconds.iter().enumerate() {
            // Runs on all links at once share the hosts: each keeps its source's seconds.
            if alone || host == source {
                at.seconds.push((host, sampled.clone()));
            }
        }
    }
    if let Some(detail) = dead {
        for link in &mut attempt.links {
            link.recorded.verdict = Verdict::not_ok(Outcome::Failed, Reason::DaemonEnded, &detail);
        }
    }
    whole_ring(&mut attempt.links);
    Ok(attempt)
}

/// Echoes in little time: a relay passes all of them on, and what daemons talk meanwhile is little beside them.
const BURST: u32 = 200;
const BURST_INTERVAL: &str = "0.002";
const BURST_DEADLINE: Duration = Duration::from_secs(20);

/// Counters before and after a burst of echoes.
struct Burst {
    sent: f64,
    before: Vec<Reading>,
    after: Vec<Reading>,
}

/// Sends a burst over a link where the counters of its ping leave doubt whether a host in between was a relay.
async fn told_apart(
    link: Link<'_>,
    hosts: &[Host],
    echoes: u32,
    [before, after]: [&[Reading]; 2],
) -> Result<Option<Burst>, HostError> {
    let ends = [&link.source.name, &link.target.name];
    let others = hosts.iter().zip(spans(hosts, before, after)).filter(|(host, _)| !ends.contains(&&host.name));
    let others: Vec<u64> = others.filter_map(|(_, span)| Some(span?.sent(Counted::Packets))).collect();
    if !gate::doubtful(echoes, &others) {
        return Ok(None);
    }
    let before = on_all(hosts, |_, host| host.read()).await?;
    let ping = Command::new("ping").args(["-q", "-n", "-W", "1", "-i", BURST_INTERVAL]).arg("-c").arg(BURST);
    let output = link.source.run(&ping.arg(link.address).deadline(BURST_DEADLINE)).await?;
    let after = on_all(hosts, |_, host| host.read()).await?;
    let sent = parse::ping::parse(&output.stdout).ok().and_then(|report| report.sent).filter(|sent| *sent > 0);
    Ok(sent.map(|sent| Burst { sent: sent as f64, before, after }))
}

fn base_of<'a>(setting: Setting<'a>, link: (usize, usize)) -> &'a [f64] {
    let place = setting.matrix.links.iter().position(|known| *known == link);
    place.and_then(|place| setting.base.get(place)).map(Vec::as_slice).unwrap_or_default()
}

/// Where one link of a ring failed, the others ran under a lighter load than asked.
fn whole_ring(links: &mut [LinkAttempt]) {
    let failed = |link: &LinkAttempt| !matches!(link.recorded.verdict.outcome, Outcome::Ok);
    if links.len() < 2 || !links.iter().any(failed) || links.iter().all(failed) {
        return;
    }
    for link in links.iter_mut().filter(|link| link.recorded.verdict == Verdict::OK) {
        link.recorded.verdict =
            Verdict::not_ok(Outcome::Partial, Reason::RingIncomplete, "another link of the same ring failed");
    }
}

async fn calibrate(matrix: &Matrix, roads: &[Link<'_>]) -> Result<Vec<Calibrated>, HostError> {
    let Some(calibration) = &matrix.calibration else { return Ok(Vec::new()) };
    let runs = roads.iter().map(|link| calibration::run(calibration, *link));
    futures_util::future::join_all(runs).await.into_iter().collect()
}

/// Round trips of every link of the matrix without impairment.
pub async fn base(matrix: &Matrix, hosts: &[Host]) -> Result<Vec<Vec<f64>>, HostError> {
    let Some(calibration) = &matrix.calibration else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (source, target) in &matrix.links {
        let (Some(source), Some(target)) = (hosts.get(*source), hosts.get(*target)) else { continue };
        let link = Link { source, target, address: target.address, number: 0 };
        all.push(calibration::run(calibration, link).await?.rtts());
    }
    Ok(all)
}

/// Tells what a host receives, for ever.
async fn watch_live(host: Option<&Host>, live: &impl Fn(f64)) {
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if let Some((received, _)) = host.and_then(Host::live) {
            live(received);
        }
    }
}

fn judged(execution: Box<dyn Execution>, limit: Duration, labels: &Labels) -> (LinkAttempt, Judged) {
    let mut judged = judge(&*execution, limit, labels);
    let recorded = std::mem::replace(&mut judged.recorded, Recorded::new(Verdict::OK));
    let steps = execution.steps();
    let link = LinkAttempt {
        started: steps.first().map_or_else(jiff::Timestamp::now, |step| step.client.started),
        elapsed_s: steps.iter().map(|step| step.client.elapsed.as_secs_f64()).sum(),
        execution: Some(execution),
        recorded,
        ..LinkAttempt::empty(Verdict::OK)
    };
    (link, judged)
}

fn spans<'a>(hosts: &[Host], before: &'a [Reading], after: &'a [Reading]) -> Vec<Option<Span<'a>>> {
    let readings = before.iter().zip(after);
    hosts.iter().zip(readings).map(|(host, (b, a))| Span::of(b, a, host.interface.as_str())).collect()
}

/// What the gates look at.
struct Gates<'a> {
    setting: Setting<'a>,
    spans: &'a [Option<Span<'a>>],
    source: usize,
    target: usize,
    /// Whether no other link ran at the same time.
    alone: bool,
    load: &'a dyn Load,
    /// A burst after the run, where one was needed to know the path.
    burst: Option<&'a Burst>,
}

impl Gates<'_> {
    /// Fills in what the counters say, and takes the verdict back where a gate says no.
    fn apply(&self, link: &mut LinkAttempt, judged: &Judged, base: &[f64]) {
        let counted = if self.load.packets().is_some() { Counted::Packets } else { Counted::Bytes };
        let span = |host: usize| self.spans.get(host).copied().flatten();
        link.wire_bytes = span(self.source).map(|span| span.bytes());
        let ends: Vec<(&str, Span<'_>)> = [self.source, self.target]
            .into_iter()
            .filter_map(|host| Some((self.setting.hosts.get(host)?.name.as_str(), span(host)?)))
            .collect();
        let told = |of: &dyn Fn(&Span<'_>) -> Vec<String>| {
            let told =
                ends.iter().flat_map(|(name, span)| of(span).into_iter().map(move |what| format!("{name} {what}")));
            Some(told.collect::<Vec<String>>().join("; ")).filter(|told| !told.is_empty())
        };
        let changes: Option<Vec<u32>> = ends.iter().map(|(_, span)| span.carrier_changes()).collect();
        link.carrier_changes = changes.filter(|changes| !changes.is_empty()).map(|changes| changes.iter().sum());
        link.link_state = told(&|span| span.not_up());
        link.foreign_qdisc = told(&|span| span.foreign());
        let packets = span(self.source).and_then(|span| span.netem(Counted::Packets));
        link.netem_drop_share = packets
            .filter(|(passed, dropped)| passed + dropped > 0)
            .map(|(passed, dropped)| dropped as f64 / (passed + dropped) as f64);
        let impaired = !self.setting.netem.is_none();
        let carried = [(self.source, judged.forward), (self.target, judged.reverse)];
        let bursting = self.burst.map(|burst| spans(self.setting.hosts, &burst.before, &burst.after));
        let (carried, looked_at) = match (self.burst, &bursting) {
            (Some(burst), Some(bursting)) => ([(self.source, Some(burst.sent)), (self.target, None)], &**bursting),
            _ => (carried, self.spans),
        };
        let span = |host: usize| looked_at.get(host).copied().flatten();
        let flows: Vec<Flow> = carried
            .iter()
            .filter_map(|(host, carried)| {
                Some(Flow { carried: (*carried)?, crossed: span(*host)?.crossed(counted, impaired)? })
            })
            .collect();
        let between: Vec<u64> = (0..self.setting.hosts.len())
            .filter(|host| self.alone && *host != self.source && *host != self.target)
            .filter_map(|host| Some(span(host)?.sent(counted)))
            .collect();
        link.path = gate::path(&flows, &between);
        // A failure says more than a gate: what failed has no number to protect.
        if link.recorded.verdict.outcome == Outcome::Failed || link.execution.is_none() {
            return;
        }
        let not_in_force = self.impairment().or_else(|| self.calibration(link, base));
        let verdict = match (not_in_force, link.path) {
            (Some(detail), _) => Some(Verdict::not_ok(Outcome::Invalid, Reason::ImpairmentNotInForce, detail)),
            (None, Some(path)) => gate::refuse(path, &flows, &between, counted, self.setting.matrix.allow_relay),
            (None, None) => None,
        };
        if let Some(verdict) = verdict {
            link.recorded.verdict = verdict;
        }
    }

    /// How the impairment of some host differs from what was asked, before or after the run.
    fn impairment(&self) -> Option<String> {
        self.setting.hosts.iter().zip(self.spans).find_map(|(host, span)| match span {
            Some(span) => Some(format!("{}: {}", host.name, span.difference(self.setting.netem)?)),
            None => Some(format!("{}: its data interface {} could not be read", host.name, host.interface)),
        })
    }

    /// How the calibrations disagree with the theory of what was asked.
    fn calibration(&self, link: &LinkAttempt, base: &[f64]) -> Option<String> {
        let [before, after] = link.calibrated.as_ref()?;
        let expectation = self.setting.netem.model().expectation();
        let sent = (before.packets.len() + after.packets.len()) as u64;
        let how = impairment::disagreement(&[&before.rtts(), &after.rtts()], sent, base, &expectation)?;
        Some(format!("calibration on the bare network: {how}"))
    }
}

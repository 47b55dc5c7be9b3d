//! A campaign without a defect, for the checks: four systems, two profiles, four workloads, three links, eight
//! blocks in random order, with control runs, calibration and facts. Defects are planted into copies of it.

use crate::campaign::{RING, run, value};
use meshbench_analysis::check::calibration::Calibration;
use meshbench_analysis::check::{Facts, findings};
use meshbench_analysis::estimates::{Options, estimate};
use meshbench_analysis::run_values::Outside;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::table::{Symbol, Timestamp};
use meshbench_schemas::tables::{Host, Run, Summary, System};
use meshbench_schemas::words::{Basis, Control, Direction, PathTaken, Workload};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

pub const SYSTEMS: [&str; 4] = ["internal", "nebula", "tinc", "wireguard"];
pub const BLOCKS: u32 = 8;
const FORWARD: Option<Direction> = Some(Direction::Forward);

#[derive(Debug, Clone, Default)]
pub struct Made {
    pub runs: Vec<Run>,
    pub values: Vec<RunValue>,
    pub summaries: Vec<Summary>,
    pub hosts: Vec<Host>,
    pub systems: Vec<System>,
    pub calibration: BTreeMap<Symbol, Calibration>,
    pub outside: Vec<Outside>,
}

/// A uniform number between 0 and 1.
pub fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0
}

/// e^(deviation · z), z normal.
pub fn around(random: &mut ChaCha8Rng, deviation: f64) -> f64 {
    let z = (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0;
    (deviation * z).exp()
}

/// What netem adds to a round trip, and whether a packet of it is lost: 4 ± 7 ms and 1 %, both ways.
fn echo(random: &mut ChaCha8Rng, impaired: bool) -> Option<f64> {
    let mut rtt = 2e-4 * around(random, 0.05);
    for _ in 0..2 {
        if impaired {
            if uniform(random) < 0.01 {
                return None;
            }
            rtt += (4e-3 + 7e-3 * (2.0 * uniform(random) - 1.0)).max(0.0);
        }
    }
    Some(rtt)
}

impl Made {
    /// A campaign whose values repeat to `noise` (standard deviation on logarithms).
    pub fn clean(seed: u64, noise: f64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut made = Self::default();
        let mut position = 0;
        for block in 0..BLOCKS {
            made.controls(&mut random, block, Control::Start, &mut position, noise);
            let mut systems = SYSTEMS.to_vec();
            shuffle(&mut random, &mut systems);
            for system in systems {
                for profile in ["baseline", "medium"] {
                    for workload in [Workload::Ping, Workload::Tcp, Workload::Udp, Workload::TcpParallel] {
                        made.cell(&mut random, (system, profile, workload, block), &mut position, noise);
                    }
                }
            }
            made.controls(&mut random, block, Control::End, &mut position, noise);
        }
        for host in ["lom", "yuki", "luna"] {
            for phase in ["before 0", "after 7"] {
                let off =
                    "tcp-segmentation-offload: off; generic-segmentation-offload: off; generic-receive-offload: on";
                for (fact, value) in [("nic.offloads", off), ("kernel", "6.12"), ("nic.speed", "1000"), ("load", phase)]
                {
                    let (fact, value) = (fact.to_owned(), value.to_owned());
                    made.hosts.push(Host { host: host.into(), phase: phase.into(), fact, value });
                }
            }
        }
        let system = |name: &&str| System {
            system: (*name).into(),
            label: (*name).to_owned(),
            version: Some("1.2".to_owned()),
            binary_sha256: None,
            mtu_byte: Some(1420),
            address_family: Some("ipv4".into()),
            note: None,
        };
        made.systems = SYSTEMS.iter().map(system).collect();
        made
    }

    fn timed(run: Run, position: &mut u32) -> Run {
        let asked = if run.workload == Workload::Ping { 20.0 } else { 30.0 };
        let timed = Run {
            position: Some(*position),
            started_at: Some(Timestamp(1_760_000_000_000_000 + i64::from(*position) * 60_000_000)),
            elapsed_s: Some(asked + 1.0),
            asked_s: Some(asked),
            limit_s: Some(120.0),
            tool: Some("iperf3".into()),
            tool_version: Some("3.20".into()),
            congestion_control: Some("cubic".into()),
            both_directions: Some(false),
            settings: Some("--parallel 1 --omit 0".into()),
            path: Some(PathTaken::Direct),
            netem_delay_s: Some(0.0),
            netem_jitter_s: Some(0.0),
            netem_loss: Some(0.0),
            netem_reorder: Some(0.0),
            ..run
        };
        *position += u32::from(timed.ring.is_none());
        timed
    }

    fn controls(&mut self, random: &mut ChaCha8Rng, block: u32, end: Control, position: &mut u32, noise: f64) {
        for link in RING {
            let first = run("internal", Workload::Tcp, link, block);
            let run_id = format!("{}-{end}", first.run_id).into();
            let control = Self::timed(Run { run_id, control: Some(end), ..first }, position);
            self.values.push(value(&control, "throughput", FORWARD, 7e8 * around(random, noise)));
            self.runs.push(control);
        }
    }

    fn cell(
        &mut self,
        random: &mut ChaCha8Rng,
        (system, profile, workload, block): (&str, &str, Workload, u32),
        position: &mut u32,
        noise: f64,
    ) {
        let impaired = profile == "medium";
        let slower = SYSTEMS.iter().position(|name| *name == system).unwrap() as f64;
        for (at, link) in RING.into_iter().enumerate() {
            let first = run(system, workload, link, block);
            let ring = (workload == Workload::TcpParallel).then(|| format!("{system}-{profile}-{block}").into());
            let mut run =
                Self::timed(Run { run_id: format!("{profile}-{}", first.run_id).into(), ring, ..first }, position);
            run.profile = profile.into();
            if impaired {
                run.netem_delay_s = Some(4e-3);
                run.netem_jitter_s = Some(7e-3);
                run.netem_loss = Some(0.01);
                run.netem = Some("delay 4000us 7000us loss random 1% limit 10000".to_owned());
            }
            let mut calibration = Calibration::default();
            for _ in 0..40 {
                calibration.sent += 1;
                if let Some(rtt) = echo(random, impaired) {
                    calibration.add_rtt(rtt);
                }
            }
            self.calibration.insert(run.run_id.clone(), calibration);
            // Links differ a little, as they do.
            let link_is = 1.0 + 0.02 * at as f64;
            let speed = 7e8 * 0.8f64.powf(slower) / link_is * if impaired { 0.02 } else { 1.0 };
            let mut add = |metric: &str, direction, number: f64| {
                let mut value = value(&run, metric, direction, number);
                if matches!(metric, "segment_size" | "datagram_size" | "loss" | "reordering") {
                    (value.basis, value.samples) = (Basis::Summary, None);
                }
                self.values.push(value);
            };
            match workload {
                Workload::Ping => {
                    let own = 1e-4 * slower * around(random, noise);
                    let rtts: Vec<f64> = (0..100).filter_map(|_| echo(random, impaired)).collect();
                    let mean = rtts.iter().sum::<f64>() / rtts.len() as f64 + own;
                    add("rtt_mean", None, mean);
                    add("loss", None, (100 - rtts.len()) as f64 / 100.0);
                    let pings = self.values.len();
                    for value in &mut self.values[pings - 2..] {
                        value.samples = Some(100);
                    }
                }
                Workload::Udp => {
                    let received = speed * around(random, noise);
                    add("offered", FORWARD, received * 1.02);
                    add("throughput", FORWARD, received);
                    add("loss", FORWARD, 0.02 * around(random, noise));
                    add("datagram_size", None, 1300.0);
                }
                _ => {
                    let received = speed * if workload == Workload::TcpParallel { 0.5 } else { 1.0 };
                    let received = received * around(random, noise);
                    add("throughput", FORWARD, received);
                    add("offered", FORWARD, received * 1.001);
                    add("segment_size", None, 1368.0);
                }
            }
            self.runs.push(run);
        }
        *position += u32::from(workload == Workload::TcpParallel);
    }

    pub fn check(&self) -> Vec<Finding> {
        let estimates = estimate(&self.runs, &self.values, &Options::default());
        findings(&Facts {
            runs: &self.runs,
            values: &self.values,
            estimates: &estimates,
            summaries: &self.summaries,
            hosts: &self.hosts,
            systems: &self.systems,
            calibration: &self.calibration,
            outside: &self.outside,
        })
    }

    pub fn codes(&self) -> BTreeSet<Code> {
        self.check().into_iter().map(|finding| finding.code).collect()
    }

    /// Changes every run that passes.
    pub fn each(&mut self, pass: impl Fn(&Run) -> bool, change: impl Fn(&mut Run)) {
        self.runs.iter_mut().filter(|run| pass(run)).for_each(change);
    }

    /// Changes every value of the metric in runs that pass.
    pub fn values(&mut self, metric: &str, pass: impl Fn(&RunValue) -> bool, change: impl Fn(&mut RunValue)) {
        self.values.iter_mut().filter(|value| &*value.metric == metric && pass(value)).for_each(change);
    }

    /// Takes the runs that pass away, with what belongs to them.
    pub fn drop(&mut self, pass: impl Fn(&Run) -> bool) {
        let gone: BTreeSet<Symbol> = self.runs.iter().filter(|run| pass(run)).map(|run| run.run_id.clone()).collect();
        self.runs.retain(|run| !gone.contains(&run.run_id));
        self.values.retain(|value| !gone.contains(&value.run_id));
        self.calibration.retain(|run, _| !gone.contains(run));
    }

    /// Ends the runs that pass in another way, without values.
    pub fn end(
        &mut self,
        pass: impl Fn(&Run) -> bool,
        outcome: meshbench_schemas::outcome::Outcome,
        reason: meshbench_schemas::outcome::Reason,
    ) {
        let mut gone = BTreeSet::new();
        for run in self.runs.iter_mut().filter(|run| pass(run)) {
            (run.outcome, run.reason) = (outcome, Some(reason));
            gone.insert(run.run_id.clone());
        }
        self.values.retain(|value| !gone.contains(&value.run_id));
    }
}

pub fn shuffle<T>(random: &mut ChaCha8Rng, items: &mut [T]) {
    for at in (1..items.len()).rev() {
        items.swap(at, (uniform(random) * (at + 1) as f64) as usize);
    }
}

/// Whether a run belongs to a cell, on any link in any block.
pub fn of(system: &'static str, profile: &'static str, workload: Workload) -> impl Fn(&Run) -> bool + Copy {
    move |run| run.control.is_none() && (&*run.system, &*run.profile, run.workload) == (system, profile, workload)
}

/// The same for a value.
pub fn value_of(system: &'static str, profile: &'static str, workload: Workload) -> impl Fn(&RunValue) -> bool + Copy {
    move |value| (&*value.system, &*value.profile, value.workload) == (system, profile, workload)
}

//! A made-up campaign for tests: four systems and a hostile one, four profiles, three links, and every
//! way in which a cell can lack a number.

mod compared;

pub use compared::{contrast, findings};

use crate::{Adjustment, Campaign, FindingNote, Input};
use meshbench_schemas::finding::Findings;
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::{Estimate, RunValue, Stages};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::warning::{Warning, Warnings};
use meshbench_schemas::words::{Basis, Covers, Direction, Estimator, Workload};
use meshbench_stats::{Confidence, of_blocks::MEDIAN_FROM, wilson::wilson};
use std::sync::LazyLock;

pub const HOSTILE: &str = r#"a"; rm -rf ~ #\\write18{x}<script>"#;
pub const PROFILES: [&str; 4] = ["baseline", "low", "medium", "high"];
const HOSTS: [&str; 3] = ["luna", "terra", "sol"];

/// One good cell: three links, one block.
pub fn estimate(system: &str, profile: &str, workload: &str, metric: &str) -> Estimate {
    let known = meshbench_schemas::catalogue::metric(metric).unwrap();
    Estimate {
        system: system.into(),
        tuning: "default".into(),
        profile: profile.into(),
        workload: workload.parse().unwrap(),
        metric: metric.into(),
        direction: None,
        value: Some(9.4e8),
        low: Some(9.3e8),
        high: Some(9.5e8),
        mean: None,
        mean_low: None,
        mean_high: None,
        at_least: None,
        unit: known.unit.as_str().into(),
        method: Estimator::GeometricMeanLinksT,
        covers: Covers::Links,
        confidence: 0.95,
        achieved_confidence: None,
        links: 3,
        links_expected: 3,
        blocks: 1,
        blocks_expected: 1,
        runs: 3,
        samples: Some(90),
        attempts: 3,
        ok: 3,
        stalled: 0,
        partial: 0,
        censored: 0,
        failed: 0,
        invalid: 0,
        unsupported: 0,
        skipped: 0,
        reason: None,
        warnings: [Warning::LinksOnly, Warning::Normality].into_iter().collect(),
        findings: Findings::default(),
    }
}

/// Numbers that look random and are the same everywhere.
fn noise(seed: &str) -> f64 {
    let hash = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    ((hash >> 20) % 10_000) as f64 / 10_000.0 - 0.5
}

/// The rows of a campaign.
pub struct Made {
    pub stages: Stages,
    pub findings: Vec<FindingNote>,
    pub campaign: Campaign,
}

impl Made {
    pub fn input(&self) -> Input<'_> {
        Input {
            stages: &self.stages,
            findings: &self.findings,
            adjustment: Adjustment::Holm,
            campaign: self.campaign.clone(),
        }
    }

    /// The same with rows in the tables of comparisons, and findings at one estimate.
    pub fn compared(mut self, blocks: u32) -> Self {
        let more = compared::rows(&self, blocks);
        self.stages.append(more);
        self.findings = findings();
        self.at("tailscale", "medium", "tcp", |e| e.findings = "stalled-counted".parse().unwrap());
        self
    }
}

/// No rows at all.
pub fn empty() -> Input<'static> {
    static EMPTY: LazyLock<Stages> = LazyLock::new(Stages::default);
    Input { stages: &EMPTY, findings: &[], adjustment: Adjustment::Holm, campaign: Campaign::default() }
}

/// The campaign with `blocks` blocks and so many systems besides the bare network and the hostile one.
pub fn campaign(blocks: u32, systems: &[&str]) -> Made {
    let mut made = Made {
        stages: Stages::default(),
        findings: Vec::new(),
        campaign: Campaign {
            name: "made-up <campaign> & co".into(),
            producer: "meshbench tests".into(),
            version: "0.1.0".into(),
            labels: [
                ("internal", "no VPN"),
                ("wireguard", "WireGuard"),
                ("tailscale", "Tailscale"),
                ("vpncloud", "VpnCloud"),
            ]
            .into_iter()
            .map(|(id, label)| (Symbol::from(id), label.to_owned()))
            .collect(),
            notes: vec!["Two of twelve hosts were rebooted: see the journal.".into()],
        },
    };
    let all: Vec<&str> = std::iter::once("internal").chain(systems.iter().copied()).chain([HOSTILE]).collect();
    for (at, system) in all.iter().enumerate() {
        for (rough, profile) in PROFILES.iter().enumerate() {
            for (workload, metric, direction, good, per_profile) in [
                ("tcp", "throughput", Some(Direction::Forward), 9.4e8, 0.13),
                ("tcp", "throughput", Some(Direction::Reverse), 9.3e8, 0.12),
                ("ping", "rtt_p50", None, 6e-4, 4.2),
                ("ping", "loss", None, 0.002, 2.4),
                ("download", "download_time", None, 210.0, 1.5),
                ("video", "video_quality", None, 0.999, 0.99),
            ] {
                let value = good
                    * f64::powi(per_profile, rough as i32)
                    * (1.0 + 0.06 * noise(&format!("{system}{metric}")) * at as f64);
                let value = if metric == "video_quality" { value.min(0.9985 - 0.01 * rough as f64) } else { value };
                made.cell(system, profile, workload, metric, direction, value, blocks);
            }
        }
    }
    made.holes();
    made.success();
    made
}

impl Made {
    #[allow(clippy::too_many_arguments)]
    fn cell(
        &mut self,
        system: &str,
        profile: &str,
        workload: &str,
        metric: &str,
        direction: Option<Direction>,
        value: f64,
        blocks: u32,
    ) {
        let mut e = estimate(system, profile, workload, metric);
        let unit = e.unit.clone();
        let linear =
            meshbench_schemas::catalogue::metric(metric).unwrap().scale == meshbench_schemas::catalogue::Scale::Linear;
        let mut all = Vec::new();
        for block in 0..blocks {
            for (link, source) in HOSTS.iter().enumerate() {
                let target = HOSTS[(link + 1) % 3];
                let spread = if metric == "video_quality" { 0.001 } else { 0.15 };
                let factor = 1.0 + spread * noise(&format!("{system}{profile}{metric}{source}{block}{direction:?}"));
                all.push(value * factor);
                self.stages.run_values.push(RunValue {
                    run_id: format!("{system}-{profile}-{workload}-{source}-{block}").as_str().into(),
                    system: system.into(),
                    tuning: "default".into(),
                    profile: profile.into(),
                    workload: workload.parse().unwrap(),
                    metric: metric.into(),
                    direction,
                    source: (*source).into(),
                    target: target.into(),
                    block,
                    attempt: 1,
                    outcome: Outcome::Ok,
                    value: value * factor,
                    unit: unit.clone(),
                    basis: Basis::Samples,
                    samples: Some(30),
                    lag1_autocorrelation: Some(0.3),
                    effective_samples: Some(16.2),
                    warmup_s: None,
                });
            }
        }
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let deviation = (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (all.len() - 1) as f64).sqrt();
        let half = deviation * if blocks == 1 { 4.303 / 3f64.sqrt() } else { 0.8 };
        e.direction = direction;
        e.value = Some(mean);
        (e.mean, e.mean_low, e.mean_high) = (Some(mean), Some(mean - half), Some(mean + half));
        (e.low, e.high) = if linear {
            (Some(mean - half), Some(mean + half))
        } else {
            (Some(mean / (1.0 + half / mean)), Some(mean * (1.0 + half / mean)))
        };
        (e.blocks, e.blocks_expected, e.runs, e.attempts, e.ok) = (blocks, blocks, 3 * blocks, 3 * blocks, 3 * blocks);
        if blocks > 1 {
            e.method = if blocks as usize >= MEDIAN_FROM { Estimator::MedianOrderStatistic } else { Estimator::MeanT };
            e.covers = Covers::Blocks;
            e.achieved_confidence = (blocks >= 6).then_some(0.96875);
            e.warnings = Warnings::default();
        }
        self.stages.estimates.push(e);
    }

    fn at(&mut self, system: &str, profile: &str, workload: &str, change: impl Fn(&mut Estimate)) {
        for e in self
            .stages
            .estimates
            .iter_mut()
            .filter(|e| &*e.system == system && &*e.profile == profile && e.workload.as_str() == workload)
        {
            change(e);
        }
    }

    fn lose(&mut self, system: &str, profile: &str, workload: &str, keep: &[&str]) {
        self.stages.run_values.retain(|r| {
            !(&*r.system == system && &*r.profile == profile && r.workload.as_str() == workload)
                || keep.contains(&&*r.source)
        });
    }

    fn holes(&mut self) {
        let empty = |e: &mut Estimate, why: &str| {
            (e.value, e.low, e.high) = (None, None, None);
            (e.mean, e.mean_low, e.mean_high) = (None, None, None);
            e.covers = Covers::None;
            e.reason = Some(why.to_owned());
        };
        self.at(HOSTILE, "high", "tcp", |e| {
            empty(e, "no attempt succeeded: 3 × \\input{/etc/passwd} <b>");
            (e.ok, e.failed, e.links, e.runs, e.blocks) = (0, e.attempts, 0, 0, 0);
            e.warnings = "hidden-retries".parse().unwrap();
        });
        self.lose(HOSTILE, "high", "tcp", &[]);
        self.at("tailscale", "medium", "tcp", |e| {
            empty(e, "stalled on luna to terra");
            (e.ok, e.stalled, e.links, e.runs) = (e.ok - 1, 1, 2, e.runs - 1);
            e.warnings = "stalled incomplete-links".parse().unwrap();
        });
        self.lose("tailscale", "medium", "tcp", &["terra", "sol"]);
        self.at("vpncloud", "low", "tcp", |e| {
            empty(e, "terra to sol has no ok run");
            (e.ok, e.failed, e.links, e.runs) = (e.ok - 1, 1, 2, e.runs - 1);
            e.warnings = "incomplete-links".parse().unwrap();
        });
        self.lose("vpncloud", "low", "tcp", &["luna", "sol"]);
        self.at("vpncloud", "high", "download", |e| {
            empty(e, "most attempts were stopped at their limit");
            e.at_least = Some(1800.0);
            (e.ok, e.censored, e.links, e.runs) = (0, e.attempts, 3, 0);
            e.warnings = "censored".parse().unwrap();
        });
        self.lose("vpncloud", "high", "download", &[]);
        self.at("wireguard", "medium", "ping", |e| {
            (e.low, e.high, e.links, e.runs, e.warnings) =
                (None, None, 1, 1, "no-interval single-link".parse().unwrap());
            (e.covers, e.links_expected, e.attempts, e.ok) = (Covers::None, 1, 1, 1);
        });
        self.lose("wireguard", "medium", "ping", &["luna"]);
        self.stages
            .estimates
            .retain(|e| !(&*e.system == "tailscale" && &*e.profile == "high" && e.workload == Workload::Download));
        self.lose("tailscale", "high", "download", &[]);
    }

    fn success(&mut self) {
        let mut more: Vec<Estimate> = Vec::new();
        for e in self.stages.estimates.iter().filter(|e| e.direction != Some(Direction::Reverse)) {
            if more.iter().any(|m| m.system == e.system && m.profile == e.profile && m.workload == e.workload) {
                continue;
            }
            let share = wilson(e.ok.into(), e.attempts.into(), Confidence::P95).unwrap();
            let value = f64::from(e.ok) / f64::from(e.attempts);
            more.push(Estimate {
                metric: "success_rate".into(),
                direction: None,
                value: Some(value),
                low: Some(share.low),
                high: Some(share.high),
                mean: None,
                mean_low: None,
                mean_high: None,
                at_least: None,
                unit: "ratio".into(),
                method: Estimator::Wilson,
                covers: Covers::Attempts,
                achieved_confidence: None,
                reason: None,
                warnings: Warnings::default(),
                findings: Findings::default(),
                ..e.clone()
            });
        }
        self.stages.estimates.append(&mut more);
    }
}

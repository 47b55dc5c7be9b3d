//! Defects to plant, one for each kind of finding.

use crate::made::{BLOCKS, Made, of, value_of};
use meshbench_analysis::check::calibration::Calibration;
use meshbench_analysis::run_values::Outside;
use meshbench_schemas::finding::Code;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::table::Timestamp;
use meshbench_schemas::tables::{Host, Run, Summary};
use meshbench_schemas::words::Workload::{Ping, Tcp, TcpParallel, Udp};
use meshbench_schemas::words::{Basis, Control, Direction, PathTaken, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// How to make a campaign lie.
pub struct Defect {
    pub code: Code,
    /// What follows from it by necessity.
    pub with: &'static [Code],
    /// Whether the size changes it.
    pub sized: bool,
    /// Plants it, at full size for 1.
    pub plant: fn(&mut Made, f64),
}

const fn fixed(code: Code, with: &'static [Code], plant: fn(&mut Made, f64)) -> Defect {
    Defect { code, with, sized: false, plant }
}

const fn sized(code: Code, with: &'static [Code], plant: fn(&mut Made, f64)) -> Defect {
    Defect { code, with, sized: true, plant }
}

fn lom(run: &Run) -> bool {
    &*run.source == "lom"
}

fn early(block: u32) -> bool {
    block.is_multiple_of(4)
}

/// A factor between 1 and `whole`, by size.
fn grown(size: f64, whole: f64) -> f64 {
    whole.powf(size)
}

fn extra(of: &RunValue, metric: &str, value: f64, unit: &str) -> RunValue {
    RunValue {
        metric: metric.into(),
        value,
        unit: unit.into(),
        direction: None,
        basis: Basis::Summary,
        samples: None,
        ..of.clone()
    }
}

/// Multiplies rates by what the turn of a system in its block, and the system before it, make of them.
fn by_turn(made: &mut Made, factor: impl Fn(usize, Option<&str>) -> f64) {
    let mut began: BTreeMap<(u32, String), u32> = BTreeMap::new();
    for run in made.runs.iter().filter(|run| run.control.is_none()) {
        let first = began.entry((run.block, run.system.to_string())).or_insert(u32::MAX);
        *first = run.position.map_or(*first, |position| position.min(*first));
    }
    let control: BTreeSet<_> =
        made.runs.iter().filter(|run| run.control.is_some()).map(|run| run.run_id.clone()).collect();
    let of = |block: u32, system: &str| {
        let mut turns: Vec<(u32, &str)> =
            began.iter().filter(|((own, _), _)| *own == block).map(|((_, name), at)| (*at, name.as_str())).collect();
        turns.sort_unstable();
        let turn = turns.iter().position(|(_, name)| *name == system).unwrap();
        factor(turn, turn.checked_sub(1).map(|before| turns[before].1))
    };
    for metric in ["throughput", "offered"] {
        made.values(metric, |v| !control.contains(&v.run_id), |v| v.value *= of(v.block, &v.system));
    }
}

fn at(run: &Run, seconds: f64) -> Option<Timestamp> {
    run.started_at.map(|time| Timestamp(time.0 + (seconds * 1e6) as i64))
}

pub const DEFECTS: &[Defect] = &[
    sized(Code::StalledCounted, &[], |made, size| {
        // 10 kbit/s × 0.01: from a few per mille of the median down to nothing.
        let factor = 1e-6f64.powf(size);
        made.values(
            "throughput",
            |v| value_of("tinc", "medium", Tcp)(v) && v.block == 3 && &*v.source == "lom",
            |v| v.value *= factor,
        );
    }),
    fixed(Code::PartialRing, &[], |made, _| {
        let one = |run: &Run| of("tinc", "baseline", TcpParallel)(run) && run.block == 2 && lom(run);
        made.end(one, Outcome::Failed, Reason::ControlLost);
    }),
    fixed(Code::MissingLinks, &[], |made, _| {
        let alone = |run: &Run| of("tinc", "baseline", Udp)(run) && lom(run);
        made.end(alone, Outcome::Unsupported, Reason::NotApplicable);
    }),
    sized(Code::SurvivorsOnly, &[], |made, size| {
        let blocks = (f64::from(BLOCKS) * 0.75 * size).round() as u32;
        let some = |run: &Run| of("tinc", "medium", Udp)(run) && run.block < blocks;
        made.end(some, Outcome::Failed, Reason::HandshakeLost);
    }),
    fixed(Code::CensoredByLimit, &[], |made, _| {
        let one = |run: &Run| of("tinc", "medium", Udp)(run) && run.block == 1 && lom(run);
        made.end(one, Outcome::Censored, Reason::TimeLimit);
    }),
    fixed(Code::HiddenRetry, &[], |made, _| {
        made.each(|run| of("tinc", "medium", Tcp)(run) && run.block == 1, |run| run.harness_attempts = Some(3));
    }),
    fixed(Code::EmptyCell, &[], |made, _| {
        made.drop(of("tinc", "medium", Udp));
    }),
    sized(Code::MatrixHole, &[], |made, size| {
        let blocks = (f64::from(BLOCKS) * 0.5 * size).round() as u32;
        made.drop(|run| of("tinc", "medium", Udp)(run) && run.block < blocks);
    }),
    fixed(Code::UnequalDuration, &[], |made, _| {
        made.each(of("tinc", "medium", Udp), |run| {
            (run.asked_s, run.elapsed_s) = (Some(10.0), Some(11.0));
        });
    }),
    fixed(Code::UnequalLimit, &[], |made, _| made.each(of("tinc", "medium", Tcp), |run| run.limit_s = Some(60.0))),
    fixed(Code::UnequalTool, &[], |made, _| {
        made.each(of("tinc", "medium", Tcp), |run| run.tool_version = Some("3.12".into()));
    }),
    fixed(Code::UnequalSettings, &[], |made, _| {
        made.each(of("tinc", "medium", Tcp), |run| run.settings = Some("--parallel 8 --omit 0".into()));
    }),
    fixed(Code::UnequalCongestionControl, &[], |made, _| {
        made.each(of("tinc", "medium", Tcp), |run| run.congestion_control = Some("bbr".into()));
    }),
    fixed(Code::MixedDirections, &[], |made, _| {
        made.each(of("tinc", "medium", Tcp), |run| run.both_directions = Some(true));
    }),
    fixed(Code::UnequalImpairment, &[], |made, _| {
        made.each(of("tinc", "medium", Tcp), |run| run.netem_loss = Some(0.02));
    }),
    fixed(Code::DatagramSizeDiffers, &[], |made, _| {
        made.values("datagram_size", |v| &*v.system == "tinc", |v| v.value = 1200.0);
    }),
    fixed(Code::InnerMtuDiffers, &[], |made, _| {
        made.values("segment_size", |v| &*v.system == "tinc", |v| v.value = 1248.0);
    }),
    fixed(Code::AddressFamilyDiffers, &[], |made, _| {
        made.systems.iter_mut().filter(|s| &*s.system == "tinc").for_each(|s| s.address_family = Some("ipv6".into()));
    }),
    fixed(Code::UnequalTreatment, &[], |made, _| {
        made.each(|run| &*run.system != "internal", |run| run.restart_s = Some(2.0));
    }),
    sized(Code::ImpairmentNotRealised, &[], |made, size| {
        // Added twice as much delay at one system; a quarter of that at size ¼.
        let runs: Vec<_> =
            made.runs.iter().filter(|r| of("tinc", "medium", Tcp)(r)).map(|r| r.run_id.clone()).collect();
        for run in runs {
            let own = made.calibration.get_mut(&run).unwrap();
            let (n, mean) = (own.answered, own.moments().unwrap().mean + 8.64e-3 * size * 3.0);
            *own = Calibration { sent: own.sent, ..Calibration::default() };
            (0..n).for_each(|_| own.add_rtt(mean));
        }
    }),
    fixed(Code::ImpairmentUnverified, &[], |made, _| {
        let runs: Vec<_> =
            made.runs.iter().filter(|r| of("tinc", "medium", Udp)(r)).map(|r| r.run_id.clone()).collect();
        made.calibration.retain(|run, _| !runs.contains(run));
    }),
    sized(Code::ReorderingBeyondAsked, &[], |made, size| {
        let base: Vec<RunValue> = made
            .values
            .iter()
            .filter(|v| value_of("tinc", "medium", Udp)(v) && &*v.metric == "loss")
            .cloned()
            .collect();
        made.values.extend(base.iter().map(|v| extra(v, "reordering", 0.1 * size * v.value / 0.02, "ratio")));
    }),
    fixed(Code::ReorderingStarved, &[], |made, _| {
        made.each(
            |run| &*run.profile == "medium",
            |run| {
                (run.netem_reorder, run.netem_reorder_correlation) = (Some(0.025), Some(0.5));
            },
        );
    }),
    fixed(Code::OffloadUnderNetem, &[], |made, _| {
        for row in made.hosts.iter_mut().filter(|row| row.fact == "nic.offloads") {
            row.value = row.value.replace("tcp-segmentation-offload: off", "tcp-segmentation-offload: on");
        }
    }),
    fixed(Code::OffloadUnknown, &[], |made, _| made.hosts.retain(|row| row.fact != "nic.offloads")),
    sized(Code::FasterThanDelay, &[], |made, size| {
        made.values("rtt_mean", value_of("tinc", "medium", Ping), |v| v.value *= 1.0 - 0.9 * size);
    }),
    sized(Code::BetterThanBareNetwork, &[], |made, size| {
        // tinc has 0.64 of the bare network's throughput.
        let factor = grown(size, 4.0);
        for metric in ["throughput", "offered"] {
            made.values(metric, value_of("tinc", "medium", Tcp), |v| v.value *= factor);
        }
    }),
    fixed(Code::ImpossibleValue, &[], |made, _| {
        made.values("loss", |v| value_of("tinc", "medium", Udp)(v) && v.block == 1, |v| v.value = 1.5);
    }),
    fixed(Code::ImpossibleSample, &[], |made, _| {
        // A counter of an interval that went below zero; no metric is made of it.
        let run = made.runs.iter().find(|run| of("tinc", "medium", Udp)(run)).unwrap();
        made.outside.push(Outside { run_id: run.run_id.clone(), series: "datagrams_lost", count: 1, example: 1.8e19 });
    }),
    fixed(Code::OtherPace, &[], |made, _| {
        made.each(
            |run| of("tinc", "medium", Ping)(run) && run.block == 1,
            |run| run.notes = Some("clock-set other-pace".into()),
        );
    }),
    fixed(Code::OddOutput, &[], |made, _| {
        made.each(
            |run| of("tinc", "medium", Tcp)(run) && run.block == 1,
            |run| run.notes = Some("nul-bytes duplicate-key".into()),
        );
    }),
    sized(Code::AboveBareNetwork, &[], |made, size| {
        // tinc adds 0.2 ms to 0.2 ms.
        let factor = grown(size, 0.2);
        made.values("rtt_mean", value_of("tinc", "baseline", Ping), |v| v.value *= factor);
    }),
    sized(Code::RunTooShort, &[], |made, size| {
        made.each(
            |run| of("tinc", "medium", Tcp)(run) && run.block == 1,
            |run| {
                run.elapsed_s = Some(31.0 - 20.0 * size);
            },
        );
    }),
    sized(Code::RunTooLong, &[], |made, size| {
        made.each(
            |run| of("tinc", "medium", Tcp)(run) && run.block == 1,
            |run| {
                run.elapsed_s = Some(31.0 + 100.0 * size);
            },
        );
    }),
    sized(Code::FarOffEverywhere, &[], |made, size| {
        // A tenth of its throughput wherever it is measured.
        let factor = grown(size, 0.1);
        for metric in ["throughput", "offered"] {
            made.values(metric, |v| &*v.system == "tinc" && v.workload == Tcp, |v| v.value *= factor);
        }
    }),
    fixed(Code::CounterWrap, &[], |made, _| {
        let run = made.runs.iter().find(|run| of("tinc", "medium", Udp)(run)).unwrap().clone();
        for (statistic, value) in [("max", 65_530.0), ("p50", 3.0)] {
            made.summaries.push(Summary {
                run_id: run.run_id.clone(),
                system: run.system.clone(),
                tuning: run.tuning.clone(),
                profile: run.profile.clone(),
                workload: run.workload,
                host: run.source.clone(),
                metric: "video_lost".into(),
                direction: None,
                statistic: statistic.into(),
                value,
            });
        }
    }),
    sized(Code::ReceiverOverrun, &[], |made, size| {
        let factor = grown(size, 10.0);
        made.values("offered", value_of("tinc", "baseline", Udp), |v| v.value *= factor);
    }),
    fixed(Code::DuplicatedResult, &[], |made, _| {
        let link = |v: &RunValue, block| value_of("tinc", "medium", Tcp)(v) && v.block == block && &*v.source == "lom";
        let first: Vec<RunValue> = made.values.iter().filter(|v| link(v, 1)).cloned().collect();
        for from in first {
            made.values(&from.metric, |v| link(v, 2), |v| v.value = from.value);
        }
    }),
    fixed(Code::WentAround, &[], |made, _| {
        made.each(|run| of("tinc", "medium", Tcp)(run) && run.block == 1, |run| run.path = Some(PathTaken::Around));
    }),
    fixed(Code::Relayed, &[], |made, _| {
        made.each(|run| of("tinc", "medium", Tcp)(run) && run.block == 1, |run| run.path = Some(PathTaken::Relayed));
    }),
    sized(Code::LinksDisagree, &[], |made, size| {
        let factor = grown(size, 0.2);
        made.values("throughput", |v| value_of("tinc", "medium", Tcp)(v) && &*v.source == "lom", |v| v.value *= factor);
    }),
    sized(Code::Bimodal, &[], |made, size| {
        let factor = grown(size, 0.1);
        made.values("throughput", |v| value_of("tinc", "medium", Tcp)(v) && early(v.block), |v| v.value *= factor);
    }),
    sized(Code::Drift, &[], |made, size| {
        let control: Vec<_> =
            made.runs.iter().filter(|run| run.control.is_some()).map(|run| run.run_id.clone()).collect();
        let of_control = |v: &RunValue| control.contains(&v.run_id);
        made.values("throughput", of_control, |v| v.value *= 1.0 - 0.4 * size * f64::from(v.block) / f64::from(BLOCKS));
    }),
    sized(Code::NeighbouringBlocksAlike, &[], |made, size| {
        // A slow wave through all cells; the control runs were lucky.
        let control: std::collections::BTreeSet<_> =
            made.runs.iter().filter(|run| run.control.is_some()).map(|run| run.run_id.clone()).collect();
        for metric in ["throughput", "offered"] {
            made.values(
                metric,
                |v| !control.contains(&v.run_id),
                |v| {
                    v.value *= grown(size * (std::f64::consts::TAU * f64::from(v.block) / f64::from(BLOCKS)).sin(), 1.2)
                },
            );
        }
    }),
    sized(Code::PositionMatters, &[], |made, size| {
        // Each system finds its hosts warmer than the one before it.
        by_turn(made, |turn, _| 1.0 - 0.08 * size * turn as f64);
    }),
    sized(Code::CarryOver, &[], |made, size| {
        // What tinc leaves behind is in the way of the next one.
        by_turn(made, |_, before| if before == Some("tinc") { 1.0 - 0.3 * size } else { 1.0 });
    }),
    fixed(Code::NoControlRuns, &[], |made, _| made.drop(|run| run.control.is_some())),
    fixed(Code::OrderConfounded, &[Code::FixedOrder], |made, _| {
        // All blocks of a system one after the other.
        made.each(
            |_| true,
            |run| {
                let place = crate::made::SYSTEMS.iter().position(|system| *system == &*run.system).unwrap() as u32;
                let shift = if run.control.is_some() { 0 } else { place * 10_000 };
                run.position = run.position.map(|position| position + shift);
                run.started_at = at(run, f64::from(shift) * 60.0);
            },
        );
    }),
    fixed(Code::FixedOrder, &[], |made, _| {
        made.each(
            |run| run.control.is_none(),
            |run| {
                let place = crate::made::SYSTEMS.iter().position(|system| *system == &*run.system).unwrap() as u32;
                run.position = Some(run.block * 100_000 + place * 1_000 + run.position.unwrap() % 1_000 + 100);
                run.started_at = Some(Timestamp(1_760_000_000_000_000 + i64::from(run.position.unwrap()) * 60_000_000));
            },
        );
        made.each(
            |run| run.control.is_some(),
            |run| {
                let end = if run.control == Some(Control::End) { 50_000 } else { 0 };
                run.position = Some(run.block * 100_000 + end + run.position.unwrap() % 100);
                run.started_at = Some(Timestamp(1_760_000_000_000_000 + i64::from(run.position.unwrap()) * 60_000_000));
            },
        );
    }),
    fixed(Code::ClockBackwards, &[], |made, _| {
        made.each(|run| run.block == 5, |run| run.started_at = at(run, -86_400.0 * 5.0));
    }),
    fixed(Code::OverlappingRuns, &[Code::UnequalLimit], |made, _| {
        // A run is made so long that the next one on its link begins within it.
        made.each(
            |run| of("tinc", "medium", Udp)(run) && run.block == 1 && lom(run),
            |run| {
                (run.asked_s, run.elapsed_s) = (None, Some(90_000.0));
            },
        );
    }),
    fixed(Code::LinksOnlyInterval, &[Code::TooFewBlocks, Code::OrderConfounded], |made, _| {
        made.drop(|run| run.block > 0)
    }),
    fixed(Code::TooFewBlocks, &[], |made, _| made.drop(|run| run.block > 3)),
    fixed(Code::TooFewBlocksForPairs, &[], |made, _| made.drop(|run| run.block > 5)),
    fixed(Code::FactorsTied, &[Code::EmptyCell, Code::OffloadUnknown], |made, _| {
        made.each(|run| &*run.system == "tinc", |run| run.tuning = "bbr".into());
        made.values.iter_mut().filter(|v| &*v.system == "tinc").for_each(|v| v.tuning = "bbr".into());
    }),
    fixed(Code::HostsChanged, &[], |made, _| {
        let after = |row: &&mut Host| row.fact == "kernel" && &*row.phase == "after 7" && &*row.host == "lom";
        made.hosts.iter_mut().filter(after).for_each(|row| row.value = "6.13".to_owned());
    }),
    fixed(Code::HostsDiffer, &[], |made, _| {
        let one = |row: &&mut Host| row.fact == "kernel" && &*row.host == "lom";
        made.hosts.iter_mut().filter(one).for_each(|row| row.value = "6.13".to_owned());
    }),
    fixed(Code::VersionUnknown, &[], |made, _| {
        made.systems.iter_mut().filter(|s| &*s.system == "tinc").for_each(|s| s.version = None);
    }),
    fixed(Code::NoRawSamples, &[], |made, _| {
        made.values(
            "throughput",
            |v| v.workload == Workload::Tcp && v.direction == Some(Direction::Forward),
            |v| {
                (v.basis, v.samples) = (Basis::Summary, None);
            },
        );
    }),
    fixed(Code::LinkDown, &[], |made, _| {
        made.each(
            |run| of("tinc", "baseline", Tcp)(run) && run.block == 2 && lom(run),
            |run| run.carrier_changes = Some(2),
        );
    }),
    fixed(Code::ForeignQdisc, &[], |made, _| {
        let one = |run: &Run| of("tinc", "baseline", Tcp)(run) && run.block == 2;
        made.each(one, |run| run.foreign_qdisc = Some("lom before: tbf 8001:; lom after: tbf 8001:".into()));
    }),
    sized(Code::OtherLoad, &[], |made, size| {
        made.each(|run| of("tinc", "baseline", Tcp)(run) && early(run.block), |run| run.other_cpu = Some(2.0 * size));
    }),
];

/// Other ways to have the same.
pub const VARIANTS: &[Defect] = &[
    fixed(Code::ImpossibleValue, &[], |made, _| {
        // Half as much was sent as arrived.
        made.values("offered", |v| value_of("tinc", "medium", Tcp)(v) && v.block == 1, |v| v.value /= 2.0);
    }),
    fixed(Code::ImpossibleValue, &[], |made, _| {
        // No interface says its speed, and one value is several times what the bare network did.
        made.hosts.retain(|host| host.fact != "nic.speed");
        for metric in ["throughput", "offered"] {
            made.values(
                metric,
                |v| value_of("tinc", "baseline", Udp)(v) && v.block == 1 && &*v.source == "lom",
                |v| v.value *= 10.0,
            );
        }
    }),
    fixed(Code::ImpossibleValue, &[], |made, _| {
        // A jitter of a week.
        let one = made.values.iter().find(|v| value_of("tinc", "medium", Udp)(v) && &*v.metric == "throughput");
        made.values.push(extra(&one.unwrap().clone(), "jitter", 611_273.0, "s"));
    }),
    fixed(Code::ImpossibleValue, &[], |made, _| {
        // A clock was set back, and the mean of the run does not show it.
        let run = made.runs.iter().find(|run| of("tinc", "medium", Ping)(run)).unwrap();
        made.outside.push(Outside { run_id: run.run_id.clone(), series: "echo_rtt", count: 1, example: -0.5 });
    }),
    fixed(Code::ImpossibleValue, &[], |made, _| {
        // The largest of three hidden values.
        let run = made.runs.iter().find(|run| of("tinc", "medium", Ping)(run)).unwrap().clone();
        made.summaries.push(Summary {
            run_id: run.run_id.clone(),
            system: run.system.clone(),
            tuning: run.tuning.clone(),
            profile: run.profile.clone(),
            workload: run.workload,
            host: run.source.clone(),
            metric: "loss_mean".into(),
            direction: None,
            statistic: "max".into(),
            value: 1.5,
        });
    }),
    fixed(Code::OddOutput, &[], |made, _| {
        made.each(of("tinc", "medium", Ping), |run| run.notes = Some("derived-total".into()));
    }),
    fixed(Code::CounterWrap, &[], |made, _| {
        made.each(
            |run| of("tinc", "medium", Udp)(run) && run.block == 1,
            |run| run.notes = Some("counter-wrap".into()),
        );
    }),
    // A count beyond what its counter can hold cannot be, either.
    fixed(Code::CounterWrap, &[Code::ImpossibleValue], |made, _| {
        let one = made.values.iter().find(|v| value_of("tinc", "medium", Tcp)(v) && &*v.metric == "throughput");
        let wrapped = extra(one.unwrap(), "retransmits", 4_294_967_295.0, "count");
        made.values.push(wrapped);
    }),
    fixed(Code::OrderConfounded, &[], |made, _| {
        // tinc after all others.
        made.each(of_system("tinc"), |run| {
            run.position = run.position.map(|position| position + 10_000);
            run.started_at = at(run, 600_000.0);
        });
    }),
    fixed(Code::LinkDown, &[], |made, _| {
        let one = |run: &Run| of("tinc", "baseline", Ping)(run) && run.block == 2 && lom(run);
        made.each(one, |run| run.link_state = Some("lom after: lowerlayerdown".into()));
    }),
    fixed(Code::ImpairmentUnverified, &[], |made, _| {
        made.each(of("tinc", "medium", Udp), |run| {
            (run.netem_delay_s, run.netem_jitter_s, run.netem_loss, run.netem_reorder) = (None, None, None, None);
            run.netem = None;
        });
    }),
    fixed(Code::InnerMtuDiffers, &[], |made, _| {
        made.values("segment_size", |v| value_of("tinc", "medium", Tcp)(v) && &*v.source == "lom", |v| v.value = 500.0);
    }),
    fixed(Code::ImpairmentNotRealised, &[], |made, _| {
        // In one block of eight the rule was lost.
        for run in made.runs.iter().filter(|run| run.control.is_none() && &*run.system == "tinc" && run.block == 3) {
            if let Some(own) = made.calibration.get_mut(&run.run_id) {
                let sent = own.sent;
                *own = Calibration { sent, ..Calibration::default() };
                (0..sent).for_each(|_| own.add_rtt(2e-4));
            }
        }
    }),
    fixed(Code::UnequalLimit, &[Code::CensoredByLimit], |made, _| {
        // One run was cut at 20 s, and no column says a limit: the others went on for 31 s.
        made.each(|run| run.workload == Udp, |run| run.limit_s = None);
        made.end(
            |run| of("nebula", "medium", Udp)(run) && run.block == 1 && lom(run),
            Outcome::Censored,
            Reason::TimeLimit,
        );
        made.each(of("nebula", "medium", Udp), |run| {
            if run.outcome == Outcome::Censored {
                run.elapsed_s = Some(20.0);
            }
        });
    }),
    fixed(Code::SurvivorsOnly, &[Code::EmptyCell], |made, _| {
        // Another system fails altogether, and is no standard: 15 of 24 against 48 of 72 would be nothing.
        made.end(of("nebula", "medium", Udp), Outcome::Failed, Reason::HandshakeLost);
        made.end(|run| of("tinc", "medium", Udp)(run) && run.block < 3, Outcome::Failed, Reason::HandshakeLost);
    }),
    fixed(Code::SurvivorsOnly, &[], |made, _| {
        // Two systems fail alike, and hide each other among the others: 15 of 24 against 63 of 72 would be nothing.
        for system in ["nebula", "tinc", "wireguard"] {
            let block = if system == "wireguard" { 0 } else { 3 };
            made.end(
                move |run| {
                    run.control.is_none()
                        && (&*run.system, &*run.profile, run.workload) == (system, "medium", Udp)
                        && run.block < block
                },
                Outcome::Failed,
                Reason::HandshakeLost,
            );
        }
    }),
    fixed(Code::LinksDisagree, &[], |made, _| {
        // A share: 2 % on two links, 30 % on the third.
        made.values("loss", |v| value_of("tinc", "medium", Udp)(v) && &*v.source == "lom", |v| v.value += 0.28);
    }),
    fixed(Code::FarOffEverywhere, &[], |made, _| {
        // Round trips through somewhere 30 ms away.
        made.values("rtt_mean", |v| &*v.system == "tinc", |v| v.value += 30e-3);
    }),
    fixed(Code::DuplicatedResult, &[], |made, _| {
        // A part of the results of one block, on each link of it: its throughput alone.
        let of = value_of("tinc", "medium", Tcp);
        let first: Vec<RunValue> =
            made.values.iter().filter(|v| of(v) && &*v.metric == "throughput" && v.block == 0).cloned().collect();
        for from in first {
            let same = |v: &RunValue| {
                of(v)
                    && v.block == 3
                    && (&v.source, &v.target, v.direction) == (&from.source, &from.target, from.direction)
            };
            made.values("throughput", same, |v| v.value = from.value);
        }
    }),
    fixed(Code::DuplicatedResult, &[], |made, _| {
        // A link has another one's throughput, in every block.
        let of = value_of("tinc", "medium", Tcp);
        let lom: Vec<RunValue> = made
            .values
            .iter()
            .filter(|v| of(v) && &*v.metric == "throughput" && &*v.source == "lom")
            .cloned()
            .collect();
        for from in lom {
            let same =
                |v: &RunValue| of(v) && &*v.source == "luna" && (v.block, v.direction) == (from.block, from.direction);
            made.values("throughput", same, |v| v.value = from.value);
        }
    }),
    fixed(Code::StalledCounted, &[], |made, _| {
        // All runs of a cell, at 1.4 kbit/s.
        for metric in ["throughput", "offered"] {
            made.values(metric, value_of("tinc", "medium", Tcp), |v| v.value *= 2e-4);
        }
    }),
];

fn of_system(system: &'static str) -> impl Fn(&Run) -> bool {
    move |run| run.control.is_none() && &*run.system == system
}

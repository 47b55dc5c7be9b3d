//! What numbers can be: the range of every series and metric, and what must hold between the numbers of one run.
//!
//! The ranges stand in the [catalogue](crate::catalogue), beside what they are of, and [`RELATIONS`] here. Whoever
//! records a run and whoever looks for what makes a dataset lie ask [`judge`], so both mean the same by "cannot be".

use crate::catalogue::{
    DATAGRAMS, DATAGRAMS_LOST, DOWNLOAD_TIME, ECHO_RTT, INTERARRIVAL_JITTER, JITTER, METRICS, OFFERED, RTT_MAX,
    RTT_MEAN, RTT_MIN, RTT_P50, RTT_P95, RTT_P99, SERIES, SMOOTHED_RTT, THROUGHPUT, Unit,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// The values that a number can have, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// The smallest one.
    pub least: f64,
    /// Whether the smallest one is itself no possible value.
    pub above: bool,
    /// The largest one; null where there is none.
    pub most: Option<f64>,
}

impl Range {
    /// Amounts, counts and times that may be nothing.
    pub const NOT_NEGATIVE: Self = Self { least: 0.0, above: false, most: None };
    /// Times and sizes that cannot be nothing.
    pub const POSITIVE: Self = Self { least: 0.0, above: true, most: None };
    /// Shares of a whole.
    pub const SHARE: Self = Self { least: 0.0, above: false, most: Some(1.0) };
    /// Bit rates: no host moves 10 Tbit/s through its memory.
    pub const RATE: Self = Self { least: 0.0, above: false, most: Some(1e13) };
    /// CPU time over time: no host has more cores.
    pub const CORES: Self = Self { least: 0.0, above: false, most: Some(4096.0) };
    /// Packets within one window: a counter that went below zero is far beyond.
    pub const PACKETS: Self = Self { least: 0.0, above: false, most: Some(1e12) };
    /// Sizes of a packet or of what is in it: IP's length has 16 bits.
    pub const PACKET_SIZE: Self = Self { least: 0.0, above: true, most: Some(65_536.0) };

    /// Whether a number is among them. A rounding error above the largest is.
    pub fn contains(&self, value: f64) -> bool {
        let low = if self.above { value > self.least } else { value >= self.least };
        value.is_finite() && low && self.most.is_none_or(|most| value <= most * (1.0 + ROUNDING))
    }

    /// Whether an interval reaches beyond them; one whose end is at the edge does not.
    pub fn exceeded_by(&self, low: f64, high: f64) -> bool {
        let (least, most) = (self.least - self.least.abs() * ROUNDING, self.most.map(|most| most * (1.0 + ROUNDING)));
        low < least || most.is_some_and(|most| high > most)
    }

    /// What the sum of so many differences of two such numbers can be; `None` where it can be anything.
    pub fn of_differences(&self, differences: usize) -> Option<Self> {
        let most = (self.most? - self.least) * differences as f64;
        Some(Self { least: -most, above: false, most: Some(most) })
    }

    /// The end that a number is beyond, for one that is not among them.
    fn passed(&self, value: f64) -> f64 {
        self.most.filter(|most| value > *most).unwrap_or(self.least)
    }
}

/// What the division of two counts may be off, relative to its result.
const ROUNDING: f64 = 1e-9;

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = Number(self.least);
        match (self.above, self.most.map(Number)) {
            (false, None) => write!(f, "{least} or more"),
            (true, None) => write!(f, "above {least}"),
            (false, Some(most)) => write!(f, "{least} to {most}"),
            (true, Some(most)) => write!(f, "above {least}, to {most}"),
        }
    }
}

/// What a number of a run is set against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// The value of another series for the same moment: same host, direction, stream and number.
    Sample(&'static str),
    /// Another metric of the same run and direction.
    Metric(&'static str),
    /// How long the run took, or was asked to take where that is not known, in seconds.
    Length,
}

/// Something that must hold within one run: a number is at most another one times a factor, and something on top.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Relation {
    /// The series or metric that is bounded.
    pub what: &'static str,
    /// What it is set against.
    pub at_most: Against,
    /// How many times that it may be: clocks and ends of counting differ.
    pub times: f64,
    /// What it may be on top of that, in its own unit.
    pub plus: f64,
    /// Why it cannot be more.
    pub because: &'static str,
}

/// How far one clock may be from another, and a second for what surrounds a run.
const CLOCK: f64 = 1.05;
const AROUND_S: f64 = 1.0;
/// Quantiles are interpolated, and tools round to microseconds.
const INTERPOLATED_S: f64 = 1e-5;
/// How much more may be received than the sender counted: both count until their own end.
const RECEIVED_OVER_SENT: f64 = 1.2;

const fn within_run(what: &'static str, because: &'static str) -> Relation {
    Relation { what, at_most: Against::Length, times: CLOCK, plus: AROUND_S, because }
}

const fn ordered(smaller: &'static str, larger: &'static str) -> Relation {
    let because = "it is the smaller one of the same round trips by definition";
    Relation { what: smaller, at_most: Against::Metric(larger), times: CLOCK, plus: INTERPOLATED_S, because }
}

/// Everything that must hold between numbers of one run.
pub const RELATIONS: &[Relation] = &[
    Relation {
        what: DATAGRAMS_LOST.id,
        at_most: Against::Sample(DATAGRAMS.id),
        times: 1.0,
        plus: 0.0,
        because: "no more datagrams can be lost than there were",
    },
    Relation {
        what: THROUGHPUT.id,
        at_most: Against::Metric(OFFERED.id),
        times: RECEIVED_OVER_SENT,
        plus: 0.0,
        because: "no more can arrive than was sent",
    },
    within_run(ECHO_RTT.id, "nobody waits for an answer longer than the run takes"),
    within_run(SMOOTHED_RTT.id, "no round trip takes longer than the run"),
    within_run(INTERARRIVAL_JITTER.id, "it is a mean of differences of transit times within the run"),
    within_run(JITTER.id, "it is a mean of differences of transit times within the run"),
    within_run(RTT_MAX.id, "nobody waits for an answer longer than the run takes"),
    within_run(RTT_MEAN.id, "nobody waits for an answer longer than the run takes"),
    within_run(DOWNLOAD_TIME.id, "the run as a whole holds all of its downloads"),
    ordered(RTT_MIN.id, RTT_MEAN.id),
    ordered(RTT_MEAN.id, RTT_MAX.id),
    ordered(RTT_MIN.id, RTT_P50.id),
    ordered(RTT_MIN.id, RTT_P95.id),
    ordered(RTT_MIN.id, RTT_P99.id),
    ordered(RTT_MIN.id, RTT_MAX.id),
    ordered(RTT_P50.id, RTT_P95.id),
    ordered(RTT_P50.id, RTT_P99.id),
    ordered(RTT_P50.id, RTT_MAX.id),
    ordered(RTT_P95.id, RTT_P99.id),
    ordered(RTT_P95.id, RTT_MAX.id),
    ordered(RTT_P99.id, RTT_MAX.id),
];

impl Relation {
    /// The most that is possible beside this other number; `None` where that other number says nothing itself.
    fn limit(&self, other: f64) -> Option<f64> {
        let known = match self.at_most {
            Against::Sample(_) => other >= 0.0,
            Against::Metric(_) | Against::Length => other > 0.0,
        };
        (known && other.is_finite()).then_some(other * self.times + self.plus)
    }

    /// What it is set against, in words.
    fn against(&self) -> &'static str {
        match self.at_most {
            Against::Sample(id) | Against::Metric(id) => id,
            Against::Length => "the length of the run",
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.times != 1.0 {
            write!(f, "{} × ", Number(self.times))?;
        }
        match self.at_most {
            Against::Length => f.write_str(self.against())?,
            _ => write!(f, "`{}`", self.against())?,
        }
        if self.plus != 0.0 {
            write!(f, " + {}", Number(self.plus))?;
        }
        Ok(())
    }
}

/// What a number violates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The range of its series or metric.
    Range(Range),
    /// A relation, with the most that was possible beside the other number.
    Relation(&'static Relation, f64),
}

/// A number that cannot be. Its text names the metric, the value and the bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impossible {
    /// The series or metric.
    pub id: &'static str,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
    /// What it violates.
    pub bound: Bound,
}

impl Impossible {
    /// The bound as a number.
    pub fn limit(&self) -> f64 {
        match self.bound {
            Bound::Range(range) => range.passed(self.value),
            Bound::Relation(_, limit) => limit,
        }
    }

    /// Why it cannot be, in words that follow on the number.
    pub fn why(&self) -> String {
        match self.bound {
            Bound::Range(range) => format!("possible is {range}"),
            Bound::Relation(relation, limit) => {
                let (limit, unit) = (Number(limit), unit(self.unit));
                format!("beside {} at most {limit}{unit} is possible: {}", relation.against(), relation.because)
            }
        }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}{} cannot be: {}", self.id, Number(self.value), unit(self.unit), self.why())
    }
}

/// What follows a number of this unit.
const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => " s",
        Unit::BitPerSecond => " bit/s",
        Unit::Byte => " byte",
        Unit::PerSecond => "/s",
        Unit::Ratio | Unit::Count => "",
    }
}

/// A number in few digits, whatever its size.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size != 0.0 && !(1e-4..1e9).contains(&size) {
            return write!(f, "{:e}", significant(self.0));
        }
        let text = format!("{:.6}", self.0);
        let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        f.write_str(if short == "-0" { "0" } else { short })
    }
}

/// A number to seven significant digits.
fn significant(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// Name, unit and range of a series or metric.
fn known(id: &str) -> Option<(&'static str, Unit, Range)> {
    let series = SERIES.iter().find(|series| series.id == id).map(|series| (series.id, series.unit, series.possible));
    series.or_else(|| METRICS.iter().find(|metric| metric.id == id).map(|it| (it.id, it.unit, it.possible)))
}

/// The range of a series or metric; `None` for an id that the catalogue does not have.
pub fn range(id: &str) -> Option<Range> {
    known(id).map(|(_, _, range)| range)
}

/// Why a number of this series or metric cannot be; `None` where it can, or where nobody knows the id. `other` gives what
/// it is set against, as far as it is known.
pub fn judge(id: &str, value: f64, other: impl Fn(Against) -> Option<f64>) -> Option<Impossible> {
    let (id, unit, range) = known(id)?;
    let impossible = |bound| Some(Impossible { id, value, unit, bound });
    if !range.contains(value) {
        return impossible(Bound::Range(range));
    }
    let broken = RELATIONS.iter().filter(|relation| relation.what == id).find_map(|relation| {
        let limit = relation.limit(other(relation.at_most)?)?;
        (value > limit).then_some(Bound::Relation(relation, limit))
    });
    broken.and_then(impossible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Better, CPU_SOURCE, LOSS, metric};
    use std::collections::BTreeSet;

    fn alone(id: &str, value: f64) -> Option<String> {
        judge(id, value, |_| None).map(|impossible| impossible.to_string())
    }

    #[test]
    fn shares_rates_and_times_have_the_range_of_their_kind() {
        for it in METRICS {
            let share = it.unit == Unit::Ratio && it.better != Better::Neither && !it.id.contains("cpu");
            assert!(!share || it.possible == Range::SHARE, "{}", it.id);
            assert!(it.unit != Unit::BitPerSecond || it.possible == Range::RATE, "{}", it.id);
            assert!(!it.id.starts_with("rtt_") || it.id == "rtt_deviation" || it.possible.above, "{}", it.id);
        }
        for it in SERIES {
            assert!(it.unit != Unit::BitPerSecond || it.possible == Range::RATE, "{}", it.id);
            assert!(!it.id.ends_with("_lost") || it.possible.most.is_some(), "{}", it.id);
        }
        assert_eq!(range(CPU_SOURCE.id).unwrap().most, Some(4096.0));
    }

    #[test]
    fn relations_are_about_what_the_catalogue_has() {
        let mut pairs = BTreeSet::new();
        for relation in RELATIONS {
            let (_, unit, _) = known(relation.what).unwrap();
            match relation.at_most {
                Against::Sample(id) | Against::Metric(id) => assert_eq!(known(id).unwrap().1, unit, "{relation}"),
                Against::Length => assert_eq!(unit, Unit::Second, "{relation}"),
            }
            assert!(relation.times >= 1.0 && relation.plus >= 0.0 && !relation.because.is_empty());
            assert!(pairs.insert((relation.what, relation.against())), "twice: {relation}");
        }
    }

    #[test]
    fn what_is_outside_is_named_with_its_bound() {
        assert_eq!(alone("loss", 1.79649).unwrap(), "loss of 1.79649 cannot be: possible is 0 to 1");
        assert_eq!(alone("loss", -0.00578).unwrap(), "loss of -0.00578 cannot be: possible is 0 to 1");
        assert_eq!(alone("rtt_mean", 0.0).unwrap(), "rtt_mean of 0 s cannot be: possible is above 0");
        assert!(alone("throughput", f64::NAN).is_some() && alone("throughput", 1e300).unwrap().contains("1e300"));
        assert_eq!(alone("loss", 1.0 + 1e-12), None);
        assert_eq!(alone("loss", -0.0), None);
        assert_eq!(alone("no-such-metric", -1.0), None);
        let range = metric("loss").unwrap().possible;
        assert_eq!((range, LOSS.possible.passed(2.0), LOSS.possible.passed(-1.0)), (Range::SHARE, 1.0, 0.0));
    }

    #[test]
    fn what_contradicts_its_neighbours_is_named_with_them() {
        let beside = |id, value, number| judge(id, value, |_| Some(number)).map(|it| it.to_string());
        let week = beside("jitter", 611_273.0, 2.0).unwrap();
        assert!(week.starts_with("jitter of 611273 s cannot be: beside the length of the run at most 3.1 s"), "{week}");
        assert_eq!(beside("jitter", 0.03, 2.0), None);
        assert!(beside("datagrams_lost", 4.0, 3.0).is_some() && beside("datagrams_lost", 3.0, 3.0).is_none());
        assert!(beside("datagrams_lost", 1.0, 0.0).is_some());
        assert!(beside("throughput", 2e6, 1e6).is_some() && beside("throughput", 1.1e6, 1e6).is_none());
        // A run of no length, or an offer of nothing, says nothing.
        assert!(beside("jitter", 5.0, 0.0).is_none() && beside("throughput", 5.0, 0.0).is_none());
    }
}

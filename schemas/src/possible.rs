//! What numbers can be: the range of every series and metric, and what must hold between the numbers of one run.
//!
//! The ranges stand in the [catalogue](crate::catalogue), beside what they are of, and [`RELATIONS`] here. Whoever
//! records a run and whoever looks for what makes a dataset lie ask [`judge`] and [`disorder`], so both mean the same by
//! "cannot be". Every range has two ends, so nothing in the catalogue is without a bound.

mod relations;

use crate::catalogue::{METRICS, SERIES, Statistic, Unit};
pub use relations::RELATIONS;
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
    /// The largest one.
    pub most: f64,
}

/// No run, and nothing that happens in one, takes longer than 30 days.
pub const LONGEST_S: f64 = 30.0 * 86_400.0;
/// No host has more cores.
pub const MOST_CORES: f64 = 4096.0;
/// No host moves more through its memory, bit/s.
pub const MOST_BIT_S: f64 = 1e13;

impl Range {
    const fn up_to(most: f64) -> Self {
        Self { least: 0.0, above: false, most }
    }

    const fn above_zero(most: f64) -> Self {
        Self { least: 0.0, above: true, most }
    }

    /// Times that may be nothing, and deviations of times.
    pub const TIME: Self = Self::up_to(LONGEST_S);
    /// Times that cannot be nothing: something was waited for.
    pub const WAIT: Self = Self::above_zero(LONGEST_S);
    /// CPU time: all cores for as long as a run can take.
    pub const CPU_TIME: Self = Self::up_to(LONGEST_S * MOST_CORES);
    /// Shares of a whole.
    pub const SHARE: Self = Self::up_to(1.0);
    /// Bit rates.
    pub const RATE: Self = Self::up_to(MOST_BIT_S);
    /// CPU time over time.
    pub const CORES: Self = Self::up_to(MOST_CORES);
    /// CPU time over time of one core or one thread; the windows over which it is counted are not exactly equal.
    pub const ONE_CORE: Self = Self::up_to(2.0);
    /// Numbers of packets, frames or tries: a counter that went below zero is far beyond.
    pub const COUNT: Self = Self::up_to(1e12);
    /// Counts that the kernel keeps in 32 bits and tools print with a sign: what is beyond went below zero.
    pub const COUNT_32: Self = Self::up_to(2_147_483_647.0);
    /// Amounts of bytes, sent or kept: ten petabytes.
    pub const BYTES: Self = Self::up_to(1e16);
    /// Windows of TCP that the sender keeps, in bytes: a terabyte.
    pub const WINDOW: Self = Self::above_zero(1e12);
    /// Windows that a receiver can advertise, in bytes: 16 bits, shifted by 14 at most (RFC 7323).
    pub const ADVERTISED_WINDOW: Self = Self::up_to(1_073_725_440.0);
    /// Sizes of a packet or of what is in it: IP's length has 16 bits.
    pub const PACKET_SIZE: Self = Self::above_zero(65_536.0);
    /// Things a second.
    pub const FREQUENCY: Self = Self::up_to(1e6);

    /// Whether a number is among them. A rounding error above the largest is.
    pub fn contains(&self, value: f64) -> bool {
        let low = if self.above { value > self.least } else { value >= self.least };
        value.is_finite() && low && value <= self.most * (1.0 + ROUNDING)
    }

    /// Whether an interval reaches beyond them; one whose end is at the edge does not.
    pub fn exceeded_by(&self, low: f64, high: f64) -> bool {
        low < self.least - self.least.abs() * ROUNDING || high > self.most * (1.0 + ROUNDING)
    }

    /// What the sum of so many differences of two such numbers can be.
    pub fn of_differences(&self, differences: usize) -> Self {
        let most = (self.most - self.least) * differences as f64;
        Self { least: -most, above: false, most }
    }

    /// The end that a number is beyond, for one that is not among them.
    fn passed(&self, value: f64) -> f64 {
        if value > self.most { self.most } else { self.least }
    }
}

/// What the division of two counts may be off, relative to its result.
const ROUNDING: f64 = 1e-9;

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (Number(self.least), Number(self.most));
        if self.above { write!(f, "above {least}, to {most}") } else { write!(f, "{least} to {most}") }
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
    /// The CPU cores of the host that the number is of.
    Cores,
    /// The time of all of these cores over the length of the run, in seconds.
    CoreTime,
}

/// Something that must hold within one run: a number is at most another one times a factor, and something on top. Where the
/// factor is 0 the two cannot stand beside each other at all: beside anything above 0 the number is less than what is on top.
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

impl Relation {
    /// The most that is possible beside this other number; `None` where that other number says nothing itself.
    fn limit(&self, other: f64) -> Option<f64> {
        let known = match self.at_most {
            Against::Sample(_) => other >= 0.0,
            Against::Metric(_) | Against::Length | Against::Cores | Against::CoreTime => other > 0.0,
        };
        (known && other.is_finite()).then_some(other * self.times + self.plus)
    }

    /// Whether it says that two numbers exclude each other.
    pub const fn excludes(&self) -> bool {
        self.times == 0.0
    }

    /// Whether a number breaks the limit that [`Self::limit`] gives.
    fn is_broken(&self, value: f64, limit: f64) -> bool {
        if self.excludes() { value >= limit } else { value > limit }
    }

    /// What it is set against, in words.
    fn against(&self) -> &'static str {
        match self.at_most {
            Against::Sample(id) | Against::Metric(id) => id,
            Against::Length => "the length of the run",
            Against::Cores => "the cores of its host",
            Against::CoreTime => "the time of all cores of its host",
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.excludes() {
            return write!(f, "less than {} beside `{}`", Number(self.plus), self.against());
        }
        if self.times != 1.0 {
            write!(f, "{} × ", Number(self.times))?;
        }
        match self.at_most {
            Against::Length | Against::Cores | Against::CoreTime => f.write_str(self.against())?,
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
    /// The order of statistics of the same values: this statistic is above that other one, which has this value.
    Order(Statistic, Statistic, f64),
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
            Bound::Relation(_, limit) | Bound::Order(.., limit) => limit,
        }
    }

    /// Why it cannot be, in words that follow on the number.
    pub fn why(&self) -> String {
        match self.bound {
            Bound::Range(range) => format!("possible is {range}"),
            Bound::Relation(relation, limit) => {
                let (limit, unit) = (Number(limit), unit(self.unit));
                let most = if relation.excludes() { "less than" } else { "at most" };
                format!("beside {} {most} {limit}{unit} is possible: {}", relation.against(), relation.because)
            }
            Bound::Order(smaller, larger, limit) => {
                let (smaller, larger) = (smaller.as_str(), larger.as_str());
                format!("it is the {smaller} of values whose {larger} is {}{}", Number(limit), unit(self.unit))
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

/// How long a transfer took by the report that its rate is from. No dataset has it: what it was divided by is in the rate.
pub const TRANSFER_TIME: &str = "transfer_time";

/// Name, unit and range of a series or metric, or of [`TRANSFER_TIME`].
fn known(id: &str) -> Option<(&'static str, Unit, Range)> {
    if id == TRANSFER_TIME {
        return Some((TRANSFER_TIME, Unit::Second, Range::TIME));
    }
    let series = SERIES.iter().find(|series| series.id == id).map(|series| (series.id, series.unit, series.possible));
    series.or_else(|| METRICS.iter().find(|metric| metric.id == id).map(|it| (it.id, it.unit, it.possible)))
}

/// The range of a series or metric; `None` for an id that the catalogue does not have.
pub fn range(id: &str) -> Option<Range> {
    known(id).map(|(_, _, range)| range)
}

/// Why a number of this series or metric cannot be; `None` where it can, or where nobody knows the id. `other` gives what
/// a relation sets it against, as far as it is known.
pub fn judge(id: &str, value: f64, other: impl Fn(&Relation) -> Option<f64>) -> Option<Impossible> {
    let (id, unit, range) = known(id)?;
    let impossible = |bound| Some(Impossible { id, value, unit, bound });
    if !range.contains(value) {
        return impossible(Bound::Range(range));
    }
    let broken = RELATIONS.iter().filter(|relation| relation.what == id).find_map(|relation| {
        let limit = relation.limit(other(relation)?)?;
        relation.is_broken(value, limit).then_some(Bound::Relation(relation, limit))
    });
    broken.and_then(impossible)
}

/// Of two statistics of the same values, the first is never above the second.
const ORDER: &[(Statistic, Statistic)] = &[
    (Statistic::Min, Statistic::P25),
    (Statistic::P25, Statistic::P50),
    (Statistic::P50, Statistic::P75),
    (Statistic::P75, Statistic::Max),
    (Statistic::Min, Statistic::P50),
    (Statistic::Min, Statistic::P75),
    (Statistic::Min, Statistic::Max),
    (Statistic::P25, Statistic::P75),
    (Statistic::P25, Statistic::Max),
    (Statistic::P50, Statistic::Max),
    (Statistic::Min, Statistic::Mean),
    (Statistic::Mean, Statistic::Max),
];

/// How far a quartile may lie beyond the ends, in ranges of the values: some programs extrapolate those of two values.
const OUTSIDE: f64 = 0.25;

/// Two statistics of one metric that contradict each other, if any do: a smallest value above the mean, say. Nobody can say
/// which of them is wrong. `values` gives a statistic, where it is known.
pub fn disorder(id: &str, values: impl Fn(Statistic) -> Option<f64>) -> Option<Impossible> {
    let (id, unit, _) = known(id)?;
    let range = values(Statistic::Max).zip(values(Statistic::Min)).map_or(0.0, |(max, min)| max - min);
    ORDER.iter().find_map(|&(smaller, larger)| {
        let (value, limit) = (values(smaller)?, values(larger)?);
        let quartile = matches!(smaller, Statistic::P75) || matches!(larger, Statistic::P25);
        let outside = if quartile { OUTSIDE * range.max(0.0) } else { 0.0 };
        let above = value - limit > ROUNDING * limit.abs().max(value.abs()) + outside;
        above.then_some(Impossible { id, value, unit, bound: Bound::Order(smaller, larger, limit) })
    })
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
        }
        assert_eq!(range(CPU_SOURCE.id).unwrap().most, 4096.0);
    }

    /// A bound that cannot be passed by what is absurd for its unit is none: nothing is without one.
    #[test]
    fn everything_in_the_catalogue_has_a_bound_that_fits_its_unit() {
        let all = METRICS.iter().map(|it| (it.id, it.unit, it.possible));
        for (id, unit, range) in all.chain(SERIES.iter().map(|it| (it.id, it.unit, it.possible))) {
            let most = match unit {
                Unit::Second => Range::CPU_TIME.most,
                Unit::BitPerSecond => MOST_BIT_S,
                Unit::Byte => Range::BYTES.most,
                Unit::Ratio => MOST_CORES,
                Unit::Count => Range::COUNT.most,
                Unit::PerSecond => Range::FREQUENCY.most,
            };
            assert!(range.least == 0.0 && range.most > 0.0 && range.most <= most, "{id}: {range}");
            for absurd in [-1.0, f64::MAX, f64::INFINITY, f64::NAN, 18_446_744_073_709_551_615.0] {
                assert!(!range.contains(absurd), "{id}: {absurd}");
            }
        }
    }

    /// What can go wrong in a run's time, bytes or CPU is held against them, beside its own range.
    #[test]
    fn what_a_run_bounds_is_bound_by_it() {
        let bound = |id: &str, is: fn(&Against) -> bool| {
            RELATIONS.iter().any(|relation| relation.what == id && is(&relation.at_most))
        };
        let length = |against: &Against| *against == Against::Length;
        // Times that begin before the run, or of which it is not known how long they were waited for.
        let around = ["underlay_rtt", "connect_time", "first_answer_time", "underlay_time", "calibration_rtt"];
        let by_another = |id: &str| {
            RELATIONS
                .iter()
                .any(|it| it.what == id && matches!(it.at_most, Against::Metric(other) if bound(other, length)))
        };
        let times = METRICS.iter().map(|it| (it.id, it.unit)).chain(SERIES.iter().map(|it| (it.id, it.unit)));
        for (id, _) in times.filter(|(id, unit)| *unit == Unit::Second && !around.contains(id)) {
            assert!(bound(id, length) || by_another(id), "{id} may be longer than its run");
        }
        for it in METRICS.iter().filter(|it| it.possible == Range::CORES) {
            assert!(bound(it.id, |against| *against == Against::Cores), "{} may use more cores than there are", it.id);
        }
        for id in ["bytes_sent", "bytes_received", "wire_bytes", "retransmits", "retransmitted"] {
            assert!(bound(id, length), "{id} may be more than fits into its run");
        }
    }

    #[test]
    fn relations_are_about_what_the_catalogue_has() {
        let mut pairs = BTreeSet::new();
        for relation in RELATIONS {
            let (_, unit, _) = known(relation.what).unwrap();
            match relation.at_most {
                Against::Sample(id) | Against::Metric(id) if relation.excludes() => assert!(known(id).is_some()),
                Against::Sample(id) | Against::Metric(id) => assert_eq!(known(id).unwrap().1, unit, "{relation}"),
                Against::Cores => assert_eq!(unit, Unit::Ratio, "{relation}"),
                Against::CoreTime => assert_eq!(unit, Unit::Second, "{relation}"),
                // Of what is no time itself it is so much a second.
                Against::Length => assert!(unit == Unit::Second || relation.times > 1e3, "{relation}"),
            }
            assert!(relation.times >= 1.0 || relation.excludes(), "{relation}");
            assert!(relation.plus >= 0.0 && !relation.because.is_empty());
            assert!(pairs.insert((relation.what, relation.against())), "twice: {relation}");
        }
    }

    #[test]
    fn what_is_outside_is_named_with_its_bound() {
        assert_eq!(alone("loss", 1.79649).unwrap(), "loss of 1.79649 cannot be: possible is 0 to 1");
        assert_eq!(alone("loss", -0.00578).unwrap(), "loss of -0.00578 cannot be: possible is 0 to 1");
        assert_eq!(alone("rtt_mean", 0.0).unwrap(), "rtt_mean of 0 s cannot be: possible is above 0, to 2592000");
        assert_eq!(
            alone("retransmits", 4_294_967_294.0).unwrap(),
            "retransmits of 4.294967e9 cannot be: possible is 0 to 2.147484e9"
        );
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
        let round_trips = beside("loss_mean", 1.0, 0.02).unwrap();
        assert!(
            round_trips.contains("beside rtt_m") && round_trips.contains("less than 1 is possible"),
            "{round_trips}"
        );
        assert_eq!(beside("loss_mean", 0.99, 0.02), None);
        assert!(beside("cpu_source", 9.0, 4.0).unwrap().contains("the cores of its host at most 8.1"));
        assert!(beside("time_to_first_byte", 40.0, 30.0).is_some() && beside("video_rtt", 40.0, 30.0).is_some());
        // A run of no length, or an offer of nothing, says nothing.
        assert!(beside("jitter", 5.0, 0.0).is_none() && beside("throughput", 5.0, 0.0).is_none());
    }

    #[test]
    fn statistics_out_of_order_are_named() {
        let five = |min: f64, mean: f64, max: f64| {
            let of = move |statistic| match statistic {
                Statistic::Min => Some(min),
                Statistic::Mean => Some(mean),
                Statistic::Max => Some(max),
                _ => None,
            };
            disorder("rtt_mean", of).map(|it| it.to_string())
        };
        assert_eq!(five(1.0, 2.0, 3.0), None);
        assert_eq!(five(1.0, 1.0 - 1e-13, 1.0), None, "means are rounded");
        let above = five(3.0, 2.0, 4.0).unwrap();
        assert_eq!(above, "rtt_mean of 3 s cannot be: it is the min of values whose mean is 2 s");
        assert!(five(1.0, 5.0, 4.0).unwrap().contains("mean of values whose max is 4 s"));
        // Quartiles of two values, as Python extrapolates them.
        let quartiles = |low: f64| {
            let of = move |statistic| match statistic {
                Statistic::Min => Some(1.0),
                Statistic::P25 => Some(low),
                Statistic::P75 => Some(3.25),
                Statistic::Max => Some(3.0),
                _ => None,
            };
            disorder("rtt_mean", of)
        };
        assert!(quartiles(0.5).is_none() && quartiles(0.4).is_some());
        assert!(disorder("rtt_mean", |_| None).is_none() && disorder("no-such", |_| Some(1.0)).is_none());
    }
}

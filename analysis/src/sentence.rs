//! What a contrast says, as a sentence that is true of it.

use crate::print;
use meshbench_reports::number::{Digits, bound, pretty};
use meshbench_reports::units::Shown;
use meshbench_reports::words::many;
use meshbench_schemas::catalogue::{self, Unit};
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::words::{Answer, Contrasted, Covers, Direction, EffectKind, Workload};

/// A p value as people write it.
pub fn p(value: f64) -> String {
    if value < 1e-4 {
        "p < 0.0001".to_owned()
    } else if value < 0.01 {
        format!("p = {value:.4}")
    } else {
        format!("p = {value:.3}")
    }
}

/// A ratio with the digits that its interval earns.
pub fn ratio(value: f64, low: Option<f64>, high: Option<f64>) -> (String, Option<String>) {
    let unit = Shown::choose(Unit::Count, [1.0]);
    let digits = Digits::new(unit, value, low, high);
    (pretty(&digits.value), digits.interval())
}

/// The two sides: "tinc against wireguard", "tinc at medium against its baseline".
pub fn sides(row: &Contrast) -> String {
    let of = row.system.as_deref().unwrap_or_default();
    match row.kind {
        Contrasted::System => format!("{} against {}", row.left_side, row.right_side),
        Contrasted::Tuning => format!("{of} with tuning {} against {}", row.left_side, row.right_side),
        Contrasted::Response => format!("{of} at {} against its own {}", row.left_side, row.right_side),
        Contrasted::Interaction => {
            let base = row.reference.as_deref().unwrap_or_default();
            format!("what {} keeps of its own {base} against what {} keeps", row.left_side, row.right_side)
        }
    }
}

/// Where the contrast was made: "tcp throughput, forward, at medium".
pub fn place(row: &Contrast) -> String {
    place_of(row.workload, &row.metric, row.direction, row.profile.as_deref(), row.tuning.as_deref())
}

/// The same of any metric in any cell.
pub fn place_of(
    workload: Workload,
    metric: &str,
    direction: Option<Direction>,
    profile: Option<&str>,
    tuning: Option<&str>,
) -> String {
    let metric = metric_of(workload, metric);
    let direction = direction.map(|direction| format!(", {direction}")).unwrap_or_default();
    let profile = profile.map(|profile| format!(", at {profile}")).unwrap_or_default();
    let tuning = tuning.filter(|tuning| *tuning != "default");
    let tuning = tuning.map(|tuning| format!(", tuning {tuning}")).unwrap_or_default();
    format!("{metric}{direction}{profile}{tuning}")
}

/// "tcp throughput", "download time".
pub fn metric_of(workload: Workload, metric: &str) -> String {
    let title = catalogue::metric(metric).map_or(metric, |metric| metric.title);
    if title.starts_with(workload.as_str()) { title.to_owned() } else { format!("{workload} {title}") }
}

/// An effect with what its interval covers.
#[derive(Debug, Clone, Copy)]
pub struct Size<'a> {
    /// What the value is.
    pub effect: EffectKind,
    /// Metric in the catalogue.
    pub metric: &'a str,
    /// The effect.
    pub value: f64,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Confidence that it has.
    pub confidence: f64,
    /// What it covers.
    pub covers: Covers,
    /// Blocks that entered.
    pub blocks: u32,
    /// Links, attempts or runs that entered.
    pub pairs: u32,
}

/// The effect with its interval and what it covers: "2.1 times (95 % interval 1.8 to 2.6 over 12 blocks)".
pub fn effect(row: &Contrast) -> Option<String> {
    Some(size(Size {
        effect: row.effect,
        metric: &row.metric,
        value: row.value?,
        low: row.low,
        high: row.high,
        confidence: row.achieved_confidence.unwrap_or(row.confidence),
        covers: row.covers,
        blocks: row.blocks,
        pairs: row.pairs,
    }))
}

/// The same of any effect.
pub fn size(of: Size<'_>) -> String {
    let (text, interval) = if of.effect == EffectKind::Ratio {
        let (text, interval) = ratio(of.value, of.low, of.high);
        (format!("{text} times"), interval)
    } else {
        let unit = catalogue::metric(of.metric).map_or(Unit::Count, |metric| metric.unit);
        let shown = Shown::choose(unit, [of.value, of.low.unwrap_or(of.value), of.high.unwrap_or(of.value)]);
        let digits = Digits::new(shown, of.value, of.low, of.high);
        (format!("a difference of {}", points(shown, &pretty(&digits.value))), digits.interval())
    };
    let confidence = print::confidence(of.confidence, 3);
    let over = match of.covers {
        Covers::Blocks => format!("over {}", many(of.blocks.into(), "block")),
        Covers::Campaigns => format!("over {}", many(of.blocks.into(), "campaign")),
        Covers::Links => {
            format!("over {} of one block: how links differ, not how a repetition would", many(of.pairs.into(), "link"))
        }
        Covers::Attempts => format!("of {}", many(of.pairs.into(), "attempt")),
        Covers::Runs => format!("of {}", many(of.pairs.into(), "run")),
        Covers::WithinRun | Covers::Systems | Covers::Resampled | Covers::None => String::new(),
    };
    match interval {
        Some(interval) => format!("{text} ({confidence} % interval {interval} {over})").replace(".000 %", " %"),
        None if over.is_empty() => format!("{text}, without an interval"),
        None => format!("{text}, without an interval, {over}"),
    }
}

/// A difference with its unit: that of two shares is in points, and 3 % would be taken for a part of one of them.
fn points(shown: Shown, number: &str) -> String {
    if shown.text == "%" { format!("{number} percentage points") } else { shown.with(number) }
}

/// A margin as people write it: "3 %", or in the unit of a difference.
pub fn margin(effect: EffectKind, metric: &str, margin: f64) -> String {
    if effect == EffectKind::Ratio {
        format!("{} %", bound(Shown::choose(Unit::Count, [1.0]), margin * 100.0))
    } else {
        let unit = catalogue::metric(metric).map_or(Unit::Count, |metric| metric.unit);
        let shown = Shown::choose(unit, [margin]);
        points(shown, &bound(shown, margin))
    }
}

/// Whether p is the smallest that the design can give, so that the data of this contrast could not have said more.
pub fn at_floor(row: &Contrast) -> bool {
    row.p.zip(row.smallest_p).is_some_and(|(p, smallest)| p <= smallest * (1.0 + 1e-9))
}

/// The whole sentence.
pub fn contrast(row: &Contrast) -> String {
    let effect = match (effect(row), &row.reason) {
        (Some(effect), _) => format!(": {effect}"),
        (None, Some(reason)) if row.answer != Answer::NoData => format!(": no {} ({reason})", row.effect),
        (None, _) => String::new(),
    };
    let alpha = ((1.0 - row.confidence) * 1e12).round() / 1e12;
    let tests = many(row.family_size.into(), "test");
    let adjusted = row.p_adjusted.map(|value| format!("{} adjusted over {tests}", p(value))).unwrap_or_default();
    let margin = margin(row.effect, &row.metric, row.margin);
    let verdict = match row.answer {
        Answer::Better => format!("better ({adjusted})"),
        Answer::Worse => format!("worse ({adjusted})"),
        Answer::Different => format!("different ({adjusted})"),
        Answer::Equivalent => {
            let p = row.p_equivalence.map(p).unwrap_or_default();
            format!("equivalent within {margin} ({p} adjusted over {tests})")
        }
        Answer::NotResolved if at_floor(row) => {
            let smallest = row.smallest_p.map(p).unwrap_or_default();
            format!("not resolved ({adjusted}; before, {smallest} was already the smallest that this design can give)")
        }
        Answer::NotResolved => format!("not resolved ({adjusted})"),
        Answer::CannotTell => {
            let smallest = row.smallest_p_adjusted.map(p).unwrap_or_default();
            let needed = match row.blocks_needed {
                Some(blocks) if matches!(row.covers, Covers::Blocks | Covers::Campaigns | Covers::Links) => {
                    format!("; {} could", many(blocks.into(), "block"))
                }
                _ => String::new(),
            };
            format!(
                "this design cannot show a difference: the smallest adjusted p it could give is {smallest}, above \
                 {alpha}{needed}"
            )
        }
        Answer::NoData => row.reason.clone().unwrap_or_else(|| "there are no values to compare".to_owned()),
    };
    format!("{}, {}{effect}: {verdict}", place(row), sides(row))
}

#[cfg(test)]
mod tests;

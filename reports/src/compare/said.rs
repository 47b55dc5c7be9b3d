//! What comparisons say, in sentences. Each is true of its row alone: nothing is concluded here.

use super::{Names, Seen};
use crate::number::{Digits, probability};
use crate::units::Shown as Unit;
use crate::{Adjustment, words};
use meshbench_schemas::catalogue::Unit as Base;
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::words::{Answer, Covers, EffectKind};
use std::collections::BTreeMap;

/// An answer in a word or two.
pub fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Better => "better",
        Answer::Worse => "worse",
        Answer::Different => "different",
        Answer::Equivalent => "equivalent",
        Answer::NotResolved => "not resolved",
        Answer::CannotTell => "cannot tell",
        Answer::NoData => "no data",
    }
}

/// What an answer means, from the side of the row.
pub fn meaning(of: Answer) -> &'static str {
    match of {
        Answer::Better => "better, and by more than chance",
        Answer::Worse => "worse, and by more than chance",
        Answer::Different => "a difference of more than chance, of a metric in which neither end is the good one",
        Answer::Equivalent => "the difference is smaller than the margin, whichever way it goes",
        Answer::NotResolved => {
            "shown is neither a difference nor that there is none beyond the margin; that is not “equal”"
        }
        Answer::CannotTell => {
            "no data from this design could have shown a difference: the smallest p that it can reach is too large"
        }
        Answer::NoData => "there are no values to compare",
    }
}

/// What a place is: `2`, or `2.5` where two share 2 and 3.
pub fn place(rank: f64) -> String {
    let text = format!("{rank:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The estimator of an effect, n, and its interval.
pub fn effect(seen: Seen<'_>) -> String {
    let row = seen.row;
    let mut out = format!("{}; n = {}", row.method.says(), counted(row));
    if row.low.is_some() || row.high.is_some() {
        let confidence = words::confidence(row.confidence, row.achieved_confidence);
        out.push_str(&format!("; brackets: {confidence} interval, which covers {}", words::covers(row.covers)));
    } else {
        out.push_str("; no interval");
    }
    out
}

/// What entered.
pub fn counted(row: &Contrast) -> String {
    match row.covers {
        Covers::Attempts => words::many(row.pairs.into(), "attempt"),
        Covers::Runs => words::many(row.pairs.into(), "run"),
        Covers::Blocks
        | Covers::Campaigns
        | Covers::Links
        | Covers::WithinRun
        | Covers::Systems
        | Covers::Resampled
        | Covers::None => format!(
            "{}, {}",
            words::of(row.links, row.links_expected, "link"),
            words::of(row.blocks, row.blocks_expected, "block")
        ),
    }
}

/// Effect and test; `None` where there is neither.
pub fn basis(seen: Seen<'_>) -> Option<String> {
    let row = seen.row;
    let test = row.test.says();
    match (seen.value().is_some(), row.p.is_some()) {
        (true, true) => Some(format!("effect: {}; p: {test}, two-sided", effect(seen))),
        (true, false) => Some(format!("effect: {}; no test", effect(seen))),
        (false, true) => Some(format!("no effect; p: {test}, two-sided; n = {}", counted(row))),
        (false, false) => None,
    }
}

/// Everything that must stand beside a contrast and has no column.
pub fn remarks(seen: Seen<'_>, names: &Names<'_>) -> Vec<String> {
    let row = seen.row;
    let mut out = Vec::new();
    out.extend(row.reason.iter().filter(|reason| !reason.is_empty()).cloned());
    if row.answer == Answer::CannotTell {
        out.push(cannot_tell(row));
    }
    out.extend(at_floor(row));
    out.extend(touching(row, names));
    out
}

/// Its warnings and findings.
pub fn touching(row: &Contrast, names: &Names<'_>) -> Vec<String> {
    let warned = row.warnings.iter().map(|warning| warning.explanation().to_owned());
    warned.chain(row.findings.iter().map(|code| names.finding(code))).collect()
}

/// That data could not have been clearer, where p is the smallest that the design can give and is not enough.
pub fn at_floor(row: &Contrast) -> Option<String> {
    let (p, smallest) = row.p.zip(row.smallest_p)?;
    let open = row.answer == Answer::NotResolved && p <= smallest * (1.0 + 1e-9);
    open.then(|| {
        format!(
            "p is the smallest that this design can reach ({}): what leaves it open is the adjustment, as other tests of its family \
             are less clear",
            probability(smallest)
        )
    })
}

/// Why a design cannot tell, and which one could.
pub fn cannot_tell(row: &Contrast) -> String {
    let mut out = "this design cannot show a difference".to_owned();
    if let Some(smallest) = row.smallest_p {
        out.push_str(&format!(": the smallest p that it can reach is {}", probability(smallest)));
        if let Some(adjusted) = row.smallest_p_adjusted {
            out.push_str(&format!(", {} adjusted", probability(adjusted)));
        }
    }
    if let Some(blocks) = row.blocks_needed {
        out.push_str(&format!("; {} would be needed", words::many(blocks.into(), "block")));
    }
    out
}

/// The smallest p that a family can reach, and the same adjusted.
type Reach = (Option<f64>, Option<f64>);

/// The families that these contrasts were adjusted in, with their sizes and what they can reach.
pub fn families<'a>(rows: impl Iterator<Item = &'a Contrast>, names: &Names<'_>) -> String {
    let mut families: BTreeMap<(&str, u32), Reach> = BTreeMap::new();
    for row in rows.filter(|row| row.family_size > 0) {
        let reach = families.entry((&row.family, row.family_size)).or_default();
        let least = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::min);
        *reach = (least(reach.0, row.smallest_p), least(reach.1, row.smallest_p_adjusted));
    }
    let said = families.into_iter().map(|((name, size), reach)| {
        let tests = words::many(size.into(), "test");
        match reach {
            (Some(p), Some(adjusted)) => format!(
                "{name} ({tests}; smallest p that the design can reach {}, adjusted {})",
                probability(p),
                probability(adjusted)
            ),
            (Some(p), None) => format!("{name} ({tests}; smallest p that the design can reach {})", probability(p)),
            _ => format!("{name} ({tests})"),
        }
    });
    let said: Vec<String> = said.collect();
    let by = match names.adjustment {
        Adjustment::Holm => "Holm's method",
        Adjustment::BenjaminiHochberg => "Benjamini and Hochberg's method (false discovery rate)",
    };
    match said.as_slice() {
        [] => String::new(),
        [one] => format!("adjusted p: by {by} within the family {one}"),
        many => format!("adjusted p: by {by} within each family: {}", many.join("; ")),
    }
}

/// Which effects do not matter.
pub fn margins<'a>(rows: impl Iterator<Item = &'a Contrast>, unit: Unit) -> String {
    let mut said: Vec<String> = rows
        .filter(|row| row.margin.is_finite() && row.margin > 0.0)
        .map(|row| {
            if row.effect == EffectKind::Ratio {
                let high = 1.0 + row.margin;
                format!("ratios from {:.3} to {:.3}", 1.0 / high, high)
            } else {
                let digits = Digits::new(unit, row.margin, None, None).value;
                format!("differences of less than {}", with(unit, trimmed(&digits)))
            }
        })
        .collect();
    said.sort();
    said.dedup();
    if said.is_empty() {
        String::new()
    } else {
        format!("margin, below which an effect does not matter: {}", said.join("; "))
    }
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') && !digits.contains('e') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    }
}

/// Digits of a difference with their unit; a difference of shares is one in percentage points.
pub fn with(unit: Unit, digits: &str) -> String {
    if unit.text == "%" { format!("{digits} percentage points") } else { unit.with(digits) }
}

/// What differences are shown in.
pub fn unit_name(unit: Unit) -> &'static str {
    match unit.text {
        "" => "counts",
        "%" => "percentage points",
        text => text,
    }
}

/// The unit of ratios.
pub fn no_unit() -> Unit {
    Unit::choose(Base::Count, [])
}

/// What joins systems in letters and diagrams, with the confidence.
pub fn joined_by(confidence: f64, names: &Names<'_>) -> String {
    let by = match names.adjustment {
        Adjustment::Holm => "Holm-adjusted tests of all pairs",
        Adjustment::BenjaminiHochberg => "tests of all pairs, adjusted by Benjamini and Hochberg's method,",
    };
    format!("{by} do not separate them. The places in brackets {}", hold(confidence, names))
}

/// What the intervals of places are worth, to follow "places".
pub fn hold(confidence: f64, names: &Names<'_>) -> String {
    let percent = words::percent(confidence);
    match names.adjustment {
        Adjustment::Holm => format!("hold at once for all systems with a confidence of {percent}"),
        Adjustment::BenjaminiHochberg => format!(
            "do not hold at once with a confidence of {percent}: of the separations a share may be false, at most {} on average",
            words::percent(1.0 - confidence)
        ),
    }
}

/// How many pairs of these systems no data could have separated; empty where there are none.
pub fn undecidable<'a>(rows: impl Iterator<Item = &'a Contrast>) -> String {
    let (mut cannot, mut all) = (0, 0);
    for row in rows {
        all += 1;
        cannot += u64::from(row.answer == Answer::CannotTell);
    }
    match (cannot, all) {
        (0, _) => String::new(),
        (cannot, all) if cannot == all => {
            "no data from this design could have separated any two of them: that they are joined says nothing"
                .to_owned()
        }
        (cannot, all) => {
            format!("no data from this design could have separated {cannot} of {}", words::many(all, "pair"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::contrast;

    #[test]
    fn a_design_that_cannot_tell_says_which_could() {
        let mut row = contrast("wireguard", "tailscale", "baseline", "throughput");
        (row.smallest_p, row.smallest_p_adjusted, row.blocks_needed) = (Some(0.25), Some(1.0), Some(9));
        assert_eq!(
            cannot_tell(&row),
            "this design cannot show a difference: the smallest p that it can reach is 0.25, 1.00 adjusted; 9 blocks would be \
             needed"
        );
        (row.smallest_p, row.blocks_needed) = (None, None);
        assert_eq!(cannot_tell(&row), "this design cannot show a difference");
        assert_eq!([place(2.0), place(2.5), place(10.0)], ["2", "2.5", "10"]);
    }

    /// What stands beside a row is true of it, for every p and smallest p.
    #[test]
    fn what_is_open_is_said_to_be_open_for_the_right_reason() {
        let (mut floor, mut designs) = (0, 0);
        for n in 1..=12i32 {
            for family in [1u32, 3, 10] {
                for times in [1.0, 2.0, 8.0] {
                    let mut row = contrast("wireguard", "tailscale", "baseline", "throughput");
                    let smallest = 2f64.powi(1 - n);
                    let p = (smallest * times).min(1.0);
                    // The others of the family are as clear as this one, or not clear at all.
                    for multiplier in [1.0, f64::from(family)] {
                        let adjusted = (p * multiplier).min(1.0);
                        let reach = (smallest * multiplier.min(f64::from(family))).min(1.0);
                        (row.p, row.p_adjusted, row.family_size) = (Some(p), Some(adjusted), family);
                        (row.smallest_p, row.smallest_p_adjusted) = (Some(smallest), Some(smallest.min(reach)));
                        row.answer = match (adjusted <= 0.05, smallest > 0.05) {
                            (true, _) => Answer::Better,
                            (false, true) => Answer::CannotTell,
                            (false, false) => Answer::NotResolved,
                        };
                        let at_floor = at_floor(&row);
                        let wanted = row.answer == Answer::NotResolved && times == 1.0;
                        assert_eq!(at_floor.is_some(), wanted, "{n} blocks, {family} tests, p {p}");
                        floor += usize::from(wanted);
                        if row.answer == Answer::CannotTell {
                            assert!(cannot_tell(&row).contains(&probability(smallest)));
                            designs += 1;
                        }
                        // No legend says of all open rows what is so of some.
                        assert!(!meaning(row.answer).contains("could have told"));
                    }
                }
            }
        }
        assert!(floor > 0 && designs > 0, "{floor} {designs}");
    }

    #[test]
    fn a_margin_is_in_the_unit_of_its_effect() {
        let ratio = contrast("wireguard", "tailscale", "baseline", "throughput");
        let mut difference = ratio.clone();
        (difference.effect, difference.margin) = (EffectKind::Difference, 0.005);
        let unit = Unit::choose(Base::Ratio, [0.02]);
        assert_eq!(
            margins([&ratio, &difference, &ratio].into_iter(), unit),
            "margin, below which an effect does not matter: differences of less than 0.5 percentage points; \
             ratios from 0.971 to 1.030"
        );
    }
}

//! Numbers and words in the sentences of findings.

use meshbench_reports::units::Shown;
use meshbench_schemas::catalogue::Unit;

/// Three significant digits, and never in exponential notation what people measure.
fn digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs().log10().floor();
    if size >= 15.0 {
        // No measurement: a counter below zero, or no number at all.
        return format!("{value:.3e}");
    }
    let decimals = (2.0 - size).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A value with its unit.
pub fn value(value: f64, unit: Unit) -> String {
    let shown = Shown::choose(unit, [value]);
    let text = digits(shown.scale(value));
    if shown.text.is_empty() { text } else { format!("{text} {}", shown.text) }
}

pub fn seconds(x: f64) -> String {
    value(x, Unit::Second)
}

pub fn rate(x: f64) -> String {
    value(x, Unit::BitPerSecond)
}

pub fn share(x: f64) -> String {
    value(x, Unit::Ratio)
}

/// "a factor of 3.2".
pub fn factor(x: f64) -> String {
    format!("a factor of {}", digits(x))
}

/// "1 run", "3 runs".
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// "a, b and 3 more".
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let shown = words.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if words.len() > most { format!("{shown} and {} more", words.len() - most) } else { shown }
}

/// How long a span of time is, for people.
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        assert_eq!(rate(8.66e8), "866 Mbit/s");
        assert_eq!(rate(5.836e10), "58.4 Gbit/s");
        assert_eq!(seconds(0.0147), "14.7 ms");
        assert_eq!(share(0.0494), "4.94 %");
        assert_eq!(share(0.0), "0 %");
        assert_eq!(value(1.8446744073709552e19, Unit::Count), "1.845e19");
        assert_eq!(factor(4.0), "a factor of 4");
        assert_eq!(count(1, "run") + &count(2, "run"), "1 run2 runs");
        assert_eq!(list(["a", "b", "c"], 2), "a, b and 1 more");
    }
}

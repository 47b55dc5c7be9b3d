//! Digits: how many an interval leaves meaningful, and how they are written.

use crate::units::Shown as Unit;

/// A value and its interval as digits in one unit, all with the decimals that the interval's width earns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// The value.
    pub value: String,
    /// Lower end; `None` where it is open or there is no interval.
    pub low: Option<String>,
    /// Upper end; `None` where it is open or there is no interval.
    pub high: Option<String>,
}

const MOST_DECIMALS: i32 = 6;

/// The exponent of the leading digit; `None` for zero and what is not finite.
fn magnitude(x: f64) -> Option<i32> {
    (x.is_finite() && x != 0.0).then(|| x.abs().log10().floor() as i32)
}

/// Decimals so that half the interval's width shows two digits, and the value at least two and at most
/// six; four digits of the value where there is no interval.
fn decimals(value: f64, low: Option<f64>, high: Option<f64>) -> i32 {
    let half_width = match (low, high) {
        (Some(low), Some(high)) => Some((high - low) / 2.0),
        (Some(end), None) | (None, Some(end)) => Some((value - end).abs()),
        (None, None) => None,
    };
    let size = magnitude(value);
    match (half_width.and_then(magnitude), size) {
        (Some(width), Some(size)) => (1 - width).clamp(1 - size, 5 - size),
        (Some(width), None) => 1 - width,
        (None, Some(size)) => 3 - size,
        (None, None) => 0,
    }
    .max(0)
}

/// A number with so many decimals; in powers of ten where plain digits would be too long to read.
fn write(x: f64, decimals: i32) -> String {
    let size = magnitude(x).unwrap_or(0);
    if size >= 9 || (decimals > MOST_DECIMALS && size < -3) {
        return format!("{x:.1e}");
    }
    let text = format!("{x:.*}", decimals.clamp(0, 12) as usize);
    // "-0.0" says that something is negative; it is not, at this precision.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

/// An end of an interval never rounds to zero unless it is zero: it keeps one digit.
fn end(x: f64, decimals: i32) -> String {
    match magnitude(x) {
        Some(size) if -size > decimals => write(x, -size),
        _ => write(x, decimals),
    }
}

impl Digits {
    /// Writes a value and the ends of its interval, all in the base unit, in `unit`.
    pub fn new(unit: Unit, value: f64, low: Option<f64>, high: Option<f64>) -> Self {
        let scale = |x: f64| Some(unit.scale(x)).filter(|x| x.is_finite());
        let (low, high) = (low.and_then(scale), high.and_then(scale));
        let value = unit.scale(value);
        let decimals = decimals(value, low, high);
        Self { value: write(value, decimals), low: low.map(|x| end(x, decimals)), high: high.map(|x| end(x, decimals)) }
    }

    /// The interval in plain text, `[a, b]`; an open end is said with `∞`.
    pub fn interval(&self) -> Option<String> {
        self.brackets(pretty, "∞", "−∞")
    }

    /// The interval for LaTeX with siunitx.
    pub fn interval_latex(&self) -> Option<String> {
        self.brackets(|digits| format!("\\num{{{digits}}}"), "\\ensuremath{\\infty}", "\\ensuremath{-\\infty}")
    }

    fn brackets(&self, number: impl Fn(&str) -> String, infinity: &str, minus_infinity: &str) -> Option<String> {
        Some(match (&self.low, &self.high) {
            (Some(low), Some(high)) => format!("[{}, {}]", number(low), number(high)),
            (Some(low), None) => format!("[{}, {infinity})", number(low)),
            (None, Some(high)) => format!("({minus_infinity}, {}]", number(high)),
            (None, None) => return None,
        })
    }
}

/// An interval whose ends do not both belong to it, lower end first: those that do not get a round bracket.
pub fn without_ends(interval: &str, (low, high): (bool, bool)) -> String {
    let open =
        interval.strip_prefix('[').filter(|_| !low).map_or_else(|| interval.to_owned(), |rest| format!("({rest}"));
    open.strip_suffix(']').filter(|_| !high).map_or_else(|| open.clone(), |rest| format!("{rest})"))
}

/// A bound, with four digits at most and no idle zeros.
pub fn bound(unit: Unit, base: f64) -> String {
    let x = unit.scale(base);
    let text = write(x, magnitude(x).map_or(0, |size| (3 - size).max(0)));
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Digits for people: a real minus, and thin spaces between thousands from five digits on.
pub fn pretty(digits: &str) -> String {
    let (sign, rest) = digits.strip_prefix('-').map_or(("", digits), |rest| ("−", rest));
    let (whole, fraction) = rest.find(['.', 'e']).and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
    let mut out = String::from(sign);
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && whole.len() >= 5 && (whole.len() - at).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    out.push_str(fraction);
    out
}

/// A probability of a test: two digits, and never zero.
pub fn probability(p: f64) -> String {
    match magnitude(p) {
        Some(size) if size < -3 => "< 0.001".to_owned(),
        Some(size) => format!("{p:.*}", (1 - size).clamp(2, 4) as usize),
        None => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meshbench_schemas::catalogue::Unit as Base;

    fn show(value: f64, low: f64, high: f64) -> String {
        let digits = Digits::new(Unit::choose(Base::Count, []), value, Some(low), Some(high));
        format!("{} {}", pretty(&digits.value), digits.interval().unwrap())
    }

    #[test]
    fn the_interval_decides_the_digits() {
        assert_eq!(show(941.2345, 938.1, 944.3), "941.2 [938.1, 944.3]");
        assert_eq!(show(12345.678, 11000.0, 13000.0), "12\u{2009}346 [11\u{2009}000, 13\u{2009}000]");
        assert_eq!(show(3.0, 0.001, 900.0), "3.0 [0.001, 900.0]");
        assert_eq!(show(0.0, 0.0, 0.0), "0 [0, 0]");
        assert_eq!(show(0.012, -0.031, 0.055), "0.012 [−0.031, 0.055]");
        assert_eq!(show(100.0, 100.0, 100.0), "100.0 [100.0, 100.0]");
        assert_eq!(show(941.2, 941.19999, 941.20001), "941.200 [941.200, 941.200]");
    }

    #[test]
    fn a_probability_is_never_rounded_to_zero() {
        let said: Vec<String> = [1.0, 0.25, 0.03125, 0.00195, 2e-9].map(probability).into();
        assert_eq!(said, ["1.00", "0.25", "0.031", "0.0019", "< 0.001"]);
    }

    #[test]
    fn without_an_interval_four_digits() {
        let digits = Digits::new(Unit::choose(Base::Second, [0.02]), 0.0212345, None, None);
        assert_eq!((digits.value.as_str(), digits.interval()), ("21.23", None));
        let open = Digits::new(Unit::choose(Base::Second, [2.0]), 12.0, Some(9.0), Some(f64::INFINITY));
        assert_eq!(open.interval().unwrap(), "[9.0, ∞)");
        assert_eq!(without_ends("[9.0, ∞)", (false, false)), "(9.0, ∞)");
        assert_eq!(without_ends("[1, 2]", (false, true)), "(1, 2]");
        assert_eq!(without_ends("[1, 2]", (true, true)) + &without_ends("[1, 2]", (true, false)), "[1, 2][1, 2)");
        assert_eq!(bound(Unit::choose(Base::Second, [2.0]), 1800.0), "1800");
    }
}

//! A contrast seen from one of its sides: "A against B" where the row says "B against A".

use super::INTERNAL;
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::words::{Answer, EffectKind, IntervalEnd};

/// A contrast and the side that it is seen from. Turning it round takes reciprocals of ratios and negatives of
/// differences; nothing else about it depends on the side.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The row.
    pub row: &'a Contrast,
    turned: bool,
}

/// A contrast with the bare network, seen from the other side; `None` where neither side is the bare network.
pub fn against_internal(row: &Contrast) -> Option<Seen<'_>> {
    match (&*row.left_side == INTERNAL, &*row.right_side == INTERNAL) {
        (false, true) => Some(Seen::from_left(row)),
        (true, false) => Some(Seen::from_right(row)),
        _ => None,
    }
}

impl<'a> Seen<'a> {
    /// As the row has it.
    pub fn from_left(row: &'a Contrast) -> Self {
        Self { row, turned: false }
    }

    /// From the right side.
    pub fn from_right(row: &'a Contrast) -> Self {
        Self { row, turned: true }
    }

    /// The side that it is seen from.
    pub fn side(self) -> &'a str {
        if self.turned { &self.row.right_side } else { &self.row.left_side }
    }

    /// The side that it is seen against.
    pub fn other(self) -> &'a str {
        if self.turned { &self.row.left_side } else { &self.row.right_side }
    }

    /// Whether the effect is a ratio, rather than a difference.
    pub fn is_ratio(self) -> bool {
        self.row.effect == EffectKind::Ratio
    }

    /// The effect, finite.
    pub fn value(self) -> Option<f64> {
        self.turn(self.row.value)
    }

    /// Lower and upper end of its interval; an open end is `None`.
    pub fn interval(self) -> (Option<f64>, Option<f64>) {
        let (low, high) = (self.turn(self.row.low), self.turn(self.row.high));
        if self.turned { (high, low) } else { (low, high) }
    }

    /// The same of the interval that agrees with the adjusted test; `None` where there is none.
    pub fn together(self) -> Option<(Option<f64>, Option<f64>)> {
        let (low, high) = (self.turn(self.row.simultaneous_low), self.turn(self.row.simultaneous_high));
        let ends = if self.turned { (high, low) } else { (low, high) };
        (ends != (None, None)).then_some(ends)
    }

    /// Whether the ends of that interval belong to it, lower end first. One that was cut at no difference does not.
    pub fn together_belongs(self) -> (bool, bool) {
        let of = |end: Option<IntervalEnd>| end.is_none_or(IntervalEnd::belongs);
        let (low, high) = (of(self.row.simultaneous_low_end), of(self.row.simultaneous_high_end));
        if self.turned { (high, low) } else { (low, high) }
    }

    /// What may be said, from this side.
    pub fn answer(self) -> Answer {
        match (self.row.answer, self.turned) {
            (Answer::Better, true) => Answer::Worse,
            (Answer::Worse, true) => Answer::Better,
            (answer, _) => answer,
        }
    }

    fn turn(self, x: Option<f64>) -> Option<f64> {
        let turned = |x: f64| if self.is_ratio() { 1.0 / x } else { -x };
        x.map(|x| if self.turned { turned(x) } else { x }).filter(|x| x.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::contrast;

    #[test]
    fn turned_round_it_says_the_same() {
        let mut row = contrast("internal", "wireguard", "baseline", "throughput");
        (row.value, row.low, row.high, row.answer) = (Some(1.25), Some(1.0), Some(2.0), Answer::Better);
        let seen = against_internal(&row).unwrap();
        assert_eq!((seen.side(), seen.other(), seen.answer()), ("wireguard", "internal", Answer::Worse));
        assert_eq!((seen.value(), seen.interval()), (Some(0.8), (Some(0.5), Some(1.0))));
        assert_eq!(seen.together(), None);
        row.simultaneous_low = Some(1.0);
        let seen = against_internal(&row).unwrap();
        assert_eq!(seen.together(), Some((None, Some(1.0))), "below 1, and down to nothing");
        (row.simultaneous_low_end, row.simultaneous_high_end) = (Some(IntervalEnd::Cut), Some(IntervalEnd::Open));
        assert_eq!(against_internal(&row).unwrap().together_belongs(), (false, false));
        row.simultaneous_low_end = Some(IntervalEnd::Stretched);
        assert_eq!(against_internal(&row).unwrap().together_belongs(), (false, true));
        assert_eq!(Seen::from_left(&row).together_belongs(), (true, false));
        row.effect = EffectKind::Difference;
        let seen = against_internal(&row).unwrap();
        assert_eq!((seen.value(), seen.interval()), (Some(-1.25), (Some(-2.0), Some(-1.0))));
        let same = Seen::from_left(&row);
        assert_eq!((same.value(), same.answer(), same.interval()), (row.value, row.answer, (row.low, row.high)));
        row.value = Some(0.0);
        row.effect = EffectKind::Ratio;
        assert_eq!(against_internal(&row).unwrap().value(), None);
        row.left_side = "tailscale".into();
        assert!(against_internal(&row).is_none());
    }
}

//! Values far from the rest, by Tukey's fences.

use crate::{Values, quantile};

/// Fewer values than this have no quartiles to speak of.
pub const LEAST_VALUES: usize = 5;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Within 1.5 interquartile ranges of the quartiles.
    Inside,
    /// Beyond 1.5 of them.
    Outside,
    /// Beyond 3 of them.
    FarOutside,
}

/// The place of each value, in the order given (Tukey, 1977; quartiles by Hyndman and Fan's type 7).
///
/// A label, and no reason to leave anything out: of 20 normal values, one or more are outside in about 3 samples in
/// 10 and far outside in 1 in 50; of 6, far outside in 1 in 13. Skewed values, such as durations, are to be given as logarithms. With
/// quartiles that are equal, whatever differs from them is far outside. `None` below [`LEAST_VALUES`], and where the
/// interquartile range overflows.
pub fn places(values: Values<'_>) -> Option<Vec<Place>> {
    if values.count() < LEAST_VALUES {
        return None;
    }
    let sorted = values.sorted();
    let (low, high) = (quantile::of_sorted(&sorted, 0.25)?, quantile::of_sorted(&sorted, 0.75)?);
    let range = high - low;
    let beyond = |x: f64, times: f64| x < low - times * range || x > high + times * range;
    let place = |&x: &f64| match (beyond(x, 3.0), beyond(x, 1.5)) {
        (true, _) => Place::FarOutside,
        (false, true) => Place::Outside,
        (false, false) => Place::Inside,
    };
    range.is_finite().then(|| values.as_slice().iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_is_called_so() {
        let of = |values: &[f64]| places(Values::new(values).unwrap());
        // Quartiles 2 and 4: fences at −1 and 7, and at −4 and 10.
        let found = of(&[1.0, 2.0, 3.0, 4.0, 10.5]).unwrap();
        assert_eq!(found, [Place::Inside, Place::Inside, Place::Inside, Place::Inside, Place::FarOutside]);
        assert_eq!(of(&[10.0, 1.0, 2.0, 3.0, 4.0]).unwrap()[0], Place::Outside);
        assert_eq!(of(&[7.0, 1.0, 2.0, 3.0, 4.0]).unwrap()[0], Place::Inside);
        assert_eq!(of(&[2.0; 6]).unwrap(), [Place::Inside; 6]);
        assert_eq!(of(&[1.0; 4]), None);
        assert_eq!(of(&[-1e308, -1e308, 1e308, 1e308, 1e308]), None);
    }
}

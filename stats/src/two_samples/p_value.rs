//! A p value with what it rests on.

/// How a p value was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    /// From every permutation (or sign, or order) that there is: nothing is approximated.
    Exact,
    /// From this many random ones: (1 + as extreme) / (1 + drawn), which is a valid test for every number of them
    /// (Phipson and Smyth, 2010).
    MonteCarlo {
        /// How many were drawn.
        resamples: u64,
    },
    /// From the distribution that the statistic has under the method's assumptions, or in the limit.
    Distribution,
}

/// Probability under the null hypothesis of a statistic at least as extreme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    /// The probability, in 0 ..= 1.
    pub value: f64,
    /// How it was computed.
    pub computed: Computed,
    /// The smallest value that these sizes (and ties) could give at all; `None` where the method has no such bound.
    pub smallest: Option<f64>,
}

impl PValue {
    /// Clamped to 0 ..= 1; `None` for NaN.
    pub fn new(value: f64, computed: Computed, smallest: Option<f64>) -> Option<Self> {
        (!value.is_nan()).then(|| Self { value: value.clamp(0.0, 1.0), computed, smallest })
    }

    /// From the statistic's distribution.
    pub fn of_distribution(value: f64) -> Option<Self> {
        Self::new(value, Computed::Distribution, None)
    }

    /// Standard error of a value that was drawn, √(p(1−p)/m); `None` for others, which have none.
    pub fn monte_carlo_error(&self) -> Option<f64> {
        match self.computed {
            Computed::MonteCarlo { resamples } => {
                Some((self.value * (1.0 - self.value) / (resamples.max(1) as f64)).sqrt())
            }
            Computed::Exact | Computed::Distribution => None,
        }
    }
}

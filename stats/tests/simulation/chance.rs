//! Random numbers, and the populations that they are drawn from.

use libm::{cos, exp, log, sqrt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

/// Where all randomness comes from; the number is arbitrary.
pub const SEED: u64 = 20_251_209;

/// The random numbers of one round. Logarithms and the like come from `libm`, so that every machine draws the same.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// Those of a round of an experiment, whatever was drawn before and by whichever thread.
    pub fn new(experiment: u64, round: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(SEED ^ (experiment << 32));
        generator.set_stream(round);
        Self(generator)
    }

    /// In (0, 1).
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        sqrt(-2.0 * log(self.uniform())) * cos(std::f64::consts::TAU * self.uniform())
    }

    /// How many of `trials` succeed.
    pub fn successes(&mut self, trials: usize, probability: f64) -> u64 {
        (0..trials).filter(|_| self.uniform() < probability).count() as u64
    }
}

/// What the values of blocks may be distributed like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Population {
    /// Mean 0, standard deviation 1.
    Normal,
    /// Median 1, with this standard deviation of the logarithms.
    Lognormal(f64),
    /// Student's t with 3 degrees of freedom: finite variance, no more moments.
    HeavyTails,
    /// Standard normal, but each value is with a probability of one tenth five times as far out.
    Contaminated,
    /// Normal with this correlation between neighbouring blocks, which falls off geometrically.
    Autocorrelated(f64),
    /// The mean over three links that stay the same: 100 ± 2, 60 ± 5 and 30 ± 6, each normal.
    Links,
}

/// Mean and standard deviation of each link of [`Population::Links`].
pub const LINKS: [(f64, f64); 3] = [(100.0, 2.0), (60.0, 5.0), (30.0, 6.0)];

impl Population {
    pub const ALL: [Self; 8] = [
        Self::Normal,
        Self::Lognormal(0.3),
        Self::Lognormal(1.0),
        Self::HeavyTails,
        Self::Contaminated,
        Self::Autocorrelated(0.3),
        Self::Autocorrelated(0.6),
        Self::Links,
    ];

    /// Its name in the table.
    pub fn name(self) -> String {
        match self {
            Self::Normal => "normal".to_owned(),
            Self::Lognormal(sigma) => format!("lognormal, σ = {sigma}"),
            Self::HeavyTails => "t, 3 degrees".to_owned(),
            Self::Contaminated => "normal, 10 % outliers".to_owned(),
            Self::Autocorrelated(phi) => format!("autocorrelated, {phi}"),
            Self::Links => "3 unlike links".to_owned(),
        }
    }

    /// Whether blocks are independent of each other.
    pub fn independent(self) -> bool {
        !matches!(self, Self::Autocorrelated(_))
    }

    /// Whether it is the same to both sides of its median.
    pub fn symmetric(self) -> bool {
        !matches!(self, Self::Lognormal(_))
    }

    /// The values of so many blocks, in their order.
    pub fn sample(self, chance: &mut Chance, blocks: usize) -> Vec<f64> {
        // Where an autocorrelated series starts.
        let mut state = 0.0;
        if let Self::Autocorrelated(phi) = self {
            state = chance.normal() / sqrt(1.0 - phi * phi);
        }
        (0..blocks)
            .map(|_| match self {
                Self::Normal => chance.normal(),
                Self::Lognormal(sigma) => exp(sigma * chance.normal()),
                Self::HeavyTails => {
                    let squares: f64 = (0..3).map(|_| chance.normal().powi(2)).sum();
                    chance.normal() / sqrt(squares / 3.0)
                }
                Self::Contaminated => chance.normal() * if chance.uniform() < 0.1 { 5.0 } else { 1.0 },
                Self::Autocorrelated(phi) => {
                    state = phi * state + chance.normal();
                    state
                }
                Self::Links => LINKS.iter().map(|(mean, sd)| mean + sd * chance.normal()).sum::<f64>() / 3.0,
            })
            .collect()
    }

    /// The mean of the population.
    pub fn mean(self) -> f64 {
        match self {
            Self::Lognormal(sigma) => exp(sigma * sigma / 2.0),
            other => other.median(),
        }
    }

    /// Its median.
    pub fn median(self) -> f64 {
        match self {
            Self::Lognormal(_) => 1.0,
            Self::Links => LINKS.iter().map(|(mean, _)| mean).sum::<f64>() / 3.0,
            _ => 0.0,
        }
    }

    /// The median of the mean of two independent values.
    pub fn pseudo_median(self) -> f64 {
        let Self::Lognormal(sigma) = self else { return self.median() };
        let normal = Normal::standard();
        // P(first + second ≤ 2m): the first at the middles of strips of equal probability.
        let strips = 4000;
        let first: Vec<f64> = (0..strips)
            .map(|strip| exp(sigma * normal.inverse_cdf((f64::from(strip) + 0.5) / f64::from(strips))))
            .collect();
        let below = |middle: f64| {
            let second = first.iter().filter(|x| **x < 2.0 * middle).map(|x| normal.cdf(log(2.0 * middle - x) / sigma));
            second.sum::<f64>() / f64::from(strips)
        };
        let (mut low, mut high) = (1.0, self.mean());
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if below(middle) < 0.5 { low = middle } else { high = middle }
        }
        low
    }
}

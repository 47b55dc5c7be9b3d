//! What netem is asked for, as far as the theory of `meshbench_stats::impairment` goes.

use super::{Distribution, Netem};
use crate::units::{Ratio, Span};
use meshbench_stats::impairment::{self as theory, Besides, Impairment};

impl Netem {
    /// What is known of it: see [`Impairment`].
    pub fn model(&self) -> Impairment {
        let seconds = |span: Option<Span>| span.map_or(0.0, |span| span.get().as_secs_f64());
        let share = |ratio: Option<Ratio>| ratio.map_or(0.0, Ratio::get);
        Impairment {
            delay_s: seconds(self.delay),
            jitter_s: seconds(self.jitter),
            distribution: match self.distribution.unwrap_or_default() {
                Distribution::Uniform => theory::Distribution::Uniform,
                Distribution::Normal => theory::Distribution::Normal,
                Distribution::Pareto | Distribution::ParetoNormal => theory::Distribution::HeavyTailed,
            },
            loss: share(self.loss),
            reorder: share(self.reorder),
            reorder_correlation: share(self.reorder_correlation),
            reorder_gap: self.reorder_gap.map_or(1, std::num::NonZeroU32::get),
            besides: Besides {
                queue: self.rate.is_some() || self.slot.is_some(),
                correlated_delay: share(self.delay_correlation) > 0.0,
                bursts: self.gilbert_elliott.is_some() || share(self.loss_correlation) > 0.0,
                duplicate: share(self.duplicate) > 0.0,
                corrupt: share(self.corrupt) > 0.0,
                unknown: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meshbench_stats::impairment::NoTheory;

    fn model(text: &str) -> Impairment {
        toml::from_str::<Netem>(text).unwrap().model()
    }

    #[test]
    fn the_presets_are_those_of_the_published_table() {
        for (name, mean, loss) in [
            ("baseline", "0.00", "0.00"),
            ("low", "4.00", "0.50"),
            ("medium", "8.64", "1.99"),
            ("high", "14.70", "4.94"),
        ] {
            let model = Netem::preset(name).unwrap().model();
            assert_eq!(format!("{:.2}", model.added().unwrap().mean_s * 1e3), mean, "{name}");
            assert_eq!(format!("{:.2}", model.lost().unwrap() * 1e2), loss, "{name}");
        }
    }

    #[test]
    fn every_parameter_is_in_the_model() {
        let delayed = model(
            "delay = \"10ms\"\njitter = \"2ms\"\ndistribution = \"normal\"\nloss = \"1%\"\n\
             reorder = \"25%\"\nreorder_correlation = \"50%\"\nreorder_gap = 5",
        );
        assert_eq!((delayed.delay_s, delayed.jitter_s, delayed.loss), (0.010, 0.002, 0.01));
        assert_eq!((delayed.reorder, delayed.reorder_correlation, delayed.reorder_gap), (0.25, 0.5, 5));
        assert_eq!((delayed.distribution, delayed.besides), (theory::Distribution::Normal, Besides::default()));
        for (text, added, loss) in [
            ("rate = \"1Mbit/s\"", Some(NoTheory::Queue), None),
            ("slot = { min_delay = \"1ms\" }", Some(NoTheory::Queue), None),
            ("delay = \"1ms\"\njitter = \"1ms\"\ndistribution = \"pareto\"", Some(NoTheory::HeavyTails), None),
            ("delay = \"1ms\"\njitter = \"1ms\"\ndelay_correlation = \"25%\"", Some(NoTheory::CorrelatedDelay), None),
            ("delay = \"1ms\"\ngilbert_elliott = { p = \"1%\", r = \"10%\" }", None, Some(NoTheory::Bursts)),
            ("loss = \"1%\"\nloss_correlation = \"25%\"", None, Some(NoTheory::Bursts)),
            ("corrupt = \"1%\"", Some(NoTheory::WrongTime), Some(NoTheory::Checksums)),
            ("duplicate = \"1%\"", Some(NoTheory::FasterCopy), Some(NoTheory::SpareCopy)),
        ] {
            let expectation = model(text).expectation();
            assert_eq!((expectation.added.err(), expectation.loss.err()), (added, loss), "{text}");
        }
    }
}

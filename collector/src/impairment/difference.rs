//! What was asked of netem against what tc reports.

use super::{GilbertElliott, Netem, Slot};
use crate::parse::tc;
use crate::units::{Ratio, Span};

impl Netem {
    /// Says how the netem that tc reports differs from what was asked; `None` if it is as asked. `found` is
    /// absent where the interface has no netem. The distribution cannot be compared: tc does not report it.
    pub fn difference(&self, found: Option<&tc::Netem>) -> Option<String> {
        let found = match (found, self.is_none()) {
            (None, true) => return None,
            (None, false) => return Some("there is no netem queueing discipline".to_owned()),
            (Some(_), true) => return Some("netem is there although no impairment was asked".to_owned()),
            (Some(found), false) => found,
        };
        let mut pairs = Vec::new();
        let mut pair = |name, found: Option<f64>, asked: Option<f64>| {
            pairs.push((name, found.unwrap_or(0.0), asked.unwrap_or(0.0)));
        };
        let seconds = |span: Option<Span>| span.map(|span| span.get().as_secs_f64());
        let share = |ratio: Option<Ratio>| ratio.map(Ratio::get);
        let probability = |chance: Option<tc::Chance>| chance.map(|chance| chance.probability);
        let correlation = |chance: Option<tc::Chance>| chance.and_then(|chance| chance.correlation);
        let count = |count: Option<u64>| count.map(|count| count as f64);

        pair("limit", count(found.limit), Some(self.limit().into()));
        pair("delay", found.delay.map(|delay| delay.delay_s), seconds(self.delay));
        pair("jitter", found.delay.and_then(|delay| delay.jitter_s), seconds(self.jitter));
        pair("delay correlation", found.delay.and_then(|delay| delay.correlation), share(self.delay_correlation));
        pair("loss", probability(found.loss), share(self.loss));
        pair("loss correlation", correlation(found.loss), share(self.loss_correlation));
        pair("duplicate", probability(found.duplicate), share(self.duplicate));
        pair("duplicate correlation", correlation(found.duplicate), None);
        pair("corrupt", probability(found.corrupt), share(self.corrupt));
        pair("corrupt correlation", correlation(found.corrupt), None);
        pair("reorder", probability(found.reorder), share(self.reorder));
        pair("reorder correlation", correlation(found.reorder), share(self.reorder_correlation));
        // tc makes a gap of 1 where reordering was asked for without one.
        let gap = self.reorder.filter(|share| share.get() > 0.0).map(|_| self.reorder_gap.map_or(1, Into::into));
        pair("reorder gap", count(found.gap), gap.map(f64::from));
        // tc keeps whole bytes a second.
        pair("rate", found.rate_bit_s, self.rate.map(|rate| (rate.bit_s() / 8 * 8) as f64));

        let model = found.gilbert_elliott;
        let asked = self.gilbert_elliott;
        type Of<T> = (&'static str, fn(tc::GilbertElliott) -> f64, fn(T) -> Ratio);
        let chances: [Of<GilbertElliott>; 4] = [
            ("gilbert_elliott p", |found| found.p, |asked| asked.p),
            ("gilbert_elliott r", |found| found.r, |asked| asked.r),
            ("gilbert_elliott 1-h", |found| found.bad_loss, |asked| asked.bad_loss),
            ("gilbert_elliott 1-k", |found| found.good_loss, |asked| asked.good_loss),
        ];
        for (name, of_found, of_asked) in chances {
            pair(name, model.map(of_found), asked.map(|asked| of_asked(asked).get()));
        }
        let slot = found.slot;
        pair("slot min_delay", slot.map(|slot| slot.min_delay_s), seconds(self.slot.map(|slot| slot.min_delay)));
        pair("slot max_delay", slot.map(|slot| slot.max_delay_s), seconds(self.slot.map(Slot::longest)));
        let whole = |number: Option<std::num::NonZeroU32>| number.map(|number| f64::from(number.get()));
        pair("slot packets", slot.map(|slot| slot.packets as f64), whole(self.slot.and_then(|slot| slot.packets)));
        pair("slot bytes", slot.map(|slot| slot.bytes as f64), whole(self.slot.and_then(|slot| slot.bytes)));

        if let Some(unasked) = unasked(found) {
            return Some(unasked);
        }
        // tc writes six digits, of what the kernel keeps in 32 bits.
        let differs = |found: f64, asked: f64| (found - asked).abs() > asked.abs() * 1e-4 + 1e-9;
        let (name, found, asked) = pairs.into_iter().find(|(_, found, asked)| differs(*found, *asked))?;
        Some(format!("netem's {name} is {found}, asked was {asked}"))
    }
}

/// What netem does that no profile can ask for.
fn unasked(found: &tc::Netem) -> Option<String> {
    if found.loss_states {
        return Some("netem drops by the four-state model, which was not asked for".to_owned());
    }
    if let Some(tc::SlotDistribution { delay_s, jitter_s }) = found.slot.and_then(|slot| slot.distribution) {
        return Some(format!(
            "netem's slot times follow a distribution ({delay_s} s, jitter {jitter_s} s), which was not asked for"
        ));
    }
    if let Some(tc::Overhead { packet_bytes, cell_bytes, per_cell_bytes }) = found.overhead {
        return Some(format!(
            "netem's rate counts {packet_bytes} bytes on top of each packet, in cells of {cell_bytes} bytes and \
             {per_cell_bytes} more each, which was not asked for"
        ));
    }
    if found.ecn {
        return Some("netem marks packets instead of dropping them (ecn), which was not asked for".to_owned());
    }
    let unknown =
        || format!("netem has options that are not known here ({}), so its effect is not", found.unknown.join(", "));
    (!found.unknown.is_empty()).then(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What iproute2 6.1 printed on kernel 7.3 for the arguments of [`all`].
    const LISTING: &str = include_str!("../../tests/fixtures/tc/netem-all.json");

    fn found(listing: &str) -> Option<tc::Netem> {
        tc::parse(listing.as_bytes()).unwrap().qdiscs.remove(0).netem
    }

    fn all() -> Netem {
        toml::from_str(
            r#"
            delay = "4ms"
            jitter = "7ms"
            delay_correlation = "25%"
            gilbert_elliott = { p = "1%", r = "10%", "1-h" = "70%", "1-k" = "0.1%" }
            duplicate = "2%"
            corrupt = "0.1%"
            reorder = "2.5%"
            reorder_correlation = "50%"
            reorder_gap = 5
            rate = "10Mbit/s"
            slot = { min_delay = "800us", max_delay = "1ms", packets = 20, bytes = 64000 }
        "#,
        )
        .unwrap()
    }

    #[test]
    fn what_was_asked_is_recognised() {
        assert_eq!(all().difference(found(LISTING).as_ref()), None);
        assert_eq!(Netem::default().difference(None), None);
    }

    #[test]
    fn every_single_deviation_is_named() {
        for (from, to, name) in [
            ("\"limit\":10000", "\"limit\":1000", "limit"),
            ("\"delay\":0.004", "\"delay\":0.005", "delay"),
            ("\"jitter\":0.007", "\"jitter\":0", "jitter"),
            ("\"correlation\":0.25", "\"correlation\":0", "delay correlation"),
            ("\"duplicate\":0.02", "\"duplicate\":0.03", "duplicate"),
            ("\"corrupt\":0.001", "\"corrupt\":0.002", "corrupt"),
            ("\"reorder\":0.025", "\"reorder\":0.25", "reorder"),
            ("\"correlation\":0.5", "\"correlation\":0.25", "reorder correlation"),
            ("\"gap\":5", "\"gap\":1", "reorder gap"),
            ("\"rate\":1250000", "\"rate\":1250", "rate"),
            ("\"p\":0.01", "\"p\":0.02", "gilbert_elliott p"),
            ("\"r\":0.1", "\"r\":0.2", "gilbert_elliott r"),
            ("\"1-h\":0.7", "\"1-h\":1", "1-h"),
            ("\"1-k\":0.001", "\"1-k\":0", "1-k"),
            ("\"min-delay\":0.0008", "\"min-delay\":0.0007", "slot min_delay"),
            ("\"max-delay\":0.001", "\"max-delay\":0.002", "slot max_delay"),
            ("\"packets\":20", "\"packets\":0", "slot packets"),
            ("\"bytes\":64000", "\"bytes\":0", "slot bytes"),
            ("loss-gemodel", "loss-state", "four-state"),
            ("\"min-delay\":0.0008,\"max-delay\":0.001", "\"distribution\":0.0008,\"jitter\":0.0001", "distribution"),
            ("\"packetoverhead\":0", "\"packetoverhead\":38", "38 bytes on top"),
            ("\"cellsize\":0", "\"cellsize\":48", "cells of 48"),
            ("\"celloverhead\":0", "\"celloverhead\":5", "5 more"),
            ("\"ecn\":false", "\"ecn\":true", "ecn"),
            ("\"ecn\":false", "\"ecn\":false,\"bursting\":7", "bursting"),
            ("\"packets\":20,", "\"packets\":20,\"offset\":1,", "slot.offset"),
            ("\"duplicate\":0.02", "\"duplicate\":[]", "duplicate.duplicate"),
            ("\"rate\":1250000", "\"rate\":\"10Mbit\"", "rate.rate"),
        ] {
            let listing = LISTING.replace(from, to);
            assert_ne!(listing, LISTING, "{from}");
            let difference = all().difference(found(&listing).as_ref());
            assert!(difference.as_ref().is_some_and(|text| text.contains(name)), "{from}: {difference:?}");
        }
    }

    #[test]
    fn a_seed_of_the_kernel_is_no_difference() {
        let seeded = LISTING.replace("\"ecn\":false", "\"seed\":18446744073709551615,\"ecn\":false");
        assert_eq!(found(&seeded).unwrap().seed, Some(u64::MAX));
        assert_eq!(all().difference(found(&seeded).as_ref()), None);
    }

    #[test]
    fn presence_is_compared_first() {
        assert!(all().difference(None).is_some());
        assert!(Netem::default().difference(found(LISTING).as_ref()).is_some());
    }

    #[test]
    fn reordering_without_a_gap_is_reported_with_one() {
        let listing = r#"[{"kind":"netem","options":{"limit":10000,"delay":{"delay":0.004,"jitter":0.007,"correlation":0},
            "loss-random":{"loss":0.01,"correlation":0},"reorder":{"reorder":0.025,"correlation":0.5},"ecn":false,"gap":1}}]"#;
        assert_eq!(Netem::preset("medium").unwrap().difference(found(listing).as_ref()), None);
        let correlated = listing.replace("\"loss\":0.01,\"correlation\":0", "\"loss\":0.01,\"correlation\":0.1");
        assert!(Netem::preset("medium").unwrap().difference(found(&correlated).as_ref()).unwrap().contains("loss"));
    }
}

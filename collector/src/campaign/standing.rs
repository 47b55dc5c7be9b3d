//! What a stay wants its hosts to be, and what they are.
//!
//! Hosts are made into what is measured in layers: the tuning, then the system, then the profile's impairment. The
//! system comes up on the tuned hosts and the bare network, so whatever happens to a layer takes everything above it
//! along. There is one way to the wanted state from wherever the hosts are, and no other one.

use crate::plan::PlannedRun;
use meshbench_schemas::words::Slug;

/// What hosts are made into, from the bottom up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Settings of the hosts.
    Tuning,
    /// The system that is measured.
    System,
    /// The impairment of the network.
    Profile,
}

impl Layer {
    /// All of them, from the bottom up.
    pub const ALL: [Self; 3] = [Self::Tuning, Self::System, Self::Profile];

    /// How many layers are below this one.
    const fn depth(self) -> usize {
        match self {
            Self::Tuning => 0,
            Self::System => 1,
            Self::Profile => 2,
        }
    }
}

/// What a run wants of each layer, from the bottom up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted([Slug; 3]);

impl Wanted {
    /// What a run is measured in.
    pub fn of(run: &PlannedRun) -> Self {
        Self([run.tuning.clone(), run.system.clone(), run.profile.clone()])
    }
}

/// What is in force on all hosts: a stack, so that nothing can stand on what is not there. Empty where it is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing(Vec<Slug>);

impl Standing {
    /// The lowest layer that is not as it is wanted; it is to be made anew. `None` where everything is in force.
    pub fn next(&self, wanted: &Wanted) -> Option<Layer> {
        let agreed = self.0.iter().zip(&wanted.0).take_while(|(is, wanted)| is == wanted).count();
        Layer::ALL.get(agreed).copied()
    }

    /// This layer was made as it is wanted. What stood above it went when it was made.
    pub fn made(&mut self, layer: Layer, wanted: &Wanted) {
        self.shaken(layer);
        // A layer on top of one that is not there says nothing.
        if self.0.len() == layer.depth() {
            self.0.extend(wanted.0.get(layer.depth()).cloned());
        }
    }

    /// This layer is gone or in doubt, and everything above it with it.
    pub fn shaken(&mut self, layer: Layer) {
        self.0.truncate(layer.depth());
    }
}

#[cfg(test)]
mod tests {
    use super::super::retry;
    use super::*;
    use meshbench_schemas::outcome::Reason;
    use proptest::prelude::*;

    fn wanted(words: [&str; 3]) -> Wanted {
        Wanted(words.map(Slug::of))
    }

    /// Makes everything that is still to be made, and says in which order.
    fn settle(standing: &mut Standing, wanted: &Wanted) -> Vec<Layer> {
        let mut made = Vec::new();
        while let Some(layer) = standing.next(wanted) {
            standing.made(layer, wanted);
            made.push(layer);
            assert!(made.len() <= 3, "it does not come to an end: {made:?}");
        }
        assert_eq!(standing.0, wanted.0, "everything is in force");
        made
    }

    #[test]
    fn a_first_start_makes_everything_from_the_bottom_up_and_another_profile_only_itself() {
        let mut standing = Standing::default();
        assert_eq!(settle(&mut standing, &wanted(["default", "tinc", "baseline"])), Layer::ALL);
        assert_eq!(settle(&mut standing, &wanted(["default", "tinc", "baseline"])), []);
        assert_eq!(settle(&mut standing, &wanted(["default", "tinc", "medium"])), [Layer::Profile]);
        assert_eq!(settle(&mut standing, &wanted(["default", "nebula", "medium"])), [Layer::System, Layer::Profile]);
        assert_eq!(settle(&mut standing, &wanted(["reordering", "nebula", "medium"])), Layer::ALL);
    }

    /// What is made again before the attempt after one that ended with each reason.
    #[test]
    fn every_reason_makes_again_what_it_leaves_in_doubt() {
        use Layer::{Profile, System};
        let at_medium = wanted(["default", "tinc", "medium"]);
        for reason in Reason::ALL.iter().copied().map(Some).chain([None]) {
            let mut standing = Standing::default();
            settle(&mut standing, &at_medium);
            if let Some(layer) = retry::shakes(reason) {
                standing.shaken(layer);
            }
            let again = settle(&mut standing, &at_medium);
            let expected: &[Layer] = match reason {
                Some(
                    Reason::DaemonEnded
                    | Reason::Unreachable
                    | Reason::WentAround
                    | Reason::Relayed
                    | Reason::SystemNotReady,
                ) => &[System, Profile],
                Some(Reason::ImpairmentNotInForce) => &[Profile],
                Some(Reason::TuningNotInForce | Reason::HostUnreachable | Reason::Interrupted) => &Layer::ALL,
                _ => &[],
            };
            assert_eq!(again, expected, "{reason:?}");
        }
    }

    proptest! {
        /// Whatever is shaken in whatever order, an attempt is only made with its profile put on last.
        #[test]
        fn whatever_happens_the_profile_is_made_after_what_it_stands_on(
            events in prop::collection::vec((0_usize..3, prop::bool::ANY, 0_usize..3), 1..40)
        ) {
            let profiles = ["baseline", "medium", "high"];
            let mut standing = Standing::default();
            for (layer, shaken, profile) in events {
                let before = standing.clone();
                if shaken {
                    standing.shaken(Layer::ALL[layer]);
                }
                let made = settle(&mut standing, &wanted(["default", "tinc", profiles[profile]]));
                prop_assert!(made.is_sorted(), "{:?}", made);
                let below = made.iter().any(|layer| *layer < Layer::Profile);
                prop_assert!(!below || made.last() == Some(&Layer::Profile), "{:?} after {:?}", made, before);
            }
        }
    }
}

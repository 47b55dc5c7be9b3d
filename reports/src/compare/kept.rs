//! What each system keeps of its own baseline under an impairment, for a figure.

use super::Comparison;
use super::seen::Seen;
use crate::order;
use meshbench_schemas::words::Contrasted;
use std::collections::{BTreeMap, BTreeSet};

/// Shares kept, by profile, and by system and tuning.
#[derive(Debug, Default)]
pub struct Shares<'a> {
    /// Impaired profiles, in order.
    pub profiles: Vec<&'a str>,
    /// Systems and tunings, unsorted.
    pub places: BTreeSet<(&'a str, &'a str)>,
    /// The contrasts.
    pub of: BTreeMap<(&'a str, &'a str, &'a str), Seen<'a>>,
    /// The profile of which shares are kept.
    pub reference: &'a str,
}

/// The shares of a comparison that are ratios; `None` where no ratio has a value. Differences have no common axis with
/// them and are in the table.
pub fn shares<'a>(comparison: &Comparison<'a>) -> Option<Shares<'a>> {
    let mut shares = Shares { reference: "baseline", ..Shares::default() };
    let mut profiles: BTreeSet<&str> = BTreeSet::new();
    for row in comparison.contrasts.iter().filter(|row| row.kind == Contrasted::Response) {
        let turned = row.reference.as_deref() == Some(&*row.left_side);
        let seen = if turned { Seen::from_right(row) } else { Seen::from_left(row) };
        let (Some(system), tuning) = (row.system.as_deref(), row.tuning.as_deref().unwrap_or_default()) else {
            continue;
        };
        profiles.insert(seen.side());
        shares.places.insert((system, tuning));
        shares.of.insert((system, tuning, seen.side()), seen);
        shares.reference = row.reference.as_deref().unwrap_or(shares.reference);
    }
    shares.profiles = profiles.into_iter().collect();
    shares.profiles.sort_by_key(|name| order::profile(name));
    shares.of.values().any(|seen| seen.is_ratio() && seen.value().is_some()).then_some(shares)
}

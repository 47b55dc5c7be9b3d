//! Critical-difference diagrams: places of systems on an axis, and bars that join what the tests do not separate.

use super::{Body, Figure};
use crate::compare::{Comparison, Names, by_ranking, joined_by, place, undecidable};
use crate::words;
use meshbench_schemas::finding::Code;
use meshbench_schemas::stage::Rank;
use std::collections::{BTreeMap, BTreeSet};

/// One diagram.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// What is ranked where.
    pub title: String,
    /// The systems, best first.
    pub places: Vec<Placed>,
    /// What is joined: indices into `places`, ascending, two at least; one a letter.
    pub joined: Vec<Vec<usize>>,
}

/// A system on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Its name.
    pub label: String,
    /// Its place, and the places that the tests leave open.
    pub said: String,
    /// Where it stands.
    pub at: f64,
}

/// The fewest systems that make a diagram.
const FEWEST: usize = 3;

/// One figure a tuning, with a diagram a profile; no figure where fewer than three systems have a place anywhere.
pub fn describe(comparison: &Comparison<'_>, names: &Names<'_>) -> Vec<Figure> {
    let mut tunings: BTreeMap<&str, Vec<(&str, Vec<&Rank>)>> = BTreeMap::new();
    for ((profile, tuning), ranks) in by_ranking(comparison, names) {
        let placed = ranks.iter().filter(|rank| rank.rank.is_some_and(f64::is_finite)).count();
        if placed >= FEWEST {
            tunings.entry(tuning).or_default().push((profile, ranks));
        }
    }
    let many = tunings.len() > 1;
    tunings.into_iter().map(|(tuning, rankings)| figure(comparison, names, tuning, many, &rankings)).collect()
}

fn figure(
    comparison: &Comparison<'_>,
    names: &Names<'_>,
    tuning: &str,
    many: bool,
    rankings: &[(&str, Vec<&Rank>)],
) -> Figure {
    let mut title = format!("{}, places", comparison.title());
    let mut name = format!("{}-ranks", comparison.name());
    if many {
        title.push_str(&format!(", {tuning}"));
        name.push_str(&format!("-{}", meshbench_schemas::words::Slug::of(tuning)));
    }
    let all = || rankings.iter().flat_map(|(_, ranks)| ranks.iter().copied());
    let mut notes = Vec::new();
    let mut levels: Vec<f64> = all().map(|rank| rank.confidence).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    for level in levels {
        notes.push(words::sentence(&format!(
            "place of each system's estimate, 1 is best; brackets: places that the tests leave open. A bar joins the systems with a dot \
             on it: {}",
            joined_by(level, names)
        )));
    }
    let mut open: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut findings: BTreeMap<(&str, Code), BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (profile, ranks) in rankings {
        let without = ranks.iter().filter(|rank| !rank.rank.is_some_and(f64::is_finite));
        let without: Vec<&str> = without.map(|rank| names.system(&rank.system)).collect();
        if !without.is_empty() {
            notes.push(format!("{profile}: no place for {}; the table of places says why.", without.join(", ")));
        }
        let sentence = undecidable(comparison.among(profile, tuning));
        if !sentence.is_empty() {
            open.entry(sentence).or_default().push(profile);
        }
        for rank in ranks {
            for code in rank.findings.iter() {
                findings.entry((code.as_str(), code)).or_default().insert((profile, &rank.system));
            }
        }
    }
    notes.extend(open.into_iter().map(|(sentence, profiles)| format!("{}: {sentence}.", profiles.join(", "))));
    for ((_, code), cells) in findings {
        notes.push(format!("{} ({}).", names.finding(code), words::many(cells.len() as u64, "cell")));
    }
    let rankings: Vec<Ranking> = rankings.iter().map(|(profile, ranks)| ranking(profile, ranks, names)).collect();
    let alternative = format!("{title}. {}", rankings.iter().map(in_words).collect::<Vec<_>>().join(" "));
    Figure { name, series: comparison.name(), title, body: Body::Rankings(rankings), notes, alternative }
}

fn ranking(profile: &str, ranks: &[&Rank], names: &Names<'_>) -> Ranking {
    let placed: Vec<(&Rank, f64)> =
        ranks.iter().filter_map(|rank| Some((*rank, rank.rank.filter(|at| at.is_finite())?))).collect();
    let mut members: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, (rank, _)) in placed.iter().enumerate() {
        for letter in letters(&rank.letters) {
            members.entry(letter).or_default().push(at);
        }
    }
    let mut joined: Vec<Vec<usize>> = members.into_values().filter(|members| members.len() > 1).collect();
    joined.sort();
    joined.dedup();
    let places = placed.iter().map(|(rank, at)| Placed {
        label: names.system(&rank.system).to_owned(),
        said: match (rank.rank_low, rank.rank_high) {
            (Some(low), Some(high)) => format!("{} [{low}, {high}]", place(*at)),
            _ => place(*at),
        },
        at: *at,
    });
    let places: Vec<Placed> = places.collect();
    let blocks = ranks.first().map_or(0, |rank| rank.blocks);
    let title =
        format!("{profile}: {}, {}", words::many(places.len() as u64, "system"), words::many(blocks.into(), "block"));
    Ranking { title, places, joined }
}

/// The letters of a column: one a character, or separated by commas where there are more than the alphabet has.
fn letters(column: &str) -> BTreeSet<String> {
    if column.contains(',') {
        column.split(',').map(str::trim).filter(|letter| !letter.is_empty()).map(str::to_owned).collect()
    } else {
        column.chars().filter(|c| !c.is_whitespace()).map(String::from).collect()
    }
}

fn in_words(ranking: &Ranking) -> String {
    let places: Vec<String> = ranking.places.iter().map(|placed| format!("{} {}", placed.label, placed.said)).collect();
    let label = |at: &usize| ranking.places.get(*at).map_or("", |placed| placed.label.as_str());
    let joined = ranking.joined.iter().map(|members| members.iter().map(label).collect::<Vec<_>>().join(", "));
    let joined: Vec<String> = joined.collect();
    let joined = if joined.is_empty() { "none".to_owned() } else { joined.join("; ") };
    format!("{}: {}; not separated: {joined}.", ranking.title, places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Comparisons;
    use crate::fixture;

    fn rankings(blocks: u32) -> Vec<Figure> {
        let made = fixture::campaign(blocks, &["wireguard", "tailscale", "vpncloud", "nebula"]).compared(blocks);
        let input = made.input();
        let comparisons = Comparisons::new(&input).unwrap();
        let names = &comparisons.names;
        comparisons.all.iter().flat_map(|comparison| describe(comparison, names)).collect()
    }

    /// Two systems are on one bar exactly when they share a letter, whatever stands between them.
    #[test]
    fn bars_are_the_letters() {
        let made = fixture::campaign(6, &["wireguard", "tailscale", "vpncloud", "nebula"]).compared(6);
        let mut ranks = made.stages.ranks.clone();
        ranks.retain(|rank| &*rank.metric == "loss" && &*rank.profile == "low");
        ranks.sort_by(|a, b| a.rank.unwrap().total_cmp(&b.rank.unwrap()));
        for (rank, letters) in ranks.iter_mut().zip(["a", "bc", "ac", "b", ""]) {
            letters.clone_into(&mut rank.letters);
        }
        let input = made.input();
        let names = Names::new(&input);
        let found = ranking("low", &ranks.iter().collect::<Vec<_>>(), &names);
        assert_eq!(found.joined, [vec![0, 2], vec![1, 2], vec![1, 3]]);
    }

    /// With one block nothing is separated: one bar, and the caption says what that is worth.
    #[test]
    fn where_nothing_can_be_told_the_caption_says_so() {
        let said = |figure: &Figure| figure.notes.iter().any(|note| note.contains("says nothing"));
        for figure in rankings(1) {
            let Body::Rankings(rankings) = &figure.body else { panic!() };
            assert!(rankings.iter().all(|ranking| ranking.joined.len() == 1), "{}", figure.name);
            assert!(said(&figure), "{:?}", figure.notes);
        }
        assert!(!rankings(6).is_empty() && !rankings(6).iter().any(said));
    }

    #[test]
    fn fewer_than_three_places_make_no_diagram() {
        let made = fixture::campaign(6, &["wireguard"]).compared(6);
        let input = made.input();
        let comparisons = Comparisons::new(&input).unwrap();
        assert!(!comparisons.all.is_empty());
        assert!(comparisons.all.iter().all(|comparison| describe(comparison, &comparisons.names).is_empty()));
    }

    #[test]
    fn letters_with_and_without_commas() {
        let set = |text: &str| letters(text).into_iter().collect::<Vec<_>>();
        assert_eq!(set("ab"), ["a", "b"]);
        assert_eq!(set("a,z,aa"), ["a", "aa", "z"]);
        assert!(set(" ").is_empty());
    }
}

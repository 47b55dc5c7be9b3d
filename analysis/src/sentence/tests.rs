//! Every sentence about a contrast, rendered over made results: what it asserts is checked against the numbers beside it.

use super::*;
use crate::comparisons::compare;
use crate::comparisons::contrasts::{Grids, grids};
use crate::estimates::campaign::Campaign;
use crate::estimates::estimate;
use crate::explain;
use crate::made::campaign::{RING, ended, run, value};
use crate::made::grammar::wrong;
use crate::options::{Adjustment, Margin, Options, Replicate};
use crate::stats::Confidence;
use meshbench_schemas::catalogue::Better;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::IntervalEnd;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// How far systems are apart, and how often their values are the same.
#[derive(Debug, Clone, Copy)]
struct Shape {
    systems: usize,
    blocks: u32,
    links: usize,
    /// Ratio of one system to the next.
    step: f64,
    noise: f64,
    /// In so many blocks all systems have the same value.
    tied: u32,
    /// From this block on the last system lacks its values, or is stopped at the limit.
    lost_from: u32,
}

const NAMES: [&str; 5] = ["aa", "bb", "cc", "dd", "ee"];

/// A number between −1 and 1 that looks random and is always the same.
fn jitter(seed: u64) -> f64 {
    // The finaliser of SplitMix64.
    let mut mixed = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn made(shape: Shape) -> (Vec<Run>, Vec<RunValue>) {
    let (mut runs, mut values) = (Vec::new(), Vec::new());
    for (at, system) in NAMES.into_iter().take(shape.systems).enumerate() {
        for (profile, kept) in [("baseline", 1.0), ("medium", 0.3)] {
            for block in 0..shape.blocks {
                for (number, link) in RING.into_iter().take(shape.links).enumerate() {
                    let seed =
                        (u64::from(block) * 64 + number as u64) * 64 + at as u64 * 8 + u64::from(profile == "medium");
                    let own = if block < shape.tied {
                        1.0
                    } else {
                        shape.step.powi(at as i32) * (shape.noise * jitter(seed)).exp()
                    };
                    let lost = at + 1 == shape.systems && block >= shape.lost_from;
                    for (workload, metric, level) in [
                        (Workload::Tcp, "throughput", 1e8),
                        (Workload::Ping, "loss", 0.02),
                        (Workload::Download, "download_time", 40.0),
                    ] {
                        let first = run(system, workload, link, block);
                        let mut first = Run { run_id: format!("{}-{profile}", first.run_id).into(), ..first };
                        first.profile = profile.into();
                        let direction = (workload == Workload::Tcp).then_some(Direction::Forward);
                        match (lost, workload) {
                            (true, Workload::Download) => {
                                let stopped = ended(first, Outcome::Censored, Reason::TimeLimit);
                                runs.push(Run { censored_at_s: Some(60.0), limit_s: Some(60.0), ..stopped });
                            }
                            (true, _) => runs.push(ended(first, Outcome::Failed, Reason::HandshakeLost)),
                            (false, _) => {
                                values.push(value(&first, metric, direction, level * own * kept));
                                runs.push(first);
                            }
                        }
                    }
                }
            }
        }
    }
    (runs, values)
}

/// Small and large designs, clear and unclear data, ties, holes and limits.
fn shapes() -> Vec<Shape> {
    let plain = Shape { systems: 3, blocks: 8, links: 3, step: 1.5, noise: 0.05, tied: 0, lost_from: 99 };
    let mut all = Vec::new();
    for blocks in [1, 2, 3, 5, 6, 7, 9, 12] {
        for step in [1.0, 1.01, 1.5] {
            all.push(Shape { blocks, step, ..plain });
            all.push(Shape { blocks, step, systems: 2, ..plain });
        }
        all.push(Shape { blocks, links: 1, systems: 5, ..plain });
        all.push(Shape { blocks, lost_from: blocks / 2, noise: 0.3, ..plain });
        all.push(Shape { blocks, lost_from: 0, ..plain });
        all.push(Shape { blocks, tied: blocks.saturating_sub(3), ..plain });
        all.push(Shape { blocks, tied: blocks, ..plain });
    }
    // Too many to count out: signs, and ways to deal runs.
    all.push(Shape { blocks: 33, links: 1, systems: 2, step: 1.01, noise: 0.1, ..plain });
    all.push(Shape { blocks: 12, links: 3, systems: 2, step: 1.01, noise: 0.3, lost_from: 6, ..plain });
    all.push(Shape { blocks: 40, links: 1, systems: 2, step: 1.01, noise: 0.3, lost_from: 20, ..plain });
    // Of five systems one pair has fewer blocks than the others.
    all.push(Shape { blocks: 9, systems: 5, lost_from: 6, step: 1.02, noise: 0.05, ..plain });
    all
}

fn policies() -> Vec<Options> {
    let few = Options { resampling: crate::stats::Resampling { seed: 1, resamples: 200 }, ..Options::default() };
    vec![
        few,
        Options { adjustment: Adjustment::BenjaminiHochberg, ..few },
        Options { replicate: Replicate::LinkInBlock, ..few },
        Options { margin: Margin::new(0.4).unwrap(), confidence: Confidence::new(0.9).unwrap(), ..few },
    ]
}

/// A row with the texts about it and what they were made with.
struct Told<'t> {
    row: &'t Contrast,
    options: &'t Options,
    text: String,
}

/// What a sentence asserts: found by its words, and true of the row or not.
struct Rule {
    words: &'static str,
    holds: fn(&Told<'_>, &[&str]) -> bool,
}

fn whole(text: &str) -> u32 {
    text.parse().unwrap()
}

fn is_better(end: Better, a: f64, b: f64) -> bool {
    if end == Better::Higher { a > b } else { a < b }
}

/// A p as it is printed, against what it stands for.
fn is_p(printed: &str, value: Option<f64>) -> bool {
    value.is_some_and(|value| p(value) == printed)
}

fn level(told: &Told<'_>) -> f64 {
    told.options.alpha()
}

/// The smallest p of a paired design, from first principles.
fn floor(row: &Contrast) -> f64 {
    2f64.powi(1 - row.pairs as i32).min(1.0)
}

/// Both ends of the interval of the family, named as sentences name them.
fn end_of(row: &Contrast, side: &str) -> (Option<IntervalEnd>, Option<f64>) {
    match side {
        "lower" => (row.simultaneous_low_end, row.simultaneous_low),
        _ => (row.simultaneous_high_end, row.simultaneous_high),
    }
}

fn nothing(row: &Contrast) -> f64 {
    if row.effect.as_str() == "ratio" { 1.0 } else { 0.0 }
}

const RULES: &[Rule] = &[
    Rule {
        words: r"its (lower|upper) end was further, and is cut at no difference, which does not belong to it",
        holds: |told, said| {
            let row = told.row;
            let side = if said[1] == "lower" { row.value > Some(nothing(row)) } else { row.value < Some(nothing(row)) };
            end_of(row, said[1]) == (Some(IntervalEnd::Cut), Some(nothing(row)))
                && side
                && row.p_adjusted.unwrap() <= level(told)
        },
    },
    Rule {
        words: r"its (lower|upper) end was nearer, and is moved to no difference, which belongs to it",
        holds: |told, said| {
            end_of(told.row, said[1]) == (Some(IntervalEnd::Stretched), Some(nothing(told.row)))
                && told.row.p_adjusted.unwrap() > level(told)
        },
    },
    Rule {
        words: r"it has no (lower|upper) end, which so few values do not give",
        holds: |told, said| end_of(told.row, said[1]) == (Some(IntervalEnd::Open), None),
    },
    Rule {
        words: r": better \((p [=<] \d+\.\d+) adjusted over (\d+) tests?\)",
        holds: |told, said| {
            let row = told.row;
            let good = catalogue::metric(&row.metric).unwrap().better;
            let nothing = if row.effect.as_str() == "ratio" { 1.0 } else { 0.0 };
            let right = row.value.is_none_or(|value| is_better(good, value, nothing));
            row.answer == Answer::Better
                && right
                && row.p_adjusted.unwrap() <= level(told)
                && is_p(said[1], row.p_adjusted)
                && whole(said[2]) == row.family_size
        },
    },
    Rule {
        words: r": worse \((p [=<] \d+\.\d+) adjusted over (\d+) tests?\)",
        holds: |told, said| {
            let row = told.row;
            let good = catalogue::metric(&row.metric).unwrap().better;
            let nothing = if row.effect.as_str() == "ratio" { 1.0 } else { 0.0 };
            let right = row.value.is_none_or(|value| is_better(good, nothing, value));
            row.answer == Answer::Worse
                && right
                && row.p_adjusted.unwrap() <= level(told)
                && is_p(said[1], row.p_adjusted)
        },
    },
    Rule {
        words: r": equivalent within [0-9.]+ .*?\((p [=<] \d+\.\d+) adjusted over (\d+) tests?\)",
        holds: |told, said| told.row.p_equivalence.unwrap() <= level(told) && is_p(said[1], told.row.p_equivalence),
    },
    Rule {
        words: r": not resolved \((p [=<] \d+\.\d+) adjusted over (\d+) tests?",
        holds: |told, said| {
            let row = told.row;
            row.p_adjusted.unwrap() > level(told)
                && row.p_equivalence.is_none_or(|p| p > level(told))
                && row.smallest_p_adjusted.is_none_or(|p| p <= level(told))
                && is_p(said[1], row.p_adjusted)
        },
    },
    Rule {
        words: r"before, (p [=<] \d+\.\d+) was already the smallest that this design can give|This contrast reached it",
        holds: |told, _| {
            let row = told.row;
            // Not resolved although no data could be clearer: then it is the adjustment that keeps it open.
            let alone = row.p.unwrap() <= level(told) || row.family_size > 1;
            let own =
                row.test.as_str() != "sign-flip" || row.p_error.is_some() || row.p.unwrap() <= floor(row) * 1.000_001;
            row.answer == Answer::NotResolved && alone && own
        },
    },
    Rule {
        words: r"this design cannot show a difference: the smallest adjusted p it could give is (p [=<] \d+\.\d+), above ([0-9.]+)",
        holds: |told, said| {
            let row = told.row;
            let smallest = row.smallest_p_adjusted.unwrap();
            smallest > level(told) && is_p(said[1], Some(smallest)) && (said[2].parse::<f64>().unwrap() - level(told)).abs() < 1e-9
                // Holm multiplies by no more than the family.
                && (row.test.as_str() != "sign-flip" || floor(row) * f64::from(row.family_size) * 1.000_001 >= level(told))
        },
    },
    Rule {
        words: r"above [0-9.]+; (\d+) blocks? could",
        holds: |told, said| {
            let row = told.row;
            let blocks = whole(said[1]);
            let by_link = row.covers.as_str() == "blocks" && told.options.replicate == Replicate::LinkInBlock;
            let a_block = if by_link { row.links } else { 1 };
            let tests = told.options.adjustment.multiplier(row.family_size as usize) as f64;
            // So many blocks are enough, and one fewer is not.
            let p = |blocks: u32| 2f64.powi(1 - (blocks * a_block) as i32).min(1.0) * tests;
            Some(blocks) == row.blocks_needed && p(blocks) <= level(told) && p(blocks - 1) > level(told)
        },
    },
    Rule {
        words: r"(\d+) blocks? (?:is|are) the least that could show a difference",
        holds: |told, said| Some(whole(said[1])) == told.row.blocks_needed && whole(said[1]) > 0,
    },
    Rule {
        words: r"(\d+) blocks? would show a difference as large as the margin with a power of about 80 %",
        holds: |told, said| {
            let blocks = whole(said[1]);
            Some(blocks) == told.row.blocks_for_margin && told.row.blocks_needed.is_some_and(|least| least <= blocks)
        },
    },
    Rule {
        words: r"of all sign changes the share",
        holds: |told, _| told.row.p_error.is_none() && told.row.test.as_str() == "sign-flip",
    },
    Rule {
        words: r"of (\d+) sign changes drawn at random the share",
        holds: |told, said| {
            told.row.p_error.is_some()
                && told.row.pairs > 30
                && said[1] == told.options.resampling.resamples.to_string()
        },
    },
    Rule {
        words: r"the share of all ways to deal (?:them|the runs of each link) out to the two sides .*counted exactly",
        holds: |told, _| told.row.p_error.is_none() && told.row.test.as_str().ends_with("log-rank"),
    },
    Rule {
        words: r"the share of (\d+) ways to deal (?:them|the runs of each link) out to the two sides drawn at random .*Monte Carlo error",
        holds: |told, said| {
            told.row.p_error.is_some()
                && told.row.test.as_str().ends_with("log-rank")
                && said[1] == told.options.resampling.resamples.to_string()
        },
    },
    Rule { words: r"the effect is the ratio of Kaplan-Meier medians", holds: |told, _| told.row.value.is_some() },
    Rule {
        words: r"there is no effect, because there are not two Kaplan-Meier medians",
        holds: |told, _| told.row.value.is_none(),
    },
    Rule { words: r"There is one block, so each link", holds: |told, _| told.row.blocks_expected <= 1 },
    Rule {
        words: r"One block alone has values of both sides",
        holds: |told, _| told.row.blocks == 1 && told.row.blocks_expected > 1,
    },
    Rule {
        words: r"That makes (\d+) differences?, from (\d+)(?: of (\d+))? blocks? and (\d+)(?: of (\d+))? links?\.",
        holds: |told, said| {
            let row = told.row;
            let all = |text: &str, part: u32| if text.is_empty() { part } else { whole(text) };
            let (blocks, links) = (whole(said[2]), whole(said[4]));
            (whole(said[1]), blocks, links) == (row.pairs, row.blocks, row.links)
                && all(said[3], blocks) == row.blocks_expected.max(row.blocks)
                && all(said[5], links) == row.links_expected.max(row.links)
                && [row.blocks, row.links, row.blocks * row.links].contains(&row.pairs)
        },
    },
    Rule {
        words: r"the median of the (\d+) means of two differences.* ([0-9.]+) % of confidence for ([0-9.]+) % asked",
        holds: |told, said| {
            let n = told.row.pairs;
            let reached: f64 = said[2].parse().unwrap();
            whole(said[1]) == n * (n + 1) / 2 && reached + 1e-9 >= said[3].parse::<f64>().unwrap()
        },
    },
    Rule {
        words: r"With (\d+) differences? no signed-rank interval has ([0-9.]+) %",
        // The widest interval of signed ranks leaves out 2/2ⁿ.
        holds: |told, said| floor(told.row) * 100.0 > 100.0 - said[2].parse::<f64>().unwrap() - 1e-9,
    },
    Rule {
        words: r"(\d+) of (\d+) differences? (?:is|are) 0, which flipping does not change: with the others the smallest is (p [=<] \d+\.\d+)",
        holds: |told, said| {
            let (zeros, all) = (whole(said[1]), whole(said[2]));
            let others = 2f64.powi(1 - (all - zeros) as i32).min(1.0);
            all == told.row.pairs && is_p(said[3], Some(others)) && told.row.p.unwrap() >= others * 0.999_999
        },
    },
    Rule {
        words: r"The smallest that this design could give is (p [=<] \d+\.\d+), and (p [=<] \d+\.\d+) adjusted",
        holds: |told, said| {
            let row = told.row;
            is_p(said[1], row.smallest_p)
                && is_p(said[2], row.smallest_p_adjusted)
                && row.smallest_p.unwrap() <= row.p.unwrap() * 1.000_001
                && (row.test.as_str() != "sign-flip" || is_p(said[1], Some(floor(row))))
        },
    },
    Rule {
        words: r#"The family is "[^"]+" with (\d+) tests?; adjusted by [^:]+: (p [=<] \d+\.\d+)\."#,
        holds: |told, said| whole(said[1]) == told.row.family_size && is_p(said[2], told.row.p_adjusted),
    },
    Rule {
        words: r"over (\d+) blocks?\)",
        holds: |told, said| whole(said[1]) == told.row.blocks && told.row.covers.as_str() == "blocks",
    },
    Rule {
        words: r"over (\d+) links? of one block",
        holds: |told, said| whole(said[1]) == told.row.pairs && told.row.blocks == 1,
    },
    Rule {
        words: r"(?:has|keeps|comes to) the larger [a-z ]+ in a share of ([0-9.]+) \[([0-9.]+), ([0-9.]+)\] of the differences \(Cliff's delta ([+−-][0-9.]+)\)",
        holds: |_, said| {
            let [share, low, high] = [said[1], said[2], said[3]].map(|text| text.parse::<f64>().unwrap());
            let delta: f64 = said[4].replace('−', "-").parse().unwrap();
            low <= share && share <= high && (delta - (2.0 * share - 1.0)).abs() <= 0.015
        },
    },
    Rule {
        words: r"There is no test: ([^.]+)",
        holds: |told, said| told.row.p.is_none() && !said[1].trim().is_empty(),
    },
];

/// A contrast says nothing in one sentence that it takes back in another.
fn contradictions(told: &Told<'_>) -> Option<&'static str> {
    let row = told.row;
    if row.blocks_for_margin < row.blocks_needed && row.blocks_for_margin.is_some() {
        return Some("fewer blocks would show the margin than could show anything");
    }
    if row.answer == Answer::CannotTell
        && row.blocks_needed.is_some_and(|needed| needed <= row.blocks)
        && row.test.as_str() == "sign-flip"
    {
        // Holm may leave less to a pair that has fewer blocks than others of its family.
        return (floor(row) * f64::from(row.family_size) <= told.options.alpha())
            .then_some("the blocks that could are there, and cannot");
    }
    None
}

/// The numbers of a row, in whatever unit.
fn numbers(told: &Told<'_>, tied: Option<explain::contrast::Tied>) -> BTreeSet<u64> {
    let row = told.row;
    let counts = [
        row.pairs,
        row.blocks,
        row.blocks_expected,
        row.links,
        row.links_expected,
        row.family_size,
        row.blocks_needed.unwrap_or_default(),
        row.blocks_for_margin.unwrap_or_default(),
        row.pairs * (row.pairs + 1) / 2,
    ];
    let mut all: BTreeSet<u64> = counts.into_iter().map(u64::from).collect();
    all.extend([0, 1, 80, told.options.resampling.resamples, tied.map_or(0, |tied| tied.zeros as u64)]);
    all.extend(
        [row.confidence, row.achieved_confidence.unwrap_or_default(), row.margin]
            .map(|share| (share * 100.0).round() as u64),
    );
    all
}

#[test]
fn what_sentences_assert_is_so() {
    let count = Regex::new(r"(?:^|[ (\[])(\d+) (?:of (\d+) )?(?:blocks?|links?|runs?|attempts?|tests?|differences?|means|sign changes|ways)\b").unwrap();
    let rules: Vec<(Regex, &Rule)> = RULES.iter().map(|rule| (Regex::new(rule.words).unwrap(), rule)).collect();
    let mut hits = vec![0usize; rules.len()];
    let mut answers: BTreeMap<Answer, usize> = BTreeMap::new();
    for shape in shapes() {
        let (runs, values) = made(shape);
        for options in &policies() {
            let estimates = estimate(&runs, &values, options);
            let found = compare(&runs, &values, &[], &estimates, options);
            let campaign = Campaign::new(&runs, &values, &[]);
            for row in &found.contrasts {
                *answers.entry(row.answer).or_default() += 1;
                let column = campaign.columns().iter().find(|column| {
                    (column.workload, column.metric.id, column.direction) == (row.workload, &*row.metric, row.direction)
                });
                let of_column: Grids<'_> = grids(&campaign, column.unwrap());
                let tied = explain::contrast::tied(&of_column, column.unwrap(), row, options);
                let mut texts = vec![contrast(row)];
                texts.extend(explain::contrast::steps(row, tied, options));
                let told = Told { row, options, text: texts.join("\n") };
                assert_eq!(contradictions(&told), None, "{shape:?}: {}\n{row:?}", told.text);
                for text in &texts {
                    assert_eq!(wrong(text), None, "{shape:?}\n{row:?}");
                    let known = numbers(&told, tied);
                    for hit in count.captures_iter(text) {
                        let said = hit.iter().skip(1).flatten().map(|part| part.as_str().parse::<u64>().unwrap());
                        assert!(said.clone().all(|number| known.contains(&number)), "{shape:?}: {text}\n{row:?}");
                    }
                }
                for ((words, rule), hits) in rules.iter().zip(&mut hits) {
                    for captured in words.captures_iter(&told.text) {
                        let said: Vec<&str> =
                            captured.iter().map(|part| part.map_or("", |part| part.as_str())).collect();
                        assert!((rule.holds)(&told, &said), "not so: {}\n{shape:?}: {}\n{row:?}", said[0], told.text);
                        *hits += 1;
                    }
                }
            }
        }
    }
    // Each rule has met its sentence, and each answer was given, or nothing was checked.
    let unmet: Vec<&str> =
        RULES.iter().zip(&hits).filter(|(_, hits)| **hits == 0).map(|(rule, _)| rule.words).collect();
    assert!(unmet.is_empty(), "never said: {unmet:#?}");
    for answer in
        [Answer::Better, Answer::Worse, Answer::Equivalent, Answer::NotResolved, Answer::CannotTell, Answer::NoData]
    {
        assert!(answers.contains_key(&answer), "never answered: {answer}");
    }
}

const CLAIMS: &str = r#"
[[claim]]
id = "a"
says = "aa beats bb"
source = "made"
[claim.comparison]
metric = "throughput"
workload = "tcp"
left = { system = "aa" }
right = { system = "bb" }
relation = "better"

[[claim]]
id = "b"
says = "bb beats aa"
source = "made"
[claim.comparison]
metric = "throughput"
workload = "tcp"
left = { system = "bb" }
right = { system = "aa" }
relation = "better"

[[claim]]
id = "c"
says = "aa and bb are alike"
source = "made"
[claim.comparison]
metric = "throughput"
workload = "tcp"
left = { system = "aa" }
right = { system = "bb" }
relation = "equivalent"

[[claim]]
id = "d"
says = "aa is first"
source = "made"
[claim.rank]
metric = "throughput"
workload = "tcp"
system = "aa"

[[claim]]
id = "e"
says = "loss goes with throughput"
source = "made"
[claim.association]
x = { metric = "loss", workload = "ping" }
y = { metric = "throughput", workload = "tcp" }
relation = "tracks"
unit = "blocks"
"#;

/// A verdict is one of these data, with a p on its side of alpha; what it says of cells adds up.
#[test]
fn verdicts_are_of_these_data() {
    use crate::claims::{Evidence, judge, parse};
    use meshbench_schemas::words::Judgement;
    let claims = parse("made", CLAIMS).unwrap();
    let counts = Regex::new(r"asserted of (?:all|any) (\d+) cells: (.*?)(?: \(|$)").unwrap();
    let part = Regex::new(r"(\d+) (?:supported|refuted|not resolved|not testable)").unwrap();
    let mut seen: BTreeMap<Judgement, usize> = BTreeMap::new();
    for shape in shapes() {
        let (runs, values) = made(shape);
        for options in &policies() {
            let estimates = estimate(&runs, &values, options);
            let comparisons = compare(&runs, &values, &[], &estimates, options);
            let evidence = Evidence {
                runs: &runs,
                values: &values,
                spreads: &[],
                estimates: &estimates,
                comparisons: &comparisons,
            };
            for row in judge(&claims, evidence, options) {
                *seen.entry(row.verdict).or_default() += 1;
                assert_eq!(wrong(&row.sentence), None, "{shape:?}");
                let word = match row.verdict {
                    Judgement::Supported => "is supported by these data",
                    Judgement::Refuted => "is refuted by these data",
                    Judgement::NotResolved => "is not resolved by these data",
                    Judgement::NotTestable => "cannot be tested with these data",
                };
                assert!(row.cell > 0 || row.sentence.contains(word), "{}", row.sentence);
                let (support, refute) = (row.p_support_adjusted, row.p_refute_adjusted);
                match row.verdict {
                    _ if row.cell == 0 => {}
                    Judgement::Supported => assert!(support.unwrap() <= options.alpha(), "{}", row.sentence),
                    Judgement::Refuted => assert!(refute.unwrap() <= options.alpha(), "{}", row.sentence),
                    _ => assert!([support, refute].iter().flatten().all(|p| *p > options.alpha()), "{}", row.sentence),
                }
                if let Some(found) = counts.captures(&row.sentence) {
                    let sum: u32 = part.captures_iter(&found[2]).map(|part| whole(&part[1])).sum();
                    assert_eq!(whole(&found[1]), sum, "{}", row.sentence);
                }
            }
        }
    }
    assert_eq!(seen.len(), 4, "each verdict was met: {seen:?}");
}

/// The steps of estimates, and a plan.
#[test]
fn steps_and_plans_count_right() {
    use crate::estimates::row_of;
    use crate::plan::{Question, plan};
    use crate::run_values::Reduction;
    use meshbench_terminal::Page;
    let of_blocks = Regex::new(r"(\d+) of (\d+) blocks ha(?:s|ve) a value").unwrap();
    let all_blocks = Regex::new(r"All (\d+) blocks have a value|The one block has a value").unwrap();
    let degrees = Regex::new(r"Student's t at (\d+) degrees? of freedom").unwrap();
    let resolved = Regex::new(r"resolve (\d+) of (\d+) pairs? \((\d+) different, (\d+) equivalent").unwrap();
    let reached = Regex::new(r"bring (\d+) of (\d+) intervals? within").unwrap();
    let mut met = [0usize; 5];
    for shape in shapes() {
        let (runs, values) = made(shape);
        let options =
            Options { resampling: crate::stats::Resampling { seed: 1, resamples: 200 }, ..Options::default() };
        let estimates = estimate(&runs, &values, &options);
        let campaign = Campaign::new(&runs, &values, &[]);
        for column in campaign.columns() {
            for cell in campaign.cells(column.workload) {
                let Some(row) = row_of(&estimates, column, cell.name()) else { continue };
                let text = explain::cell::explain(&campaign, cell, column, row, (&options, Page::PIPE));
                for line in text.lines().filter(|line| line.ends_with('.') || line.starts_with("Attempts")) {
                    assert_eq!(wrong(line), None, "{shape:?}");
                }
                if let Some(said) = of_blocks.captures(&text) {
                    assert_eq!((whole(&said[1]), whole(&said[2])), (row.blocks, row.blocks_expected), "{text}");
                    met[0] += 1;
                }
                if all_blocks.is_match(&text) {
                    assert_eq!(row.blocks, row.blocks_expected, "{text}");
                    met[1] += 1;
                }
                if let Some(said) = degrees.captures(&text) {
                    assert!([row.blocks, row.links].contains(&(whole(&said[1]) + 1)), "{text}");
                    met[2] += 1;
                }
            }
        }
        let reduction = Reduction { values, ..Reduction::default() };
        let question = Question { blocks: vec![2, 6, 9], ..Question::default() };
        for sentence in plan(&runs, &reduction, &question, &options).unwrap().summary {
            assert_eq!(wrong(&sentence), None, "{shape:?}");
            if let Some(said) = resolved.captures(&sentence) {
                let [all, of, different, equivalent] = [1, 2, 3, 4].map(|at| whole(&said[at]));
                assert!(all == different + equivalent && all <= of, "{sentence}");
                met[3] += 1;
            }
            if let Some(said) = reached.captures(&sentence) {
                assert!(whole(&said[1]) <= whole(&said[2]), "{sentence}");
                met[4] += 1;
            }
        }
    }
    assert!(met.iter().all(|met| *met > 0), "{met:?}");
}

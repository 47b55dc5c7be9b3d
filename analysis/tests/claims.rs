//! Verdicts about campaigns made by hand: every relation with every verdict, and claims files that are wrong.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

#[path = "made/campaign.rs"]
mod campaign;

use campaign::{RING, ended, run, value};
use meshbench_analysis::claims::{self, Evidence};
use meshbench_analysis::comparisons;
use meshbench_analysis::estimates::{Options, estimate};
use meshbench_analysis::stats::Resampling;
use meshbench_schemas::catalogue;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::stage::{RunValue, Stages};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Judgement, Workload};
use proptest::prelude::*;

use Judgement::{NotResolved, NotTestable, Refuted, Supported};

/// A campaign to which cells are added.
#[derive(Default)]
struct Made {
    runs: Vec<Run>,
    values: Vec<RunValue>,
}

impl Made {
    /// A cell of `blocks` rings; link l in block b has `number(b, l)`.
    fn cell(
        mut self,
        (system, tuning, profile): (&str, &str, &str),
        (workload, metric): (Workload, &str),
        blocks: u32,
        number: impl Fn(u32, usize) -> f64,
    ) -> Self {
        for block in 0..blocks {
            for (link, ends) in RING.into_iter().enumerate() {
                let first = run(system, workload, ends, block);
                let run_id = format!("{}-{tuning}-{profile}", first.run_id).into();
                let run = Run { run_id, tuning: tuning.into(), profile: profile.into(), ..first };
                self.values.push(value(&run, metric, None, number(block, link)));
                if !self.runs.contains(&run) {
                    self.runs.push(run);
                }
            }
        }
        self
    }

    /// TCP throughput of a system at baseline, in noise that all systems share in a block but for `own`.
    fn tcp(self, system: &str, blocks: u32, level: f64, own: f64) -> Self {
        self.cell((system, "default", "baseline"), (Workload::Tcp, "throughput"), blocks, |block, link| {
            level * (1.0 + 0.1 * f64::from(block % 3) + 0.05 * link as f64) * noise(system, block, own)
        })
    }

    fn judge(&self, text: &str) -> Vec<Verdict> {
        let options = Options { resampling: Resampling { seed: 0, resamples: 500 }, ..Options::default() };
        let estimates = estimate(&self.runs, &self.values, &options);
        // Only places need them.
        let comparisons = if text.contains("claim.rank") {
            comparisons::compare(&self.runs, &self.values, &[], &estimates, &options)
        } else {
            Stages::default()
        };
        let claims = claims::parse("test", text).unwrap();
        let (runs, values) = (self.runs.as_slice(), self.values.as_slice());
        let evidence = Evidence { runs, values, spreads: &[], estimates: &estimates, comparisons: &comparisons };
        claims::judge(&claims, evidence, &options)
    }

    /// The verdict of the claim, which has one cell.
    #[track_caller]
    fn one(&self, text: &str) -> Verdict {
        let rows = self.judge(text);
        assert_eq!(rows.len(), 2, "{rows:#?}");
        assert_eq!(rows[0].verdict, rows[1].verdict);
        rows[1].clone()
    }
}

/// A factor from 1/(1 + own) to 1 + own, of either sign in every few blocks.
fn noise(system: &str, block: u32, own: f64) -> f64 {
    let seed =
        system.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) + block * 2_654_435;
    let first = system.bytes().next().unwrap_or_default();
    let sign = if (block + u32::from(first)).is_multiple_of(2) { 1.0 } else { -1.0 };
    (1.0 + own).powf(sign * (0.5 + 0.5 * f64::from(seed % 97) / 97.0))
}

fn claim(test: &str) -> String {
    format!("[[claim]]\nid = \"c\"\nsays = \"It is so.\"\nsource = \"nowhere\"\n{test}")
}

fn comparison(relation: &str) -> String {
    claim(&format!(
        "[claim.comparison]\nmetric = \"throughput\"\nworkload = \"tcp\"\nleft = {{ system = \"a\" }}\nright = {{ system = \"b\" }}\nrelation = {relation}\n"
    ))
}

fn two(blocks: u32, factor: f64, own: f64) -> Made {
    Made::default().tcp("a", blocks, 1e8 * factor, own).tcp("b", blocks, 1e8, own)
}

#[test]
fn every_relation_of_two_sides_has_every_verdict() {
    let twice = two(8, 2.0, 0.01);
    let half = two(8, 0.5, 0.01);
    let same = two(8, 1.001, 0.001);
    let open = two(8, 1.1, 0.5);
    let few = two(3, 2.0, 0.01);
    let none = Made::default().tcp("a", 8, 1e8, 0.01);
    let factor = "\"at-least\"\nfactor = 1.5";
    let cases = [
        ("\"better\"", [&twice, &half, &open]),
        ("\"worse\"", [&half, &twice, &open]),
        ("\"better\"", [&twice, &same, &open]),
        ("\"worse\"", [&half, &same, &open]),
        ("\"equivalent\"", [&same, &twice, &open]),
        ("\"different\"", [&twice, &same, &open]),
        ("\"not-worse\"", [&same, &half, &open]),
        (factor, [&twice, &half, &open]),
    ];
    for (relation, data) in cases {
        for (made, wanted) in data.into_iter().zip([Supported, Refuted, NotResolved]) {
            let row = made.one(&comparison(relation));
            assert_eq!(row.verdict, wanted, "{relation}: {row:#?}");
            assert_eq!(row.reason.is_none(), matches!(wanted, Supported | Refuted), "{row:#?}");
            assert!(row.sentence.contains("tcp throughput, at baseline"), "{}", row.sentence);
        }
        let row = few.one(&comparison(relation));
        assert_eq!((row.verdict, row.count), (NotTestable, 3), "{relation}");
        assert!(row.sentence.contains("blocks could"), "{}", row.sentence);
        let row = none.one(&comparison(relation));
        assert_eq!((row.verdict, row.value, row.p_support), (NotTestable, None, None));
        assert!(row.sentence.contains("no system `b`"), "{}", row.sentence);
        assert_eq!(twice.one(&comparison(relation)).count_needed, None);
    }
}

#[test]
fn a_certain_difference_within_the_margin_is_no_difference_that_matters() {
    // One percent in every block: sign flips see it (2/2^8), and so does the equivalence test (1/2^8).
    let row = two(8, 1.01, 0.0001).one(&comparison("\"better\""));
    assert_eq!((row.verdict, row.p_support, row.p_refute), (Refuted, Some(2.0 / 256.0), Some(1.0 / 256.0)));
    assert!(row.sentence.contains("equivalent within 3 %"), "{}", row.sentence);
    // With a margin of its own it matters.
    let row = two(8, 1.01, 0.0001).one(&comparison("\"better\"\nmargin = 0.001"));
    assert_eq!(row.verdict, Supported);
    // A difference alone does not refute equivalence: it has to be beyond the margin.
    let row = two(8, 1.02, 0.015).one(&comparison("\"equivalent\""));
    assert_ne!(row.verdict, Refuted, "{row:#?}");
}

#[test]
fn a_lower_value_may_be_the_better_one() {
    let times = |left: f64| {
        let cell = |made: Made, system, level: f64| {
            made.cell((system, "default", "baseline"), (Workload::Download, "download_time"), 8, |block, _| {
                level * noise(system, block, 0.01)
            })
        };
        cell(cell(Made::default(), "a", left), "b", 10.0)
    };
    let text =
        |relation: &str| comparison(relation).replace("throughput", "download_time").replace("\"tcp\"", "\"download\"");
    assert_eq!(times(5.0).one(&text("\"better\"")).verdict, Supported);
    assert_eq!(times(5.0).one(&text("\"at-least\"\nfactor = 1.5")).verdict, Supported);
    assert_eq!(times(8.0).one(&text("\"at-least\"\nfactor = 1.5")).verdict, Refuted);
    assert_eq!(times(20.0).one(&text("\"not-worse\"")).verdict, Refuted);
}

#[test]
fn one_block_has_links_only_and_cannot_tell() {
    let row = two(1, 2.0, 0.01).one(&comparison("\"better\""));
    assert_eq!((row.verdict, row.covers.as_str(), row.count), (NotTestable, "links", 3));
    assert_eq!((row.p_support_adjusted, row.smallest_p), (None, Some(0.25)));
    assert!(row.sentence.contains("how links differ, not how a repetition would"), "{}", row.sentence);
    assert!(row.sentence.contains("6 blocks could"), "{}", row.sentence);
}

#[test]
fn shares_of_attempts_and_stopped_durations_know_one_hypothesis() {
    let mut made = two(10, 1.0, 0.01);
    for run in &mut made.runs {
        if &*run.system == "b" {
            *run = ended(run.clone(), Outcome::Failed, Reason::ToolError);
        }
    }
    let text = |relation: &str| comparison(relation).replace("throughput", "success_rate");
    assert_eq!(made.one(&text("\"better\"")).verdict, Supported);
    assert_eq!(made.one(&text("\"worse\"")).verdict, Refuted);
    assert!(claims::parse("test", &text("\"equivalent\"")).is_err());
}

/// Two tunings, baseline and an impairment, of two systems.
fn responses(a: f64, b: f64) -> Made {
    let cell = |made: Made, system, profile, level: f64| {
        made.cell((system, "default", profile), (Workload::Tcp, "throughput"), 8, |block, _| {
            level * noise(system, block, 0.01)
        })
    };
    let made = cell(cell(Made::default(), "a", "baseline", 1e9), "a", "high", 1e9 * a);
    cell(cell(made, "b", "baseline", 1e8), "b", "high", 1e8 * b)
}

#[test]
fn a_response_is_a_ratio_of_ratios() {
    let text = comparison("\"better\"").replace("comparison", "response");
    assert_eq!(responses(0.8, 0.4).one(&text).verdict, Supported);
    let row = responses(0.4, 0.8).one(&text);
    assert_eq!((row.verdict, row.profile.as_deref()), (Refuted, Some("high")));
    assert!((row.value.unwrap() - 0.5).abs() < 0.01, "{row:#?}");
    let row = two(8, 2.0, 0.01).one(&text);
    assert_eq!(row.verdict, NotTestable);
    assert!(row.sentence.contains("no profile other than baseline"), "{}", row.sentence);
}

#[test]
fn tunings_are_compared_in_every_system() {
    let cell = |made: Made, system, tuning, level: f64| {
        made.cell((system, tuning, "high"), (Workload::Tcp, "throughput"), 8, |block, _| {
            level * noise(system, block, 0.01)
        })
    };
    let made = ["a", "b"].into_iter().fold(Made::default(), |made, system| {
        cell(cell(made, system, "default", 1e8), system, "reorder-tolerant", 2e8)
    });
    let text = comparison("\"better\"")
        .replace("system = \"a\"", "tuning = \"reorder-tolerant\"")
        .replace("system = \"b\"", "tuning = \"default\"");
    let rows = made.judge(&text);
    assert_eq!(rows.iter().map(|row| row.verdict).collect::<Vec<_>>(), [Supported; 3]);
    assert_eq!(rows[1].system.as_deref(), Some("a"));
    // In one of them only: not in all, and in any.
    let made = cell(
        cell(cell(cell(Made::default(), "a", "default", 1e8), "a", "reorder-tolerant", 2e8), "b", "default", 1e8),
        "b",
        "reorder-tolerant",
        5e7,
    );
    assert_eq!(made.judge(&text)[0].verdict, Refuted);
    let any = text.replace("[claim.comparison]", "quantifier = \"any\"\n[claim.comparison]");
    assert_eq!(made.judge(&any)[0].verdict, Supported);
    // A listed system that is not there keeps the whole from being shown.
    let listed = text.replace("[claim.comparison]", "scope = { systems = [\"a\", \"c\"] }\n[claim.comparison]");
    let rows = made.judge(&listed);
    assert_eq!(rows.iter().map(|row| row.verdict).collect::<Vec<_>>(), [NotResolved, NotTestable, Supported]);
}

/// Systems with throughput in one order and download times in another.
fn systems(orders: &[(usize, usize)]) -> Made {
    orders.iter().enumerate().fold(Made::default(), |made, (at, (fast, slow))| {
        let system = format!("s{at:02}");
        let cell = (system.as_str(), "default", "baseline");
        made.cell(cell, (Workload::Tcp, "throughput"), 2, |_, _| 1e8 * (*fast as f64 + 1.0)).cell(
            cell,
            (Workload::Download, "download_time"),
            2,
            |_, _| 1.0 + *slow as f64,
        )
    })
}

fn association(relation: &str) -> String {
    claim(&format!(
        "[claim.association]\nx = {{ metric = \"throughput\", workload = \"tcp\" }}\ny = {{ metric = \"download_time\", workload = \"download\" }}\nunit = \"systems\"\nrelation = \"{relation}\"\n"
    ))
}

#[test]
fn associations_have_every_verdict() {
    let n = 20;
    // Faster TCP with shorter downloads; with longer ones; with neither (τ = 0.01); and in between (τ = 0.37).
    let good = systems(&(0..n).map(|at| (at, n - at)).collect::<Vec<_>>());
    let bad = systems(&(0..n).map(|at| (at, at)).collect::<Vec<_>>());
    let neither = systems(&(0..n).map(|at| (at, (at * 9) % n)).collect::<Vec<_>>());
    let middling = systems(&(0..n).map(|at| (at, n - if at % 3 == 0 { (at + 9) % n } else { at })).collect::<Vec<_>>());
    let few = systems(&(0..4).map(|at| (at, 4 - at)).collect::<Vec<_>>());
    let cases = [
        ("predicts", &good, Supported),
        ("predicts", &bad, Refuted),
        ("predicts", &neither, Refuted),
        ("predicts", &middling, NotResolved),
        ("does-not-predict", &bad, Supported),
        ("does-not-predict", &good, Refuted),
        ("does-not-predict", &middling, NotResolved),
        ("tracks", &good, Supported),
        ("tracks", &bad, Supported),
        ("tracks", &neither, Refuted),
        ("tracks", &middling, NotResolved),
        ("does-not-track", &neither, Supported),
        ("does-not-track", &bad, Refuted),
        ("does-not-track", &middling, NotResolved),
    ];
    for (relation, made, wanted) in cases {
        let row = made.one(&association(relation));
        assert_eq!(row.verdict, wanted, "{relation}: {row:#?}");
        assert_eq!((row.count, row.covers.as_str()), (20, "systems"));
    }
    for relation in ["predicts", "does-not-predict", "tracks", "does-not-track"] {
        let row = few.one(&association(relation));
        assert_eq!((row.verdict, row.count), (NotTestable, 4));
        assert!(row.count_needed.is_some_and(|needed| needed > 4), "{row:#?}");
        assert_eq!(two(8, 2.0, 0.1).one(&association(relation)).verdict, NotTestable);
    }
}

#[test]
fn associations_within_a_system_are_over_its_blocks() {
    let made = |sign: f64| {
        let cell = ("a", "default", "baseline");
        Made::default().cell(cell, (Workload::Tcp, "throughput"), 12, |block, _| 1e8 * (1.0 + f64::from(block))).cell(
            cell,
            (Workload::Tcp, "retransmits"),
            12,
            move |block, link| 100.0 + sign * f64::from(block) + link as f64,
        )
    };
    let text = |unit: &str| {
        association("tracks")
            .replace("\"systems\"", unit)
            .replace("download_time", "retransmits")
            .replace("\"download\"", "\"tcp\"")
    };
    let row = made(-1.0).one(&text("\"blocks\""));
    assert_eq!((row.verdict, row.count, row.value), (Supported, 12, Some(-1.0)), "{row:#?}");
    let row = made(1.0).one(&text("\"runs\""));
    assert_eq!((row.count, row.system.as_deref(), &*row.warnings.to_string()), (36, Some("a"), "link-in-block"));
}

#[test]
fn places_have_every_verdict() {
    let made = |levels: [f64; 4], blocks: u32, own: f64| {
        ["a", "b", "c", "d"]
            .iter()
            .zip(levels)
            .fold(Made::default(), |made, (system, level)| made.tcp(system, blocks, level, own))
    };
    let text = |first: &str| {
        claim(&format!("[claim.rank]\nmetric = \"throughput\"\nworkload = \"tcp\"\nsystem = \"a\"\n{first}"))
    };
    let apart = made([8e8, 4e8, 2e8, 1e8], 12, 0.01);
    let row = apart.one(&text(""));
    assert_eq!((row.verdict, row.value, row.low, row.high), (Supported, Some(1.0), Some(1.0), Some(1.0)), "{row:#?}");
    assert_eq!(made([1e8, 4e8, 2e8, 8e8], 12, 0.01).one(&text("")).verdict, Refuted);
    assert_eq!(made([4e8, 8e8, 2e8, 1e8], 12, 0.01).one(&text("first = 2")).verdict, Supported);
    assert_eq!(made([2e8, 8e8, 4e8, 1e8], 12, 0.01).one(&text("first = 2")).verdict, Refuted);
    assert_eq!(made([2e8, 2e8, 2e8, 1e8], 12, 0.3).one(&text("")).verdict, NotResolved);
    assert_eq!(made([8e8, 4e8, 2e8, 1e8], 4, 0.01).one(&text("")).verdict, NotTestable);
    assert!(apart.one(&text("first = 4")).sentence.contains("says nothing"));
    assert_eq!(apart.one(&text("").replace("\"a\"", "\"z\"")).verdict, NotTestable);
}

#[test]
fn more_claims_ask_for_smaller_p() {
    let made = two(6, 2.0, 0.01).tcp("c", 6, 1.5e8, 0.3);
    let alone = made.one(&comparison("\"better\""));
    assert_eq!((alone.verdict, alone.family_size), (Supported, 1));
    let other = comparison("\"better\"")
        .replace("id = \"c\"", "id = \"d\"")
        .replace("{ system = \"a\" }", "{ system = \"c\" }");
    let rows = made.judge(&format!("{}{other}", comparison("\"better\"")));
    // 2/2^6 twice is above 0.05.
    assert_eq!((rows[1].verdict, rows[1].family_size), (NotTestable, 2), "{:#?}", rows[1]);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let good = comparison("\"better\"");
    let cases: &[(&str, &str, usize, &[&str])] = &[
        ("", "", 1, &["[[claim]]"]),
        ("says =", "say =", 3, &["unknown field `say`", "says"]),
        ("\"throughput\"", "\"troughput\"", 6, &["no metric", "did you mean throughput"]),
        ("\"throughput\"", "\"rtt\"", 6, &["rtt_p50"]),
        ("\"throughput\"", "\"video_lost\"", 7, &["tcp has no metric", "video"]),
        ("\"tcp\"", "\"tpc\"", 7, &["tpc", "tcp-parallel"]),
        ("\"better\"", "\"faster\"", 10, &["faster", "at-least"]),
        ("\"better\"", "\"at-least\"", 10, &["factor"]),
        ("\"better\"", "\"better\"\nfactor = 2", 11, &["at-least"]),
        ("\"better\"", "\"at-least\"\nfactor = nan", 11, &["above 1"]),
        ("\"better\"", "\"better\"\nmargin = -1.0", 11, &["margin"]),
        ("{ system = \"b\" }", "{ system = \"a\" }", 8, &["both sides are the same"]),
        ("{ system = \"b\" }", "{ sytem = \"a\" }", 9, &["unknown field `sytem`"]),
        ("{ system = \"b\" }", "{ system = \"B c\" }", 9, &["no valid name"]),
        ("[claim.comparison]", "[claim.scope]\nsystems = [\"a\"]\n[claim.comparison]", 6, &["a side names its system"]),
        ("[claim.comparison]", "[claim.scope]\nprofiles = []\n[claim.comparison]", 6, &["no profiles at all"]),
        ("[claim.comparison]", "[claim.scope]\nprofiles = \"bad\"\n[claim.comparison]", 6, &["no scope"]),
        ("[claim.comparison]", "[claim.scope]\nprofiles = 3\n[claim.comparison]", 6, &["impaired"]),
        ("[claim.comparison]", "[claim.response]\n[claim.comparison]", 5, &["missing field"]),
        ("id = \"c\"", "id = \"../c\"", 2, &["no valid name"]),
        ("says = \"It is so.\"", "says = \" \"", 3, &["`says` is empty"]),
        ("relation", "relation = \"worse\"\nrelation", 11, &["duplicate key"]),
        ("[[claim]]", "[[claim", 1, &["]"]),
    ];
    for (from, to, line, words) in cases {
        let text = if from.is_empty() { String::new() } else { good.replacen(from, to, 1) };
        let message = claims::parse("my.toml", &text).unwrap_err().to_string();
        assert!(message.starts_with(&format!("my.toml, line {line}, column ")), "{from} → {to}: {message}");
        assert!(words.iter().all(|word| message.contains(word)), "{from} → {to}: {message}");
    }
    let bad: &[(String, &str)] = &[
        (claim(""), "nothing that could be tested"),
        (format!("{good}{good}"), "id of an earlier claim"),
        (good.replace("throughput", "offered"), "no good end"),
        (good.replace("throughput", "retransmits").replace("\"better\"", "\"at-least\"\nfactor = 2.0"), "may be zero"),
        (
            good.replace("comparison", "response").replace("system = \"a\"", "system = \"a\", profile = \"high\""),
            "scope",
        ),
        (association("predicts").replace("unit", "threshold = 1.5\nunit"), "above 0 and below 1"),
        (association("predicts").replace("throughput", "offered"), "good end"),
        (claim("[claim.rank]\nmetric = \"throughput\"\nworkload = \"tcp\"\nsystem = \"internal\"\n"), "no competitor"),
        (claim("[claim.rank]\nmetric = \"throughput\"\nworkload = \"tcp\"\nsystem = \"a\"\nfirst = 0\n"), "at least 1"),
    ];
    for (text, word) in bad {
        let message = claims::parse("my.toml", text).unwrap_err().to_string();
        assert!(message.contains(word) && message.contains(", line "), "{word}: {message}");
    }
}

#[test]
fn words_of_claims_are_found_in_any_case_and_others_are_refused_with_what_is_near() {
    let good = comparison("\"not-worse\"");
    let titled = catalogue::metric("throughput").unwrap().title;
    let written = good
        .replace("\"not-worse\"", "\"Not_Worse\"")
        .replace("\"tcp\"", "\"TCP\"")
        .replace("\"throughput\"", &format!("\"{}\"", titled.to_uppercase()))
        .replace(
            "[claim.comparison]",
            "QUANTIFIER = \"Any\"\n[claim.scope]\nprofiles = \"Impaired\"\n[claim.Comparison]",
        );
    let plain = good.replace(
        "[claim.comparison]",
        "quantifier = \"any\"\n[claim.scope]\nprofiles = \"impaired\"\n[claim.comparison]",
    );
    assert_eq!(claims::parse("x", &written).unwrap(), claims::parse("x", &plain).unwrap());
    let linked = association("does-not-predict");
    let loud = linked.replace("does-not-predict", "Does Not Predict");
    assert_eq!(claims::parse("x", &loud).unwrap(), claims::parse("x", &linked).unwrap());
    for (text, near) in [
        (good.replace("\"tcp\"", "\"tpc\""), "tcp"),
        (good.replace("not-worse", "not-wrose"), "not-worse"),
        (good.replace("[claim.comparison]", "quantifier = \"al\"\n[claim.comparison]"), "all"),
        (good.replace("[claim.comparison]", "[claim.comparsion]"), "comparison"),
        (good.replace("[claim.comparison]", "[claim.scope]\nprofiles = \"impared\"\n[claim.comparison]"), "impaired"),
        (good.replace("[claim.comparison]", "[claim.scope]\ntunings = \"al\"\n[claim.comparison]"), "all"),
        (linked.replace("does-not-predict", "predict"), "predicts"),
    ] {
        let message = claims::parse("x", &text).unwrap_err().to_string();
        assert!(message.contains("did you mean ") && message.contains(near), "{text}: {message}");
    }
}

#[test]
fn built_in_claims_are_read() {
    for (name, text) in claims::EMBEDDED {
        let claims = claims::parse(name, text).unwrap();
        assert!(claims.len() >= 5);
        assert!(claims.iter().all(|claim| !claim.source.is_empty()));
        // A dataset that has nothing of it gets an answer, too.
        let rows = two(2, 1.0, 0.1).judge(text);
        assert!(rows.iter().all(|row| row.verdict == NotTestable && row.reason.is_some()), "{rows:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn turning_a_claim_around_keeps_its_verdict(
        factor in prop::sample::select(vec![0.5, 0.97, 0.99, 1.0, 1.02, 1.2, 3.0]),
        own in prop::sample::select(vec![0.0005, 0.01, 0.1, 0.5]),
        blocks in 1u32..10,
    ) {
        let made = two(blocks, factor, own);
        let around = |text: &str| text
            .replace("left = { system = \"a\" }", "left = { system = \"b\" }")
            .replace("right = { system = \"b\" }", "right = { system = \"a\" }");
        for (relation, other) in [("better", "worse"), ("worse", "better"), ("equivalent", "equivalent"), ("different", "different")] {
            let text = comparison(&format!("\"{relation}\""));
            let turned = around(&comparison(&format!("\"{other}\"")));
            let (row, back) = (made.one(&text), made.one(&turned));
            prop_assert_eq!(row.verdict, back.verdict, "{}: {:#?} {:#?}", relation, row, back);
            prop_assert_eq!((row.p_support, row.p_refute), (back.p_support, back.p_refute));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\[\\[?claim(\\.[a-z]{2,10})?\\]\\]?\n|[a-z]{1,8} = (\"[a-zäö/]{0,6}\"|[0-9.]{1,5}|\\{ [a-z]{1,7} = \"x\" \\})\n){0,12}") {
        if let Err(error) = claims::parse("x", &text) {
            prop_assert!(error.to_string().starts_with("x, line "), "{}", error);
        }
    }
}

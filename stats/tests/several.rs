//! Methods for more than two groups against SciPy, statsmodels, scikit-posthocs and R: `golden/several.py` and
//! `golden/several.R` wrote the values.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

#[path = "golden/read.rs"]
mod read;

use meshbench_stats::kaplan_meier::Duration;
use meshbench_stats::proportions::{self, Share};
use meshbench_stats::{
    Blocks, Computed, Confidence, Groups, Incomplete, PValue, Resampling, Values, adjust, correlation, dunn, durbin,
    friedman, games_howell, kruskal_wallis, letters, log_rank, nemenyi, skillings_mack, studentized_range, welch_anova,
};
use read::{close, golden, list, number, numbers, same_interval, same_option};
use serde_json::Value;

const DRAWS: Resampling = Resampling { seed: 11, resamples: 4000 };

fn name(case: &Value) -> &str {
    case["name"].as_str().unwrap()
}

/// Exact where it was asked for an exact one, else within four of its own standard errors.
#[track_caller]
fn agrees(found: Option<PValue>, wanted: &Value, what: &str) {
    let Some(wanted) = number(wanted) else { return };
    let found = found.unwrap();
    match found.monte_carlo_error() {
        None => close(found.value, wanted, 0.0, what),
        Some(error) => assert!((found.value - wanted).abs() <= 4.0 * error + 1e-3, "{what}: {found:?}, {wanted}"),
    }
}

/// Statistic, degrees above and below, p.
#[track_caller]
fn same_f(found: Option<(f64, (f64, f64), PValue)>, wanted: &Value, what: &str) {
    match (found, wanted.as_array()) {
        (Some((f, degrees, p)), Some(_)) => {
            let wanted = numbers(wanted);
            close(f, wanted[0], 0.0, &format!("{what}, F"));
            close(degrees.0, wanted[1], 0.0, &format!("{what}, degrees above"));
            close(degrees.1, wanted[2], 0.0, &format!("{what}, degrees below"));
            close(p.value, wanted[3], 0.0, &format!("{what}, p of F"));
        }
        (None, None) => {}
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn complete_blocks() {
    let theirs = golden("several_r");
    for (case, r) in list(&golden("several_scipy")["blocks"]).iter().zip(list(&theirs["blocks"])) {
        let what = name(case);
        assert_eq!(what, name(r));
        let blocks = Blocks::new(&list(&case["rows"]).iter().map(numbers).collect::<Vec<_>>()).unwrap();
        for (found, wanted) in friedman::average_ranks(&blocks).iter().zip(numbers(&case["average_ranks"])) {
            close(*found, wanted, 0.0, what);
        }
        for (found, wanted) in nemenyi::nemenyi(&blocks).unwrap().iter().zip(numbers(&case["nemenyi"])) {
            // SciPy's studentized range is only this good.
            assert!((found.p.value - wanted).abs() < 1e-8, "{what}: {found:?}, {wanted}");
        }
        let critical = nemenyi::critical_difference(&blocks, Confidence::P95).unwrap();
        assert!((critical / number(&case["critical_difference"]).unwrap() - 1.0).abs() < 1e-7, "{what}");
        let exact = friedman::permutation(&blocks, DRAWS);
        let Some(found) = friedman::friedman(&blocks) else {
            assert!(case["friedman"].is_null() && exact.is_none(), "{what}");
            continue;
        };
        let wanted = &case["friedman"];
        for (chi_square, p) in [(&wanted["chi_square"], &wanted["p"]), (&r["chi_square"], &r["p"])] {
            if let (Some(chi_square), Some(p)) = (number(chi_square), number(p)) {
                close(found.chi_square, chi_square, 0.0, what);
                close(found.p.value, p, 0.0, what);
            }
        }
        close(found.concordance, number(&wanted["concordance"]).unwrap(), 0.0, what);
        same_f(found.f.map(|f| (f.f, f.degrees, f.p)), &wanted["f"], what);
        if !case["exact"].is_null() {
            assert_eq!(exact.unwrap().computed, Computed::Exact, "{what}");
        }
        agrees(exact, &case["exact"], what);
    }
}

#[test]
fn incomplete_blocks() {
    for case in list(&golden("several_scipy")["incomplete"]) {
        let what = name(case);
        let rows = list(&case["rows"]).iter().map(|row| list(row).iter().map(number).collect()).collect();
        let table = Incomplete::new(rows).unwrap();
        let found = skillings_mack::skillings_mack(&table);
        let drawn = skillings_mack::permutation(&table, DRAWS);
        match (found, case["skillings_mack"].as_array()) {
            (Some(found), Some(_)) => {
                let wanted = numbers(&case["skillings_mack"]);
                close(found.chi_square, wanted[0], 0.0, what);
                assert_eq!(found.degrees as f64, wanted[1], "{what}");
                close(found.p.value, wanted[2], 0.0, what);
                for (sum, wanted) in found.sums.iter().zip(numbers(&case["sums"])) {
                    close(*sum, wanted, 1e-3, what);
                }
                agrees(drawn, &case["exact"], what);
            }
            (None, None) => assert!(drawn.is_none()),
            other => panic!("{what}: {other:?}"),
        }
        let found = durbin::durbin(&table);
        same_option(found.map(|test| test.chi_square), &case["durbin"]["chi_square"], 0.0, what);
        same_option(found.map(|test| test.p.value), &case["durbin"]["p"], 0.0, what);
        same_f(found.and_then(|test| test.f).map(|f| (f.f, f.degrees, f.p)), &case["durbin"]["f"], what);
    }
}

#[test]
fn independent_groups() {
    let theirs = golden("several_r");
    for (case, r) in list(&golden("several_scipy")["groups"]).iter().zip(list(&theirs["groups"])) {
        let what = name(case);
        assert_eq!(what, name(r));
        let samples: Vec<Vec<f64>> = list(&case["groups"]).iter().map(numbers).collect();
        let groups = Groups::new(&samples).unwrap();
        let (found, pairs) = (kruskal_wallis::kruskal_wallis(&groups), dunn::dunn(&groups));
        assert_eq!((found.is_none(), pairs.is_none()), (case["kruskal"].is_null(), case["dunn"].is_null()), "{what}");
        if let (Some(found), Some(pairs)) = (found, pairs) {
            let (wanted, r_says) = (numbers(&case["kruskal"]), numbers(&r["kruskal"]));
            for (chi_square, p) in [(wanted[0], wanted[2]), (r_says[0], r_says[1])] {
                close(found.chi_square, chi_square, 0.0, what);
                close(found.p.value, p, 0.0, what);
            }
            for ((found, wanted), r_says) in pairs.iter().zip(numbers(&case["dunn"])).zip(list(&r["dunn"])) {
                close(found.p.value, wanted, 0.0, what);
                let r_says = numbers(r_says);
                close(found.z, r_says[0], 1e-3, what);
                close(found.p.value, r_says[1], 0.0, what);
            }
        }
        agrees(kruskal_wallis::permutation(&groups, DRAWS), &case["exact"], what);
        let welch = welch_anova::welch_anova(&groups).map(|test| (test.f, test.degrees, test.p));
        same_f(welch, &case["welch"], what);
        if !r["welch"].is_null() {
            same_f(welch, &r["welch"], what);
        }
        let pairs = games_howell::games_howell(&groups, Confidence::P95);
        assert_eq!(pairs.len(), list(&case["games_howell"]).len());
        for (at, (found, wanted)) in pairs.iter().zip(list(&case["games_howell"])).enumerate() {
            let Some(found) = found else {
                assert!(wanted.is_null(), "{what}");
                continue;
            };
            let wanted = numbers(wanted);
            // Difference, degrees, studentized difference, p.
            close(found.difference, wanted[0], 0.0, what);
            close(found.degrees, wanted[1], 0.0, what);
            close(found.p.value, wanted[3], 0.0, what);
            let interval = found.interval.unwrap();
            let quantile = studentized_range::quantile(Confidence::P95, groups.count(), found.degrees).unwrap();
            close(
                interval.high - found.difference,
                quantile * (wanted[0] / wanted[2]).abs(),
                found.difference.abs(),
                what,
            );
            if let Some(r) = r["games_howell"].as_array() {
                // R's quantile is solved to 1e-4 only, and rstatix rounds p to three decimals.
                let r = numbers(&r[at]);
                let size = (r[2] - r[1]).abs();
                assert!(
                    (interval.low - r[1]).abs() < 1e-4 * size && (interval.high - r[2]).abs() < 1e-4 * size,
                    "{what}"
                );
                assert!((found.p.value - r[3]).abs() <= 5.001e-4, "{what}: {found:?} {}", r[3]);
            }
        }
    }
}

#[test]
fn studentized_ranges() {
    let (scipy, r) = (golden("several_scipy"), golden("several_r"));
    for (case, r) in list(&scipy["studentized_range"]).iter().zip(list(&r["studentized_range"])) {
        let [q, groups, degrees, wanted] = [0, 1, 2, 3].map(|at| number(&case[at]).unwrap());
        let found = studentized_range::sf(q, groups as usize, degrees).unwrap();
        let what = format!("q {q}, {groups} groups, {degrees} degrees");
        assert!((found - wanted).abs() <= 1e-11 * wanted.max(1e-290), "{what}: {found:e}, {wanted:e}");
        // As far as these two go: R's ptukey is coarse at few degrees of freedom, and takes many for infinitely many.
        let coarse = if degrees < 20.0 { 1e-3 } else { 2e-6 };
        for (theirs, error) in [(number(&case[4]), 1e-9), (number(r), coarse)] {
            if let Some(theirs) = theirs {
                assert!((found - theirs).abs() < error, "{what}: {found:e}, theirs {theirs:e}");
            }
        }
    }
    for (case, r) in
        list(&scipy["studentized_quantiles"]).iter().zip(list(&golden("several_r")["studentized_quantiles"]))
    {
        let [confidence, groups, degrees, scipy] = numbers(case)[..] else { panic!() };
        let found =
            studentized_range::quantile(Confidence::new(confidence).unwrap(), groups as usize, degrees).unwrap();
        let what = format!("{confidence}, {groups} groups, {degrees} degrees");
        assert!((found / scipy - 1.0).abs() < 1e-7, "{what}: {found}, SciPy {scipy}");
        assert!((found / number(r).unwrap() - 1.0).abs() < 1e-4, "{what}: {found}, R {r}");
    }
}

#[test]
fn families() {
    let theirs = golden("several_r");
    for (case, r) in list(&golden("several_scipy")["families"]).iter().zip(list(&theirs["families"])) {
        let p: Vec<_> = numbers(&case["p"]).into_iter().map(PValue::of_distribution).collect();
        for (method, found) in [("holm", adjust::holm(&p)), ("bh", adjust::benjamini_hochberg(&p))] {
            for wanted in [numbers(&case[method]), numbers(&r[method])] {
                assert_eq!(found.len(), wanted.len());
                for (found, wanted) in found.iter().zip(wanted) {
                    close(found.unwrap(), wanted, 0.0, method);
                }
            }
        }
    }
}

#[test]
fn two_shares() {
    let theirs = golden("several_r");
    for (case, r) in list(&golden("several_scipy")["proportions"]).iter().zip(list(&theirs["proportions"])) {
        let [a, m, b, n] = [0, 1, 2, 3].map(|at| case["counts"][at].as_u64().unwrap());
        let (first, second) = (Share::new(a, m).unwrap(), Share::new(b, n).unwrap());
        let what = format!("{a} of {m}, {b} of {n}");
        let p = proportions::fisher_exact(first, second).unwrap();
        close(p.value, number(&case["fisher"]).unwrap(), 0.0, &what);
        close(p.value, number(r).unwrap(), 0.0, &what);
        assert!(p.smallest.unwrap() <= p.value);
        let difference = proportions::difference(first, second, Confidence::P95).unwrap();
        close(difference.value, number(&case["difference"]).unwrap(), 1e-3, &what);
        same_interval(Some(difference.interval), &case["newcombe"], 1e-3, &what);
    }
}

#[test]
fn correlations() {
    let theirs = golden("several_r");
    for (case, r) in list(&golden("several_scipy")["correlations"]).iter().zip(list(&theirs["correlations"])) {
        let what = name(case);
        assert_eq!(what, name(r));
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let Some(paired) = correlation::Paired::new(Values::new(&x).unwrap(), Values::new(&y).unwrap()) else {
            assert!(case["spearman"].is_null(), "{what}");
            continue;
        };
        for (method, found) in [
            ("spearman", paired.spearman(Confidence::P95, DRAWS).unwrap()),
            ("kendall", paired.kendall(Confidence::P95, DRAWS).unwrap()),
        ] {
            let what = format!("{what}, {method}");
            let wanted = &case[method];
            close(found.value, number(&wanted["value"]).unwrap(), 0.0, &what);
            same_interval(found.interval, &wanted["interval"], 1e-3, &what);
            let expected = match found.p.computed {
                Computed::Exact => &wanted["exact"],
                // The limit is near enough at 20 pairs for what 4000 draws can tell.
                Computed::MonteCarlo { .. } | Computed::Distribution => &wanted["limit"],
            };
            assert!(!expected.is_null(), "{what}");
            agrees(Some(found.p), expected, &what);
            if let Some(r_says) = r[method].as_array() {
                close(found.value, number(&r_says[0]).unwrap(), 0.0, &what);
                if found.p.computed == Computed::Exact && r["exact"].as_bool() == Some(true) {
                    close(found.p.value, number(&r_says[1]).unwrap(), 0.0, &what);
                }
            }
        }
    }
}

#[test]
fn durations() {
    let theirs = golden("several_r");
    for (case, r) in list(&golden("several_scipy")["durations"]).iter().zip(list(&theirs["durations"])) {
        let one = |d: &Value| Duration { time: number(&d[0]).unwrap(), ended: d[1].as_bool().unwrap() };
        let groups: Vec<Vec<Duration>> = list(case).iter().map(|group| list(group).iter().map(one).collect()).collect();
        for (weights, r) in [log_rank::Weights::LogRank, log_rank::Weights::PetoPeto].into_iter().zip(list(r)) {
            let found = log_rank::log_rank(&groups, weights).unwrap();
            let what = format!("{weights:?}, {} groups", groups.len());
            close(found.chi_square, number(&r["chi_square"]).unwrap(), 0.0, &what);
            close(found.p.value, number(&r["p"]).unwrap(), 0.0, &what);
            for (found, wanted) in [(found.observed, &r["observed"]), (found.expected, &r["expected"])] {
                for (found, wanted) in found.iter().zip(numbers(wanted)) {
                    close(*found, wanted, 0.0, &what);
                }
            }
        }
    }
}

#[test]
fn letter_displays() {
    for case in list(&golden("several_r")["graphs"]) {
        let items = case["items"].as_u64().unwrap() as usize;
        let place = |pair: &Value, at: usize| pair[at].as_u64().or_else(|| pair[at][0].as_u64()).unwrap() as usize;
        let separated: Vec<(usize, usize)> =
            list(&case["separated"]).iter().map(|pair| (place(pair, 0), place(pair, 1))).collect();
        let shown = letters::Letters::new(items, &separated);
        // Columns as sets: which letter each has is a matter of taste.
        let theirs: Vec<&str> = list(&case["letters"]).iter().map(|own| own.as_str().unwrap()).collect();
        let mut columns: Vec<Vec<usize>> = ('a'..='z')
            .map(|letter| (0..items).filter(|&item| theirs[item].contains(letter)).collect())
            .filter(|column: &Vec<usize>| !column.is_empty())
            .collect();
        columns.sort();
        assert!(shown.columns().len() <= columns.len(), "{shown:?}, multcompView {columns:?}");
    }
}

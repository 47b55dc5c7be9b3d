//! `analyze merge`: several campaigns as blocks of one, end to end.

use meshbench_tests::campaign;
use meshbench_tests::here;
use meshbench_tests::program::{Ended, project, run_in, succeed_in};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
    found
}

/// A second campaign of the same kind: every rate a little different, measured some days later.
fn another(campaign: &Path, other: &Path, shift: impl Fn(&str) -> String + Copy) {
    for (name, bytes) in files(campaign) {
        let to = other.join(&name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        match String::from_utf8(bytes) {
            Ok(text) => fs::write(to, shift(&text)).unwrap(),
            Err(bytes) => fs::write(to, bytes.into_bytes()).unwrap(),
        }
    }
}

/// Rates up by 2 %, on the day after.
fn later(text: &str) -> String {
    let mut value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) => return text.to_owned(),
    };
    shift(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

fn shift(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                match (key.as_str(), field.as_f64()) {
                    ("bits_per_second", Some(rate)) => *field = Value::from(rate * 1.02),
                    ("average" | "mean" | "p50", Some(value)) => *field = Value::from(value * 1.01),
                    ("bytes", Some(bytes)) => *field = Value::from((bytes * 1.02).round() as u64),
                    ("timesecs", Some(seconds)) => *field = Value::from(seconds as u64 + 86_400),
                    ("timemillisecs", Some(milliseconds)) => *field = Value::from(milliseconds as u64 + 86_400_000),
                    _ => shift(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shift),
        _ => {}
    }
}

/// Two campaigns, imported as `one` and `two`.
fn two() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("first"));
    another(&path.join("first"), &path.join("second"), later);
    for (tree, dataset) in [("first", "one"), ("second", "two")] {
        succeed_in(path, "collect", &[&"import", &"vpn-bench", &tree, &"-o", &dataset]);
    }
    folder
}

fn json(ended: &Ended) -> Vec<Value> {
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn two_campaigns_are_two_blocks() {
    let folder = two();
    let path = folder.path();
    let merged = succeed_in(path, "analyze", &[&"merge", &"one", &"two", &"-o", &"both"]);
    assert!(merged.stdout.contains("Each campaign is one block"), "{}", merged.stdout);
    let verified = succeed_in(path, "analyze", &[&"verify", &"both"]);
    assert!(verified.stdout.contains("nothing wrong"), "{}", verified.stdout);
    // In another order the same bytes.
    succeed_in(path, "analyze", &[&"merge", &"two", &"one", &"-o", &"again"]);
    assert_eq!(files(&path.join("both")), files(&path.join("again")));
    // What the harness did in each is kept, and whose it was.
    let steps = "SELECT campaign, count(*) AS steps, bool_and(starts_with(origin, campaign || '/')) AS whose \
                 FROM phases GROUP BY campaign";
    let steps = json(&succeed_in(path, "analyze", &[&"query", &"both", &steps, &"--format", &"json"]));
    assert!(steps.len() == 2 && steps.iter().all(|row| row["steps"] == 24 && row["whose"] == true), "{steps:?}");
    let manifest: Value = serde_json::from_slice(&fs::read(path.join("both/datapackage.json")).unwrap()).unwrap();
    assert_eq!(manifest["meshbench"]["format"]["minor"], 2);
    // A note of a campaign is of it alone: here a repetition is what intervals cover.
    let notes: Vec<&str> =
        manifest["meshbench"]["notes"].as_array().unwrap().iter().filter_map(|note| note.as_str()).collect();
    let own: Vec<&&str> = notes.iter().filter(|note| note.contains("One run a link and cell")).collect();
    assert!(own.len() == 1 && own[0].starts_with("Of each campaign before it was merged: "), "{notes:?}");
    assert!(notes[1].starts_with("Each campaign is one block: intervals over blocks say `campaigns`"), "{notes:?}");
    let kept: Vec<&str> =
        manifest["resources"].as_array().unwrap().iter().filter_map(|resource| resource["path"].as_str()).collect();
    assert_eq!(
        kept.iter().filter(|path| path.starts_with("campaigns/") && path.ends_with("datapackage.json")).count(),
        2
    );

    let of = |dataset: &str| {
        let arguments: [&dyn AsRef<std::ffi::OsStr>; 10] = [
            &"summary",
            &dataset,
            &"--format",
            &"json",
            &"--system",
            &"internal",
            &"--workload",
            &"tcp",
            &"--metric",
            &"throughput",
        ];
        let rows = json(&succeed_in(path, "analyze", &arguments));
        rows.into_iter().find(|row| row["profile"] == "baseline" && row["direction"] == "forward").unwrap()
    };
    let (one, two, both) = (of("one"), of("two"), of("both"));
    assert_eq!((&one["covers"], &both["covers"], &both["blocks"]), (&"links".into(), &"campaigns".into(), &2.into()));
    let value = |row: &Value, key: &str| row[key].as_f64().unwrap();
    // The geometric mean of both campaigns, and beside it the arithmetic one.
    let wanted = (value(&one, "value") * value(&two, "value")).sqrt();
    assert!((value(&both, "value") / wanted - 1.0).abs() < 1e-12, "{both}");
    let mean = (value(&one, "mean") + value(&two, "mean")) / 2.0;
    assert!(
        (value(&both, "mean") / mean - 1.0).abs() < 1e-12 && value(&both, "mean") > value(&both, "value"),
        "{both}"
    );
    assert!(value(&both, "mean_low") < mean && mean < value(&both, "mean_high"));
}

#[test]
fn each_link_of_each_campaign_is_a_difference_where_that_is_asked_for() {
    let folder = two();
    let path = folder.path();
    succeed_in(path, "analyze", &[&"merge", &"one", &"two", &"-o", &"both"]);
    let told = |dataset: &str, replicate: &str| {
        let arguments: [&dyn AsRef<std::ffi::OsStr>; 9] = [
            &"explain",
            &dataset,
            &"Internal",
            &"Tinc",
            &"baseline",
            &"tcp",
            &"throughput",
            &"--replicate",
            &replicate,
        ];
        let lower: Vec<String> = arguments.iter().map(|word| word.as_ref().to_string_lossy().to_lowercase()).collect();
        let words: Vec<&dyn AsRef<std::ffi::OsStr>> = lower.iter().map(|word| word as _).collect();
        run_in(path, "analyze", &words)
    };
    let explained = told("both", "link-in-block");
    assert_eq!(explained.code, 0, "{}{}", explained.stdout, explained.stderr);
    // Six differences: of 64 ways to set their signs two are as far out.
    assert!(explained.stdout.contains("That makes 6 differences, from 2 blocks and 3 links."), "{}", explained.stdout);
}

#[test]
fn campaigns_of_another_kind_are_refused_unless_that_is_said_not_to_matter() {
    let folder = two();
    let path = folder.path();
    let newer = |text: &str| later(text).replace("iperf 3.20", "iperf 3.21");
    another(&path.join("first"), &path.join("third"), newer);
    succeed_in(path, "collect", &[&"import", &"vpn-bench", &"third", &"-o", &"three"]);
    let refused = run_in(path, "analyze", &[&"merge", &"one", &"three", &"-o", &"both"]);
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(
        refused.stderr.contains("tool version of tcp: 3.20") && refused.stderr.contains("--allow \"tool version\"")
    );
    assert!(!path.join("both").exists() && !path.join("both.partial").exists());
    let allowed =
        succeed_in(path, "analyze", &[&"merge", &"one", &"three", &"-o", &"both", &"--allow", &"tool version"]);
    assert!(allowed.stdout.contains("3.21"), "{}", allowed.stdout);
    // The same campaign twice is one campaign.
    let twice = run_in(path, "analyze", &[&"merge", &"one", &"one", &"-o", &"twice"]);
    assert!(twice.code == 2 && twice.stderr.contains("counts once"), "{}", twice.stderr);
}

/// The campaign that is shipped has six blocks; with a merged one of another kind none is compared.
#[test]
fn a_lab_is_not_merged_with_an_import() {
    let folder = two();
    let path = folder.path();
    let lab = project().join("data/lab-five");
    let refused = run_in(path, "analyze", &[&"merge", &"one", &lab, &"-o", &"both"]);
    assert_eq!(refused.code, 2);
    let words: BTreeSet<&str> = ["origin", "links", "--allow"].into();
    assert!(words.iter().all(|word| refused.stderr.contains(word)), "{}", refused.stderr);
}

/// A real campaign and one made of it: as many runs as both, each link of each campaign a difference, and where all six point the
/// same way the smallest p of six.
#[test]
fn a_real_campaign_can_be_repeated() {
    let Some(archive) = here::campaign() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let reader = liblzma::read::XzDecoder::new(fs::File::open(&archive).unwrap());
    tar::Archive::new(reader).unpack(path.join("first")).unwrap();
    another(&path.join("first"), &path.join("second"), later);
    let root = |tree: &str| -> PathBuf {
        let only: Vec<PathBuf> = fs::read_dir(path.join(tree)).unwrap().map(|entry| entry.unwrap().path()).collect();
        if let [folder] = only.as_slice() { folder.clone() } else { path.join(tree) }
    };
    for (tree, dataset) in [("first", "one"), ("second", "two")] {
        succeed_in(path, "collect", &[&"import", &"vpn-bench", &root(tree), &"-o", &dataset]);
    }
    succeed_in(path, "analyze", &[&"merge", &"one", &"two", &"-o", &"both"]);
    let verified = succeed_in(path, "analyze", &[&"verify", &"both"]);
    assert!(verified.stdout.contains("nothing wrong"), "{}", verified.stdout);
    let runs = |dataset: &str| meshbench_schemas::dataset::Dataset::open(&path.join(dataset)).unwrap().runs().unwrap();
    let (one, both) = (runs("one"), runs("both"));
    assert_eq!(both.len(), one.len() + runs("two").len());
    let names: BTreeSet<&str> = both.iter().filter_map(|run| run.campaign.as_deref()).collect();
    assert_eq!(names.len(), 2);
    let positions: Vec<u32> = both.iter().filter_map(|run| run.position).collect();
    assert!(positions.iter().collect::<BTreeSet<_>>().len() >= one.iter().filter_map(|run| run.position).count());
    let report = succeed_in(path, "analyze", &[&"report", &"both", &"-o", &"report", &"--replicate", &"link-in-block"]);
    assert!(report.stdout.contains("index.html"));
    let contrasts = fs::read_to_string(path.join("report/stages/contrasts.csv")).unwrap();
    let mut lines = contrasts.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|known| *known == name).unwrap();
    let (covers, p, workload) = (column("covers"), column("p"), column("workload"));
    // Before the first text that may hold a comma.
    assert!(p < column("family") && covers < column("family"));
    let last = |line: &str, at: usize| line.split(',').nth(at).unwrap_or_default().to_owned();
    let smallest = lines
        .filter(|line| last(line, covers) == "campaigns" && last(line, workload) == "tcp")
        .filter_map(|line| last(line, p).parse::<f64>().ok())
        .fold(1.0, f64::min);
    assert_eq!(smallest, 2.0 / 64.0);
}

/// A campaign of six blocks against itself, as if its blocks depended on each other.
#[test]
fn two_campaigns_of_dependent_blocks_are_compared_by_what_allows_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let lab = project().join("data/lab-five");
    let arguments: [&dyn AsRef<std::ffi::OsStr>; 9] =
        [&"compare", &lab, &lab, &"--interval", &"dependent", &"--workload", &"tcp", &"--format", &"json"];
    let found: Value = serde_json::from_str(&succeed_in(folder.path(), "analyze", &arguments).stdout).unwrap();
    let rows: Vec<&Value> =
        found["changes"].as_array().unwrap().iter().filter(|row| row["metric"] == "throughput").collect();
    assert!(rows.len() > 10);
    for row in rows {
        assert_eq!(
            (&row["method"], &row["test"], &row["change"], &row["p"]),
            (&"geometric-mean-ar1".into(), &"ar1".into(), &1.0.into(), &1.0.into()),
            "{row}"
        );
        let number = |key: &str| row[key].as_f64().unwrap();
        assert!(
            number("simultaneous_low") < number("low")
                && number("low") < 1.0
                && number("high") < number("simultaneous_high")
        );
        assert!(row["warnings"].as_str().unwrap().contains("dependent-blocks"), "{row}");
    }
}

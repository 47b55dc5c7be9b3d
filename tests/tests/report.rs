//! `analyze summary` and `analyze report`: every format, the same bytes, and a paper made of it.

use meshbench_tests::campaign;
use meshbench_tests::here;
use meshbench_tests::program::{project, run_in, succeed_in};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn dataset() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    succeed_in(folder.path(), "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"ds"]);
    folder
}

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

#[test]
fn a_report_is_complete_and_reproducible() {
    let folder = dataset();
    let path = folder.path();
    succeed_in(path, "analyze", &[&"report", &"ds", &"-o", &"one"]);
    succeed_in(path, "analyze", &[&"report", &"ds", &"-o", &"two"]);
    let one = files(&path.join("one"));
    let differing: Vec<&PathBuf> = files(&path.join("two"))
        .iter()
        .filter(|(name, bytes)| one.get(*name) != Some(bytes))
        .map(|(name, _)| one.get_key_value(name).unwrap().0)
        .collect();
    assert!(differing.is_empty(), "{differing:?}");
    for name in [
        "index.html",
        "numbers.tex",
        "stages/run_values.parquet",
        "stages/run_values.csv",
        "stages/estimates.parquet",
        "stages/estimates.csv",
    ] {
        assert!(one.contains_key(Path::new(name)), "{name}");
    }
    for ending in ["svg", "pdf", "png"] {
        let count = one.keys().filter(|name| name.extension().is_some_and(|found| found == ending)).count();
        assert!(count > 10, "{count} {ending} files");
    }
    let page = String::from_utf8(one[Path::new("index.html")].clone()).unwrap();
    for link in page.split("href=\"").chain(page.split("src=\"")).skip(1).filter_map(|rest| rest.split('"').next()) {
        let target = link.split('#').next().unwrap();
        assert!(
            target.is_empty()
                || target.starts_with('<')
                || path.join("one").join(target).exists()
                || !target.contains('.'),
            "{link} leads nowhere"
        );
    }
    let header =
        String::from_utf8(one[Path::new("stages/run_values.csv")].clone()).unwrap().lines().next().unwrap().to_owned();
    for column in ["system", "profile", "workload", "metric", "source", "target", "value"] {
        assert!(header.split(',').any(|found| found == column), "{column} is not in {header}");
    }
    let again = run_in(path, "analyze", &[&"report", &"ds", &"-o", &"one"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    succeed_in(path, "analyze", &[&"report", &"ds", &"-o", &"one", &"--force"]);
    fs::create_dir(path.join("mine")).unwrap();
    let mine = run_in(path, "analyze", &[&"report", &"ds", &"-o", &"mine", &"--force"]);
    assert_eq!(mine.code, 2, "{}", mine.stderr);
}

#[test]
fn summaries_in_every_format() {
    let folder = dataset();
    let path = folder.path();
    let table = succeed_in(path, "analyze", &[&"summary", &"ds"]).stdout;
    for words in
        ["tcp: throughput, forward [Mbit/s]", "links-only", "> 233.3", "1 stalled", "not how a repetition would"]
    {
        assert!(table.contains(words), "`{words}` is not in\n{table}");
    }
    let json = succeed_in(
        path,
        "analyze",
        &[
            &"summary",
            &"ds",
            &"--format",
            &"json",
            &"--workload",
            &"tcp",
            &"--metric",
            &"throughput",
            &"--system",
            &"internal",
        ],
    )
    .stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 4, "two profiles, two directions");
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["profile"] == "baseline" && row["direction"] == "forward")
        .unwrap();
    // Three links of 900, 901 and 902 Mbit/s: the geometric mean and its t interval on logarithms.
    let logs = [900e6_f64, 901e6, 902e6].map(f64::ln);
    let mean = logs.iter().sum::<f64>() / 3.0;
    let sd = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    let t = 4.302_652_729_696_142;
    for (key, expected) in [
        ("value", mean.exp()),
        ("low", (mean - t * sd / 3.0_f64.sqrt()).exp()),
        ("high", (mean + t * sd / 3.0_f64.sqrt()).exp()),
    ] {
        let found = row[key].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-9, "{key}: {found} is not {expected}");
    }
    let csv = succeed_in(path, "analyze", &[&"summary", &"ds", &"--format", &"csv"]).stdout;
    assert!(csv.lines().count() > 20 && csv.starts_with("system,"));
    let markdown = succeed_in(path, "analyze", &[&"summary", &"ds", &"--format", &"md"]).stdout;
    assert!(markdown.contains("### tcp: throughput") && markdown.contains("| --- |"), "{markdown}");
}

#[test]
fn the_example_paper_compiles() {
    if !here::programs(&["pdflatex", "latexmk"]) {
        return;
    }
    let folder = dataset();
    let path = folder.path();
    fs::copy(project().join("examples/paper/paper.tex"), path.join("paper.tex")).unwrap();
    succeed_in(path, "analyze", &[&"report", &"ds", &"-o", &"report"]);
    let output = Command::new("latexmk")
        .args(["-pdf", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"])
        .current_dir(path)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        log.lines().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    );
    let log = String::from_utf8_lossy(&fs::read(path.join("paper.log")).unwrap()).into_owned();
    assert!(!log.contains("undefined") && !log.contains("pdfTeX warning"), "{log}");
    let pdf = fs::read(path.join("paper.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 20_000);
    // A key that is not in the report has to stop LaTeX, and name itself.
    fs::write(path.join("wrong.tex"), "\\documentclass{article}\\usepackage{siunitx}\\input{report/numbers}\\begin{document}\\meshbench{no/such/key}\\end{document}").unwrap();
    let output = Command::new("pdflatex")
        .args(["-interaction=nonstopmode", "-halt-on-error", "wrong.tex"])
        .current_dir(path)
        .output()
        .unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stdout).contains("no/such/key"));
}

#[test]
fn fonts_are_embedded() {
    let folder = dataset();
    let path = folder.path();
    succeed_in(path, "analyze", &[&"report", &"ds", &"-o", &"report"]);
    let svg = fs::read_to_string(path.join("report/figures/tcp-throughput-forward.svg")).unwrap();
    assert!(svg.contains("@font-face") && svg.contains("base64,"));
    if !here::programs(&["pdffonts"]) {
        return;
    }
    let figure = path.join("report/figures/tcp-throughput-forward.pdf");
    let output = Command::new("pdffonts").arg(figure).output().unwrap();
    let fonts = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        fonts.lines().skip(2).count() > 0 && fonts.lines().skip(2).all(|line| line.contains("yes yes yes")),
        "{fonts}"
    );
}

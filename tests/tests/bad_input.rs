//! Bad input is refused with a message and an exit code, and leaves no half-written dataset.

use meshbench_schemas::manifest::FORMAT;
use meshbench_tests::campaign::{self, HOSTILE};
use meshbench_tests::here;
use meshbench_tests::program::{Ended, project, run_in, succeed_in};
use std::fs;
use std::io::Write;
use std::path::Path;

fn import(folder: &Path, input: &str, more: &[&str]) -> Ended {
    let mut arguments = vec!["import", "vpn-bench", input, "-o", "ds"];
    arguments.extend(more);
    let arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
        arguments.iter().map(|a| a as &dyn AsRef<std::ffi::OsStr>).collect();
    run_in(folder, "collect", &arguments)
}

/// Refused with this code and these words, and nothing left behind but the input.
fn refused(folder: &Path, input: &str, more: &[&str], code: i32, words: &str) {
    let ended = import(folder, input, more);
    assert_eq!(ended.code, code, "{input}: {}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(words), "{input}: `{words}` is not in: {}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    let left: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().display().to_string()).collect();
    assert!(!left.iter().any(|name| name.starts_with("ds")), "{left:?}");
}

fn tar_with(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind, content) in entries {
        let mut header = tar::Header::new_ustar();
        // Set by hand: the library refuses to write what an attacker would.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
            header.set_size(0);
        } else {
            header.set_size(content.len() as u64);
        }
        header.set_cksum();
        builder.append(&header, if kind.is_file() { *content } else { &[] }).unwrap();
    }
    builder.into_inner().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn inputs_that_are_no_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("empty")).unwrap();
    fs::write(path.join("note.txt"), "hello").unwrap();
    fs::write(path.join("nothing.tar"), "").unwrap();
    refused(path, "empty", &[], 2, "holds no vpn-bench campaign");
    refused(path, "note.txt", &[], 2, "neither a .tar nor a .tar.xz");
    refused(path, "nothing.tar", &[], 2, "neither a .tar nor a .tar.xz");
    refused(path, "absent", &[], 2, "there is no absent");
    campaign::write(&path.join("both/one"));
    campaign::write(&path.join("both/two"));
    refused(path, "both", &[], 2, "several campaigns (one, two)");
}

#[test]
fn archives_that_cannot_be_trusted() {
    use tar::EntryType::{Link, Regular, Symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("dots.tar", tar_with(&[("Tinc/../../evil.json", Regular, b"{}")]), "a path that leaves the archive"),
        ("absolute.tar", tar_with(&[("/tmp/evil.json", Regular, b"{}")]), "an absolute path"),
        ("symlink.tar", tar_with(&[("Tinc", Symlink, b"")]), "a link"),
        ("hardlink.tar", tar_with(&[("Tinc/layout.json", Link, b"")]), "a link"),
        ("control\\u{1b}.tar", tar_with(&[("/\u{1b}[2J.json", Regular, b"{}")]), "\\u{1b}[2J"),
    ];
    for (name, bytes, words) in cases {
        fs::write(path.join(name), bytes).unwrap();
        refused(path, name, &[], 2, words);
    }
    assert!(!Path::new("/tmp/evil.json").exists());
}

#[test]
fn archives_that_are_damaged_or_endless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all("campaign", path.join("campaign")).unwrap();
    let packed = xz(&builder.into_inner().unwrap());
    fs::write(path.join("cut.tar.xz"), &packed[..packed.len() / 2]).unwrap();
    refused(path, "cut.tar.xz", &[], 2, "is damaged after");
    // 64 MB of zeros in one file, and the same as padding between entries, in a few kB.
    let zeros = vec![0; 64 << 20];
    let bomb = xz(&tar_with(&[("Tinc/layout.json", tar::EntryType::Regular, &zeros)]));
    assert!(bomb.len() < 100_000);
    fs::write(path.join("bomb.tar.xz"), &bomb).unwrap();
    refused(path, "bomb.tar.xz", &["--max-unpacked", "1000000"], 2, "raise --max-unpacked");
}

#[test]
fn files_that_are_no_results_become_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    let link = path.join("campaign/Tinc/baseline/0_ada");
    fs::write(link.join("tcp_iperf3.json"), "[1, 2, {\"no\": \"result\"}]").unwrap();
    fs::write(link.join("ping.json"), "").unwrap();
    fs::write(link.join("nix_cache.json"), "{\"status\": \"success\", \"data\": {\"results\"").unwrap();
    fs::write(link.join("qperf.json"), [0xff, 0xfe, 0x00]).unwrap();
    fs::write(path.join("campaign/Tinc/layout.json"), "{}").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", link.join("rist_stream.json.bak")).unwrap();
    let ended = import(path, "campaign", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("is no layout") && ended.stdout.contains("is a link or a special file"),
        "{}",
        ended.stdout
    );
    let dataset = meshbench_schemas::dataset::Dataset::open(&path.join("ds")).unwrap();
    let runs = dataset.runs().unwrap();
    for (workload, what) in [("tcp", "broken"), ("ping", "wrote nothing"), ("download", "line 1"), ("quic", "broken")] {
        let run = runs
            .iter()
            .find(|run| {
                &*run.system == "tinc"
                    && &*run.profile == "baseline"
                    && &*run.source == "ada"
                    && run.workload.as_str() == workload
            })
            .unwrap();
        let (reason, detail) = (run.reason.unwrap().as_str(), run.detail.clone().unwrap());
        assert!(
            ["unreadable-file", "no-data"].contains(&reason) && detail.contains(what),
            "{workload}: {reason}: {detail}"
        );
        assert!(run.artifact.is_some());
    }
    assert!(meshbench_schemas::dataset::verify::verify(&path.join("ds")).unwrap().defects.is_empty());
}

/// What was asked of netem is unknown where its file does not say it; the runs stay, and the check says so.
#[test]
fn an_impairment_that_is_not_told_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    for system in ["Internal", "Tinc"] {
        let settings = path.join("campaign").join(system).join("medium_impairment/tc_settings.json");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, if system == "Tinc" { "{}".to_owned() } else { text.replace("2.0", "250") }).unwrap();
    }
    let ended = import(path, "campaign", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in ["it has no `settings`", "`packet_loss_percent` of 250 cannot be: possible is 0 to 200"] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    let dataset = meshbench_schemas::dataset::Dataset::open(&path.join("ds")).unwrap();
    let notes = dataset.manifest().meshbench.notes.join("\n");
    assert!(notes.contains("Tinc/medium_impairment/tc_settings.json: it has no `settings`"), "{notes}");
    let runs = dataset.runs().unwrap();
    let medium: Vec<_> = runs.iter().filter(|run| &*run.profile == "medium").collect();
    assert!(medium.iter().any(|run| run.outcome == meshbench_schemas::outcome::Outcome::Ok));
    for run in &runs {
        let noted = run.notes.as_deref().unwrap_or_default().contains("impairment-unknown");
        assert_eq!((noted, run.netem_delay_s.is_none()), (&*run.profile == "medium", &*run.profile == "medium"));
    }
    let checked = run_in(path, "analyze", &[&"check", &"ds", &"--fail-on", &"never"]);
    let told = "under medium the dataset does not say what was asked of netem";
    assert!(checked.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(told), "{}", checked.stdout);
}

/// One bad entry of a ring costs no other link, and none passes for something that it is not.
#[test]
fn odd_entries_of_a_ring_cost_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    let file = path.join("campaign/Internal/baseline/parallel_tcp_iperf3.json");
    let whole: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let outcomes = |change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut changed = whole.clone();
        change(changed["data"]["pairs"].as_array_mut().unwrap());
        fs::write(&file, changed.to_string()).unwrap();
        let _ = fs::remove_dir_all(path.join("ds"));
        assert_eq!(import(path, "campaign", &[]).code, 0);
        let dataset = meshbench_schemas::dataset::Dataset::open(&path.join("ds")).unwrap();
        let ring = |run: &meshbench_schemas::tables::Run| {
            (&*run.system, &*run.profile, run.workload.as_str()) == ("internal", "baseline", "tcp-parallel")
        };
        let runs = dataset.runs().unwrap();
        let mut found: Vec<String> = runs
            .iter()
            .filter(|run| ring(run))
            .map(|run| format!("{} {}", run.outcome, run.reason.map(|reason| reason.as_str()).unwrap_or_default()))
            .collect();
        found.sort();
        found
    };
    let pair = |source: &str, target: &str| serde_json::json!({"source": source, "target": target, "result": campaign::iperf3(9.0, 9.0)});
    assert_eq!(outcomes(&|_| ()), ["ok "; 3]);
    // What names no link, and a host on its own, take nothing from the three links.
    assert_eq!(outcomes(&|pairs| pairs.push(serde_json::json!({"result": 7}))), ["ok "; 3]);
    assert_eq!(outcomes(&|pairs| pairs.push(pair("ada", "ada"))), ["ok "; 3]);
    let manifest = fs::read_to_string(path.join("ds/datapackage.json")).unwrap();
    assert!(manifest.contains("the entry from `ada` to `ada` is of no link of the ring"), "{manifest}");
    let incomplete =
        |own: &str| vec![own.to_owned(), "partial ring-incomplete".to_owned(), "partial ring-incomplete".to_owned()];
    assert_eq!(outcomes(&|pairs| pairs.push(pair("ada", "bob"))), incomplete("failed unreadable-file"));
    assert_eq!(outcomes(&|pairs| pairs[0]["result"] = serde_json::json!(7)), incomplete("failed unreadable-file"));
    assert_eq!(outcomes(&|pairs| pairs[0]["error"] = serde_json::json!("boom")), incomplete("failed harness-error"));
}

#[test]
fn a_hostile_host_name_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    assert_eq!(import(path, "campaign", &[]).code, 0);
    succeed_in(path, "analyze", &[&"report", &"ds", &"-o", &"report"]);
    let page = fs::read_to_string(path.join("report/index.html")).unwrap();
    assert!(!page.contains("<script"));
    let mut tables = 0;
    for entry in fs::read_dir(path.join("report/tables")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("\\write18"), "{text}");
        tables += 1;
    }
    assert!(tables > 5);
    let mut named = 0;
    for entry in fs::read_dir(path.join("report/figures")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "svg") {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("<script"), "{}", file.display());
            named += usize::from(text.contains("&lt;script&gt;"));
        }
    }
    assert!(named > 0, "no figure names the host, so nothing was tried");
    let csv = fs::read_to_string(path.join("report/stages/run_values.csv")).unwrap();
    assert!(csv.contains(&HOSTILE.replace('"', "\"\"")), "the name itself is data and survives");
}

#[test]
fn a_target_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    fs::write(path.join("file"), "").unwrap();
    let ended = run_in(path, "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"file/ds"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("failed to create the output file/ds"), "{}", ended.stderr);
    let ended = run_in(path, "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"/proc/ds"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

/// A file system of 1 MB in a mount namespace of its own; needs the right to mount.
#[test]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    fs::create_dir(path.join("small")).unwrap();
    let script = "mount -t tmpfs -o size=64k none \"$1/small\" || exit 77\n\"$2\" import vpn-bench \"$1/campaign\" -o \"$1/small/ds\"\ncode=$?\nls -A \"$1/small\"\nexit $code";
    let collect = meshbench_tests::program::programs().join("collect");
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(path)
        .arg(collect)
        .output();
    match output {
        Ok(output)
            if output.status.code() != Some(77) && !String::from_utf8_lossy(&output.stderr).contains("unshare:") =>
        {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains("No space left on device"), "{stderr}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "", "something was left");
        }
        _ => here::missing("the right to mount a small file system"),
    }
}

#[test]
fn datasets_that_are_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    assert_eq!(import(path, "campaign", &[]).code, 0);
    let manifest = path.join("ds/datapackage.json");
    let original = fs::read_to_string(&manifest).unwrap();
    let run = |command: &str| run_in(path, "analyze", &[&command, &"ds"]);

    fs::write(&manifest, original.replacen("\"major\": 1", "\"major\": 99", 1)).unwrap();
    let ended = run("summary");
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains(&format!("format 99.{}", FORMAT.minor)) && ended.stderr.contains("newer meshbench"),
        "{}",
        ended.stderr
    );

    let at = original.find("sha256:").unwrap() + 7;
    let other = if original[at..].starts_with('0') { "1" } else { "0" };
    fs::write(&manifest, format!("{}{other}{}", &original[..at], &original[at + 1..])).unwrap();
    let ended = run("verify");
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("the manifest says") && ended.stdout.contains("\n1 defect\n"), "{}", ended.stdout);

    fs::write(&manifest, &original).unwrap();
    fs::write(path.join("ds/summaries.parquet"), "").unwrap();
    for command in ["summary", "verify"] {
        let ended = run(command);
        assert_ne!(ended.code, 0, "{command}");
        let all = ended.stdout + &ended.stderr;
        assert!(all.contains("summaries.parquet"), "{command}: {all}");
        assert!(!all.contains("panicked"));
    }
    let ended = run_in(path, "analyze", &[&"report", &"ds", &"-o", &"report"]);
    assert_ne!(ended.code, 0);
    assert!(!path.join("report").exists() && !path.join("report.partial").exists());

    let ended = run_in(path, "analyze", &[&"summary", &"campaign"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("`collect import vpn-bench campaign"), "{}", ended.stderr);
}

#[test]
fn options_that_match_nothing_say_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    campaign::write(&path.join("campaign"));
    assert_eq!(import(path, "campaign", &[]).code, 0);
    let ended = run_in(path, "analyze", &[&"summary", &"ds", &"--system", &"tailscale"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("there are internal, tinc"), "{}", ended.stderr);
    let ended = run_in(path, "analyze", &[&"summary", &"ds", &"--confidence", &"95"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn a_query_cannot_take_all_memory() {
    let dataset = project().join("data/lab-five");
    let huge = "SELECT length(repeat('x', 3000000000)) AS n";
    let ended = run_in(&project(), "analyze", &[&"query", &dataset, &huge, &"--memory", &"300MB"]);
    assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("--memory allows more"), "{}", ended.stderr);
}

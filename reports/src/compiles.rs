//! The tables and macros of comparisons under pdfTeX, where there is one.

use crate::compare::Comparisons;
use crate::fixture;
use crate::view::View;
use crate::{findings, numbers};
use std::fmt::Write as _;
use std::process::Command;

#[test]
fn tables_of_comparisons_compile() {
    if !Command::new("pdflatex").arg("--version").output().is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI has to have a LaTeX");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut body = String::new();
    let mut macros = String::new();
    for blocks in [1, 6] {
        let made = fixture::campaign(blocks, &["wireguard", "tailscale", "vpncloud"]).compared(blocks);
        let input = made.input();
        let comparisons = Comparisons::new(&input).unwrap();
        let grids = comparisons.all.iter().flat_map(|comparison| comparison.grids(&comparisons.names));
        for grid in grids.chain(comparisons.scores()) {
            let _ = writeln!(body, "{}\\clearpage", grid.latex(fixture::HOSTILE));
        }
        let _ = writeln!(body, "{}\\clearpage", findings::tex(input.findings, fixture::HOSTILE));
        macros = numbers::write(&View::new(&input).unwrap(), &comparisons, fixture::HOSTILE).0;
    }
    let key = "wireguard/baseline/tcp/throughput/forward";
    let effect = "contrast/wireguard/internal/baseline/tcp/throughput/forward";
    for look_up in ["", "interval", "n", "covers", "full", "low", "high"] {
        let _ = writeln!(body, "\\meshbench{look_up}{{{effect}}}; \\meshbench{look_up}{{rank/{key}}};");
    }
    let _ = writeln!(
        body,
        "\\meshbenchp{{{effect}}} \\meshbenchanswer{{{effect}}} \\meshbenchtogether{{{effect}}} \\meshbenchmean{{{key}}} \\meshbenchfirst{{rank/{key}}} \\meshbenchletters{{rank/{key}}} \\mbRankWireguardBaselineTcpThroughputForward"
    );
    std::fs::write(folder.path().join("numbers.tex"), macros).unwrap();
    let text = format!(
        "\\documentclass{{article}}\n\\usepackage{{booktabs,siunitx}}\n\\input{{numbers}}\n\\begin{{document}}\n{body}\\end{{document}}\n"
    );
    std::fs::write(folder.path().join("all.tex"), text).unwrap();
    let output = Command::new("pdflatex")
        .args(["-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "all.tex"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", log.lines().rev().take(30).collect::<Vec<_>>().join("\n"));
    for trouble in ["Undefined control sequence", "Missing character", "LaTeX Warning"] {
        assert!(!log.contains(trouble), "{trouble} in {log}");
    }
}

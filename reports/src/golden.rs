//! Whole files against committed ones. `cargo insta review` shows what changed.

use crate::compare::Comparisons;
use crate::figure::{critical, kept, layout, response, values};
use crate::fixture;
use crate::page::Parts;
use crate::success::Success;
use crate::view::View;
use crate::{findings, latex, numbers, page, render};

/// The SVG without the font inside, which no reader of a difference wants to see.
fn without_font(svg: &str) -> String {
    let mut out = String::new();
    let mut rest = svg;
    while let Some((before, after)) = rest.split_once("base64,") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    out + rest
}

#[test]
fn files_are_as_committed() {
    let made = fixture::campaign(1, &["wireguard", "tailscale", "vpncloud"]);
    let input = made.input();
    let view = View::new(&input).unwrap();
    let success = Success::new(&input, &view);
    let named = |name: &str| view.headline().find(|series| series.name() == name).unwrap();
    let tcp = named("tcp-throughput-forward");
    insta::assert_binary_snapshot!("tcp-throughput-forward.tex", latex::series(tcp, "made-up").into_bytes());
    insta::assert_binary_snapshot!(
        "download-download_time.tex",
        latex::series(named("download-download_time"), "made-up").into_bytes()
    );
    insta::assert_binary_snapshot!("success.tex", latex::success(&success, "made-up").into_bytes());
    let comparisons = Comparisons::new(&input).unwrap();
    insta::assert_binary_snapshot!("numbers.tex", numbers::write(&view, &comparisons, "made-up").0.into_bytes());
    let parts = Parts { view: &view, success: &success, comparisons: &comparisons, figures: &[] };
    insta::assert_binary_snapshot!("index.html", page::page(&input, &parts).into_bytes());
    for figure in [values::describe(tcp), response::describe(tcp).unwrap()] {
        let svg = render::svg(&figure, &layout::scene(&figure).unwrap()).unwrap();
        let name = format!("figure-{}.svg", figure.name);
        insta::assert_binary_snapshot!(name.as_str(), without_font(&svg).into_bytes());
    }
}

#[test]
fn comparisons_are_as_committed() {
    for blocks in [1, 6] {
        let made = fixture::campaign(blocks, &["wireguard", "tailscale", "vpncloud"]).compared(blocks);
        let input = made.input();
        let comparisons = Comparisons::new(&input).unwrap();
        let names = &comparisons.names;
        let tcp = comparisons.of("tcp-throughput-forward").unwrap();
        let loss = comparisons.of("ping-loss").unwrap();
        let wanted = ["-ranks", "-contrasts", "-pairs", "-kept", "-interactions", "-components"];
        let grids: Vec<_> = tcp.grids(names).into_iter().chain(loss.grids(names)).chain(comparisons.scores()).collect();
        for suffix in wanted {
            assert!(grids.iter().any(|grid| grid.name.ends_with(suffix)), "{suffix}");
        }
        let tables: String = grids.iter().map(|grid| grid.latex("made-up")).collect();
        insta::assert_binary_snapshot!(format!("compared-{blocks}.tex").as_str(), tables.into_bytes());
        let page: String = grids.iter().map(|grid| grid.html().into_string() + "\n").collect();
        assert!(!page.contains("<script") && !page.contains("<b> \\input"));
        insta::assert_binary_snapshot!(format!("compared-page-{blocks}.html").as_str(), page.into_bytes());
        for figure in kept::describe(tcp, names).into_iter().chain(critical::describe(tcp, names)) {
            let svg = render::svg(&figure, &layout::scene(&figure).unwrap()).unwrap();
            let name = format!("figure-{}-{blocks}.svg", figure.name);
            insta::assert_binary_snapshot!(name.as_str(), without_font(&svg).into_bytes());
        }
        if blocks == 1 {
            insta::assert_binary_snapshot!("findings.tex", findings::tex(input.findings, "made-up").into_bytes());
        }
    }
}

//! Whole files against committed ones. `cargo insta review` shows what changed.

use crate::figure::{layout, response, values};
use crate::fixture;
use crate::success::Success;
use crate::view::View;
use crate::{latex, numbers, page, render};

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
    insta::assert_binary_snapshot!("numbers.tex", numbers::write(&view, "made-up").0.into_bytes());
    insta::assert_binary_snapshot!("index.html", page::page(&input, &view, &success, &[]).into_bytes());
    for figure in [values::describe(tcp), response::describe(tcp).unwrap()] {
        let svg = render::svg(&figure, &layout::scene(&figure).unwrap()).unwrap();
        let name = format!("figure-{}.svg", figure.name);
        insta::assert_binary_snapshot!(name.as_str(), without_font(&svg).into_bytes());
    }
}

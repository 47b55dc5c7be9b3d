//! `index.html`: the whole report on one static page, without scripts and without anything from elsewhere.

use crate::figure::Figure;
use crate::success::Success;
use crate::view::{Series, View};
use crate::{Input, html, warnings, words};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use meshbench_schemas::dataset::hash::sha256_hex;
use meshbench_schemas::words::Workload;
use std::collections::BTreeSet;

const STYLE: &str = include_str!("page/style.css");
/// What analysis writes beside the report.
const STAGES: [&str; 4] = ["run_values.csv", "estimates.csv", "run_values.parquet", "estimates.parquet"];

/// The page.
pub fn page(input: &Input<'_>, view: &View<'_>, success: &Success<'_>, figures: &[Figure]) -> String {
    let campaign = &input.campaign;
    let workloads: Vec<Workload> =
        success.workloads.iter().copied().filter(|w| view.headline().any(|s| s.workload == *w)).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (campaign.name) " – meshbench" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the results" }
                header {
                    h1 { (campaign.name) }
                    p {
                        "Overlay VPNs measured by meshbench. Dataset made by " (campaign.producer) "; report by meshbench " (campaign.version)
                        ". " (words::many(view.rows.len() as u64, "system")) ", "
                        (words::many(success.workloads.len() as u64, "workload")) "."
                    }
                    nav aria-label="Contents" {
                        ul {
                            li { a href="#covers" { "What the intervals cover" } }
                            li { a href="#outcomes" { "Outcomes" } }
                            @for workload in &workloads { li { a href={ "#" (workload.as_str()) } { (workload.as_str()) } } }
                            li { a href="#warnings" { "Warnings" } }
                            li { a href="#downloads" { "Downloads" } }
                        }
                    }
                }
                main id="main" {
                    (coverage(input))
                    @if !campaign.notes.is_empty() {
                        section aria-labelledby="notes" {
                            h2 id="notes" { "Notes on this campaign" }
                            ul { @for note in &campaign.notes { li { (note) } } }
                        }
                    }
                    section aria-labelledby="outcomes" {
                        h2 id="outcomes" { "Outcomes" }
                        (html::success(success))
                    }
                    @for workload in &workloads {
                        section aria-labelledby=(workload.as_str()) {
                            h2 id=(workload.as_str()) { (workload.as_str()) }
                            @for series in view.headline().filter(|series| series.workload == *workload) { (one(series, figures)) }
                        }
                    }
                    (legend(input))
                    (downloads(view))
                }
            }
        }
    }
    .into_string()
}

/// No scripts, nothing from elsewhere, and only this very style sheet.
fn policy() -> String {
    let hex = sha256_hex(STYLE.as_bytes());
    let digit = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).filter_map(digit).collect();
    format!(
        "default-src 'none'; img-src 'self' file:; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(bytes)
    )
}

fn coverage(input: &Input<'_>) -> Markup {
    let kinds: BTreeSet<&str> = input.estimates.iter().filter(|e| e.value.is_some()).map(|e| &*e.covers).collect();
    let levels: BTreeSet<String> = input.estimates.iter().map(|e| words::percent(e.confidence)).collect();
    html! {
        section aria-labelledby="covers" {
            h2 id="covers" { "What the intervals cover" }
            p {
                "Every value stands beside its interval in brackets"
                @if !levels.is_empty() { " (confidence: " (levels.into_iter().collect::<Vec<_>>().join(", ")) ")" }
                ". What an interval covers depends on what was repeated:"
            }
            ul {
                @for kind in kinds {
                    @if kind == "none" { li { b { "no interval" } ": a single replicate says nothing about spread." } }
                    @else { li { b { (kind) } ": the interval covers " (words::covers(kind)) "." } }
                }
            }
            p { "A failed, stalled, censored or missing measurement is said in words. It is no zero, and no average holds it." }
        }
    }
}

fn one(series: &Series<'_>, figures: &[Figure]) -> Markup {
    let name = series.name();
    let response = format!("{name}-response");
    html! {
        section aria-labelledby=(name) {
            h3 id=(name) { (series.title()) }
            (html::series(series))
            @for figure in figures.iter().filter(|figure| figure.name == name || figure.name == response) {
                figure {
                    img src={ "figures/" (figure.name) ".svg" } alt=(figure.alternative) loading="lazy";
                    figcaption {
                        (figure.title) " "
                        a href={ "figures/" (figure.name) ".pdf" } { "PDF" } " · "
                        a href={ "figures/" (figure.name) ".png" } { "PNG" } " · "
                        a href={ "figures/" (figure.name) ".svg" } { "SVG" } " · "
                        a href={ "tables/" (name) ".tex" } { "table for LaTeX" }
                    }
                }
            }
        }
    }
}

fn legend(input: &Input<'_>) -> Markup {
    let used: BTreeSet<&str> = input.estimates.iter().flat_map(|e| warnings::codes(&e.warnings)).collect();
    html! {
        section aria-labelledby="warnings" {
            h2 id="warnings" { "Warnings" }
            @if used.is_empty() { p { "No estimate carries a warning." } }
            @else {
                dl { @for code in used { dt { code { (code) } } dd { (warnings::sentence(code)) } } }
            }
        }
    }
}

fn downloads(view: &View<'_>) -> Markup {
    html! {
        section aria-labelledby="downloads" {
            h2 id="downloads" { "Downloads" }
            ul {
                li { a href="numbers.tex" { "numbers.tex" } ": a LaTeX macro for every number" }
                @for stage in STAGES { li { a href={ "stages/" (stage) } { "stages/" (stage) } } }
                li { a href="tables/success.tex" { "tables/success.tex" } }
                @for series in view.headline() {
                    li { a href={ "tables/" (series.name()) ".tex" } { "tables/" (series.name()) ".tex" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, HOSTILE};

    #[test]
    fn a_hostile_name_makes_no_markup() {
        let made = fixture::campaign(1, &["wireguard"]);
        let mut input = made.input();
        input.campaign.name = HOSTILE.to_owned();
        let view = View::new(&input).unwrap();
        let text = page(&input, &view, &Success::new(&input, &view), &[]);
        assert!(!text.contains("<script"), "{text}");
        assert!(text.contains("write18{x}&lt;script&gt;"));
        assert!(text.contains("script") && text.contains("default-src 'none'"));
    }
}

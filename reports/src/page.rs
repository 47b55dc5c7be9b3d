//! `index.html`: the whole report on one static page, without scripts and without anything from elsewhere.

use crate::compare::Comparisons;
use crate::figure::Figure;
use crate::success::Success;
use crate::view::{Series, View};
use crate::{Input, findings, html, words};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use meshbench_schemas::dataset::hash::sha256;
use meshbench_schemas::words::{Covers, Workload};
use std::collections::{BTreeMap, BTreeSet};

const STYLE: &str = include_str!("page/style.css");

/// What a page shows, arranged.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Estimates and values.
    pub view: &'a View<'a>,
    /// Outcomes.
    pub success: &'a Success<'a>,
    /// Comparisons.
    pub comparisons: &'a Comparisons<'a>,
    /// Figures.
    pub figures: &'a [Figure],
}

/// The page.
pub fn page(input: &Input<'_>, parts: &Parts<'_>) -> String {
    let (view, success) = (parts.view, parts.success);
    let scores = parts.comparisons.scores();
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
                            @if scores.is_some() { li { a href="#scores" { "Scores" } } }
                            @for workload in &workloads { li { a href={ "#" (workload.as_str()) } { (workload.as_str()) } } }
                            @if !input.findings.is_empty() { li { a href="#findings" { "Findings" } } }
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
                    @if let Some(scores) = &scores {
                        section aria-labelledby="scores" {
                            h2 id="scores" { "Scores" }
                            (scores.html())
                        }
                    }
                    @for workload in &workloads {
                        section aria-labelledby=(workload.as_str()) {
                            h2 id=(workload.as_str()) { (workload.as_str()) }
                            @for series in view.headline().filter(|series| series.workload == *workload) { (one(series, parts)) }
                        }
                    }
                    @if !input.findings.is_empty() {
                        section aria-labelledby="findings" {
                            h2 id="findings" { "Findings" }
                            p { "What was found in the dataset that bears on its numbers. Tables and figures name the codes that touch them." }
                            (findings::html(input.findings))
                        }
                    }
                    (legend(input))
                    (downloads(input, parts))
                }
            }
        }
    }
    .into_string()
}

/// No scripts, nothing from elsewhere, and only this very style sheet.
fn policy() -> String {
    format!(
        "default-src 'none'; img-src 'self' file:; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(sha256(STYLE.as_bytes()))
    )
}

fn coverage(input: &Input<'_>) -> Markup {
    let kinds: BTreeMap<&str, Covers> =
        input.stages.estimates.iter().filter(|e| e.value.is_some()).map(|e| (e.covers.as_str(), e.covers)).collect();
    let levels: BTreeSet<String> = input.stages.estimates.iter().map(|e| words::percent(e.confidence)).collect();
    html! {
        section aria-labelledby="covers" {
            h2 id="covers" { "What the intervals cover" }
            p {
                "Every value stands beside its interval in brackets"
                @if !levels.is_empty() { " (confidence: " (levels.into_iter().collect::<Vec<_>>().join(", ")) ")" }
                ". What an interval covers depends on what was repeated:"
            }
            ul {
                @for (name, kind) in kinds {
                    @if kind == Covers::None { li { b { "no interval" } ": a single replicate says nothing about spread." } }
                    @else { li { b { (name) } ": the interval covers " (words::covers(kind)) "." } }
                }
            }
            p { "A failed, stalled, censored or missing measurement is said in words. It is no zero, and no average holds it." }
        }
    }
}

fn one(series: &Series<'_>, parts: &Parts<'_>) -> Markup {
    let name = series.name();
    let grids = parts.comparisons.of(&name).map(|of| of.grids(&parts.comparisons.names)).unwrap_or_default();
    html! {
        section aria-labelledby=(name) {
            h3 id=(name) { (series.title()) }
            (html::series(series))
            @for figure in parts.figures.iter().filter(|figure| figure.series == name) {
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
            @for grid in &grids {
                details.comparison {
                    summary { (words::sentence(&grid.title).trim_end_matches('.')) }
                    (grid.html())
                    p { a href={ "tables/" (grid.name) ".tex" } { "table for LaTeX" } }
                }
            }
        }
    }
}

fn legend(input: &Input<'_>) -> Markup {
    let columns =
        input.stages.estimates.iter().map(|e| &e.warnings).chain(input.stages.contrasts.iter().map(|c| &c.warnings));
    let used: BTreeMap<&str, &str> =
        columns.flat_map(|column| column.iter()).map(|warning| (warning.as_str(), warning.explanation())).collect();
    html! {
        section aria-labelledby="warnings" {
            h2 id="warnings" { "Warnings" }
            @if used.is_empty() { p { "No estimate carries a warning." } }
            @else {
                dl { @for (code, explanation) in used { dt { code { (code) } } dd { (explanation) } } }
            }
        }
    }
}

fn downloads(input: &Input<'_>, parts: &Parts<'_>) -> Markup {
    // A stage without rows is no table worth a link.
    let stages = input.stages.present();
    html! {
        section aria-labelledby="downloads" {
            h2 id="downloads" { "Downloads" }
            ul {
                li { a href="numbers.tex" { "numbers.tex" } ": a LaTeX macro for every number" }
                @for ending in ["csv", "parquet"] {
                    @for stage in &stages { li { a href={ "stages/" (stage) "." (ending) } { "stages/" (stage) "." (ending) } } }
                }
                li { a href="tables/success.tex" { "tables/success.tex" } }
                @if parts.comparisons.scores().is_some() { li { a href="tables/scores.tex" { "tables/scores.tex" } } }
                @if !input.findings.is_empty() { li { a href="tables/findings.tex" { "tables/findings.tex" } } }
                @for series in parts.view.headline() {
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
        let (success, comparisons) = (Success::new(&input, &view), Comparisons::new(&input).unwrap());
        let text = page(&input, &Parts { view: &view, success: &success, comparisons: &comparisons, figures: &[] });
        assert!(!text.contains("<script"), "{text}");
        assert!(text.contains("write18{x}&lt;script&gt;"));
        assert!(text.contains("script") && text.contains("default-src 'none'"));
    }
}

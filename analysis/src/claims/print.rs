//! Verdicts as tables, or as data.

use crate::error::AnalysisError;
use crate::notes::Notes;
use crate::options::{Adjustment, Options};
use crate::print::{self, Format};
use crate::sentence;
use clap::ValueEnum;
use meshbench_reports::escape::latex;
use meshbench_reports::number::{Digits, pretty};
use meshbench_reports::units::Shown;
use meshbench_reports::words::many;
use meshbench_schemas::catalogue::{self, Unit};
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::words::{Covers, EffectKind, Judgement};
use meshbench_terminal::{Column, Page, Table};
use std::fmt::Write;

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ClaimsFormat {
    /// Aligned columns for a terminal
    #[default]
    Table,
    /// Markdown
    Md,
    /// Comma-separated values in base units
    Csv,
    /// An array of objects in base units
    Json,
    /// A LaTeX table, to be \input; needs booktabs
    Tex,
}

/// The verdicts in a format.
pub fn print(
    rows: &[Verdict],
    (format, lines): (ClaimsFormat, Page),
    options: &Options,
) -> Result<String, AnalysisError> {
    let format = match format {
        ClaimsFormat::Tex => return Ok(tex(rows, options)),
        ClaimsFormat::Table => Format::Table,
        ClaimsFormat::Md => Format::Md,
        ClaimsFormat::Csv => Format::Csv,
        ClaimsFormat::Json => Format::Json,
    };
    print::print((format, lines), &rows, rows, |page| text(rows, page, options))
}

/// A text from a claims file on its way to a terminal or into a Markdown table: on one line, and without what would
/// steer either.
fn plain(text: &str, markdown: bool) -> String {
    let mut out = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()) {
        if markdown && matches!(c, '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

const fn word(verdict: Judgement) -> &'static str {
    match verdict {
        Judgement::Supported => "supported",
        Judgement::Refuted => "refuted",
        Judgement::NotResolved => "not resolved",
        Judgement::NotTestable => "not testable",
    }
}

/// Where a cell is: "medium, forward, tuning x".
fn place(row: &Verdict) -> String {
    let tuning = row.tuning.as_deref().filter(|tuning| *tuning != "default").map(|tuning| format!("tuning {tuning}"));
    let system = row.system.as_deref().filter(|system| *system != row.left_side).map(str::to_owned);
    let profile = row.profile.as_deref().map(str::to_owned);
    let direction = row.direction.map(|direction| direction.to_string());
    [system, profile, direction, tuning].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The estimate and its interval.
fn estimate(row: &Verdict) -> (String, String) {
    let Some(value) = row.value else { return ("–".to_owned(), String::new()) };
    if row.effect == EffectKind::Rank {
        let ends = row.low.zip(row.high).map(|(low, high)| format!("[{low}, {high}]")).unwrap_or_default();
        return (format!("place {value}"), ends);
    }
    let shown = if row.effect == EffectKind::Difference {
        let unit = catalogue::metric(&row.metric).map_or(Unit::Count, |metric| metric.unit);
        Shown::choose(unit, [Some(value), row.low, row.high].into_iter().flatten())
    } else {
        Shown::choose(Unit::Count, [1.0])
    };
    let digits = Digits::new(shown, value, row.low, row.high);
    let text = match row.effect {
        EffectKind::Ratio => format!("× {}", pretty(&digits.value)),
        EffectKind::Tau => format!("τ {}", pretty(&digits.value)),
        EffectKind::Difference | EffectKind::Rank | EffectKind::None => shown.with(&pretty(&digits.value)),
    };
    (text, digits.interval().unwrap_or_else(|| "none".to_owned()))
}

/// The adjusted p that decides, and for what it speaks.
fn p(row: &Verdict) -> String {
    match (row.p_support_adjusted, row.p_refute_adjusted) {
        (Some(support), Some(refute)) if refute < support => format!("{} against", number(refute)),
        (Some(support), _) => format!("{} for", number(support)),
        (None, Some(refute)) => format!("{} against", number(refute)),
        (None, None) => String::new(),
    }
}

fn number(p: f64) -> String {
    sentence::p(p).trim_start_matches("p = ").trim_start_matches("p ").to_owned()
}

/// How many of what entered.
fn count(row: &Verdict) -> String {
    match row.covers {
        Covers::None => String::new(),
        what => many(row.count.into(), what.one()),
    }
}

fn family(rows: &[Verdict], options: &Options) -> String {
    let tests = rows.first().map_or(0, |row| row.family_size);
    let detail = match options.adjustment {
        Adjustment::Holm => " (with Shaffer's count of what can be true at once)",
        Adjustment::BenjaminiHochberg => "",
    };
    let method = format!("{}{detail}", options.adjustment.name());
    let alpha = options.alpha();
    let over = match tests {
        0 => return "No test of these claims can give a verdict, so nothing is supported or refuted.".to_owned(),
        1 => "One test of these claims can give a verdict, so its p stands as it is".to_owned(),
        tests => format!("p is adjusted over the {tests} tests of these claims that can give a verdict, by {method}"),
    };
    format!(
        "{over}; supported and refuted mean p ≤ {alpha}. A verdict is about these data: the hosts, versions and links of this \
         campaign."
    )
}

fn text(rows: &[Verdict], page: Page, options: &Options) -> String {
    let mut text = String::new();
    let mut notes = Notes::new(page);
    let plain = |text: &str| plain(text, page.is_markdown());
    let bullet = if page.is_markdown() { "* " } else { "  " };
    for group in rows.chunk_by(|a, b| a.claim == b.claim) {
        let Some((claim, cells)) = group.split_first() else { continue };
        text += &print::heading(&format!("{}: {}", claim.claim, word(claim.verdict)), page);
        let mut table = Table::new([
            Column::words("cell").shared(),
            Column::name("verdict").shared(),
            Column::name("estimate"),
            Column::name("interval"),
            Column::name("n").shared(),
            Column::name("p").shared(),
            Column::words("notes").shared_words(),
        ]);
        for row in cells {
            let (value, interval) = estimate(row);
            let place = place(row);
            let place = if place.is_empty() { row.workload.to_string() } else { place };
            let codes = notes.of_row(&row.warnings, &row.findings);
            let verdict = word(row.verdict).to_owned();
            table.row([place, verdict, value, interval, count(row), p(row), codes]);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}\n", page.line("Source: ", &plain(&claim.source)));
        let _ = writeln!(text, "{}\n", page.line("", &format!("{}.", plain(&claim.sentence))));
        let _ = writeln!(text, "{}", table.print(page));
        for row in cells {
            let _ = writeln!(text, "{}", page.line(bullet, &format!("{}.", plain(&row.sentence))));
        }
        let _ = writeln!(text);
    }
    text += &notes.lines();
    let _ = writeln!(text, "{}", page.line("", &family(rows, options)));
    text
}

fn tex(rows: &[Verdict], options: &Options) -> String {
    let mut text = String::from("% Written by meshbench; needs booktabs.\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\\begin{{tabular}}{{@{{}}p{{0.3\\linewidth}}llllll@{{}}}}\n\\toprule");
    let _ = writeln!(text, "Claim & Cell & Estimate & Interval & $n$ & $p$ & Verdict \\\\");
    for group in rows.chunk_by(|a, b| a.claim == b.claim) {
        let Some((claim, cells)) = group.split_first() else { continue };
        let _ = writeln!(text, "\\midrule");
        let _ = writeln!(text, "{} & & & & & & \\textbf{{{}}} \\\\", escaped(&claim.says), word(claim.verdict));
        for row in cells {
            let (value, interval) = estimate(row);
            let fields = [place(row), value, interval, count(row), p(row), word(row.verdict).to_owned()];
            let _ = writeln!(text, "& {} \\\\", fields.map(|field| escaped(&field)).join(" & "));
        }
    }
    let _ = writeln!(text, "\\bottomrule\n\\end{{tabular}}");
    let _ = writeln!(text, "% {}", plain(&family(rows, options), false));
    text
}

/// Escaped for LaTeX. A row must not begin with what `\\` would take for its argument.
fn escaped(text: &str) -> String {
    let text = latex(text).replace('τ', "\\ensuremath{\\tau}").replace("U+03C4", "\\ensuremath{\\tau}");
    if text.starts_with(['[', '*']) { format!("{{}}{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Evidence, judge, parse};
    use meshbench_schemas::stage::Stages;

    /// A claim whose words are meant to do harm, on a campaign without anything.
    fn hostile() -> Vec<Verdict> {
        let text = "[[claim]]\nid = \"x\"\nsays = \"\\\\input{/etc/passwd} | 5 % \\u001B[31m & $x$\\n# more\"\nsource = \"[a](b) <script>\"\n\
                    [claim.rank]\nmetric = \"throughput\"\nworkload = \"tcp\"\nsystem = \"a\"\n";
        let comparisons = Stages::default();
        let evidence = Evidence { runs: &[], values: &[], spreads: &[], estimates: &[], comparisons: &comparisons };
        judge(&parse("x", text).unwrap(), evidence, &Options::default())
    }

    #[test]
    fn every_format_keeps_words_from_steering_it() {
        let printed = |format| print(&hostile(), (format, Page::PIPE), &Options::default()).unwrap();
        let tex = printed(ClaimsFormat::Tex);
        assert!(tex.contains("\\textbackslash{}input\\{/etc/passwd\\}") && tex.contains("5 \\%"), "{tex}");
        assert!(tex.contains("\\toprule") && tex.contains("\\& \\$x\\$"), "{tex}");
        let md = printed(ClaimsFormat::Md);
        assert!(md.contains("\\[a\\](b) \\<script\\>") && md.contains("\\| 5 %"), "{md}");
        for text in [&md, &tex, &printed(ClaimsFormat::Table)] {
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        }
        assert!(printed(ClaimsFormat::Json).contains("\"verdict\": \"not-testable\""));
        assert_eq!(printed(ClaimsFormat::Csv).lines().next().unwrap().split(',').next(), Some("claim"));
    }
}

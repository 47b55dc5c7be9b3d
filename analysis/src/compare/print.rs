//! Changes as a table, or as data.

use super::Found;
use super::factors::Looked;
use super::missing::Missing;
use crate::error::AnalysisError;
use crate::notes::Notes;
use crate::options::Options;
use crate::print::{self, Format};
use meshbench_reports::number::{Digits, pretty, without_ends};
use meshbench_reports::units::Shown;
use meshbench_reports::words::many;
use meshbench_schemas::catalogue::{self, Unit};
use meshbench_schemas::printed::Change;
use meshbench_schemas::words::{Answer, Covers, EffectKind, IntervalEnd, PairTest};
use meshbench_terminal::{Cell, Column, Page, Table};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The comparison in a format.
pub fn print(found: &Found, (format, lines): (Format, Page), options: &Options) -> Result<String, AnalysisError> {
    let rows: Vec<Change> = found.changes.iter().chain(&found.one_sided).cloned().collect();
    print::print((format, lines), found, &rows, |page| text(found, page, options))
}

fn text(found: &Found, page: Page, options: &Options) -> String {
    let mut text = String::new();
    let mut notes = Notes::new(page);
    let often = often(&found.changes);
    let same = |a: &Change, b: &Change| (a.workload, &a.metric, a.direction) == (b.workload, &b.metric, b.direction);
    for group in found.changes.chunk_by(same) {
        let Some(first) = group.first() else { continue };
        let metric = catalogue::metric(&first.metric);
        let values = group.iter().flat_map(|row| [row.old, row.new]).flatten();
        let unit = Shown::choose(metric.map_or(Unit::Count, |metric| metric.unit), values);
        let direction = first.direction.map(|direction| format!(", {direction}")).unwrap_or_default();
        let shown = if unit.text.is_empty() { String::new() } else { format!(" [{}]", unit.text) };
        let title = metric.map_or(&*first.metric, |metric| metric.title);
        text += &print::heading(&format!("{}: {title}{direction}{shown}", first.workload), page);
        let mut table = Table::new([
            Column::name("system").shared(),
            Column::name("profile").shared(),
            Column::name("tuning").shared(),
            Column::name("old"),
            Column::name("new"),
            Column::words("change"),
            Column::words("at once").shared(),
            Column::number("p").shared(),
            Column::name("n").shared(),
            Column::words("notes").shared_words(),
        ]);
        for row in group {
            table.row(cells(row, unit, &mut notes, &often));
        }
        text += &(table.print(page) + "\n");
    }
    for (reason, rows) in &often {
        text += &(page.line("", &format!("*: no change in {rows} rows: {reason}")) + "\n");
    }
    text += &notes.lines();
    legend(&mut text, found, options, page);
    text
}

/// Why rows have no change, where several have the same reason: it is said once, with how many they are.
fn often(rows: &[Change]) -> BTreeMap<&str, usize> {
    let mut often: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in rows.iter().filter(|row| row.change.is_none()).filter_map(|row| row.reason.as_deref()) {
        *often.entry(reason).or_default() += 1;
    }
    often.retain(|_, rows| *rows > 1);
    // With several such reasons a sign would not say which.
    if often.len() == 1 { often } else { BTreeMap::new() }
}

/// A value with half its interval's width.
fn side(value: Option<f64>, low: Option<f64>, high: Option<f64>, unit: Shown) -> String {
    let Some(value) = value else { return "–".to_owned() };
    let digits = Digits::new(unit, value, low, high);
    match digits.interval() {
        Some(interval) => format!("{} {interval}", pretty(&digits.value)),
        None => pretty(&digits.value),
    }
}

/// `+8.2 % [+5.1, +11.3]`, or a difference in the metric's unit.
fn change(row: &Change, unit: Shown, often: &BTreeMap<&str, usize>) -> Cell {
    let Some(value) = row.change else {
        let reason = row.reason.as_deref().unwrap_or_default();
        return if often.contains_key(reason) { "none*".to_owned() } else { reason.to_owned() }.into();
    };
    let ratio = row.effect == EffectKind::Ratio;
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let (scaled, low, high, suffix) = if ratio {
        (percent(value), row.low.map(percent), row.high.map(percent), " %")
    } else {
        (unit.scale(value), row.low.map(|low| unit.scale(low)), row.high.map(|high| unit.scale(high)), "")
    };
    let interval = match (low, high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", number(low), number(high)),
        _ => String::new(),
    };
    let word = match row.answer {
        Answer::Better => " better".to_owned(),
        Answer::Worse => " worse".to_owned(),
        Answer::Different => " different".to_owned(),
        Answer::Equivalent => " =".to_owned(),
        Answer::NotResolved => " ~".to_owned(),
        Answer::CannotTell => match row.count_needed {
            Some(count) => format!(" ? (n ≥ {count})"),
            None => " ?".to_owned(),
        },
        Answer::NoData => String::new(),
    };
    Cell::whole(format!("{}{suffix}{interval}{word}", number(scaled)))
}

/// The interval that agrees with the adjusted p.
fn at_once(row: &Change, unit: Shown) -> String {
    if row.simultaneous_low.is_none() && row.simultaneous_high.is_none() {
        return String::new();
    }
    let end = |end: Option<f64>, open: &str| match end {
        Some(end) if row.effect == EffectKind::Ratio => number((end - 1.0) * 100.0),
        Some(end) => number(unit.scale(end)),
        None => open.to_owned(),
    };
    let open = if row.effect == EffectKind::Ratio { "−100" } else { "−∞" };
    let interval = format!("[{}, {}]", end(row.simultaneous_low, open), end(row.simultaneous_high, "∞"));
    let belongs = |end: Option<IntervalEnd>| end.is_none_or(IntervalEnd::belongs);
    without_ends(&interval, (belongs(row.simultaneous_low_end), belongs(row.simultaneous_high_end)))
}

/// What the intervals at once are, where there are any.
fn together(rows: &[Change]) -> String {
    let has = |end: IntervalEnd| {
        rows.iter().any(|row| row.simultaneous_low_end == Some(end) || row.simultaneous_high_end == Some(end))
    };
    if !IntervalEnd::ALL.iter().any(|end| has(*end)) {
        return String::new();
    }
    let cut = if has(IntervalEnd::Cut) {
        "; an end in a round bracket at no change does not belong to it: the interval reached further, and the test rejects"
    } else {
        ""
    };
    let stretched = if has(IntervalEnd::Stretched) {
        "; one in a square bracket at no change was moved there, because the test does not reject"
    } else {
        ""
    };
    let open = if has(IntervalEnd::Open) { "; ∞, or −100 %, where these counts give no end" } else { "" };
    format!(
        "; at once: those of all changes together, which leave out no change where the adjusted p is at most alpha, and \
         hold it elsewhere{cut}{stretched}{open}"
    )
}

/// A change with its sign and two decimals, fewer where it is large.
fn number(number: f64) -> String {
    let digits = if number.abs() >= 99.95 {
        0
    } else if number.abs() >= 9.995 {
        1
    } else {
        2
    };
    pretty(&format!("{number:+.digits$}"))
}

/// A p value with two digits.
fn probability(p: f64) -> String {
    if p < 0.001 { format!("{p:.1e}") } else { format!("{p:.3}") }
}

fn cells(row: &Change, unit: Shown, notes: &mut Notes, often: &BTreeMap<&str, usize>) -> Vec<Cell> {
    vec![
        row.system.to_string().into(),
        row.profile.to_string().into(),
        row.tuning.to_string().into(),
        side(row.old, row.old_low, row.old_high, unit).into(),
        side(row.new, row.new_low, row.new_high, unit).into(),
        change(row, unit, often),
        Cell::whole(at_once(row, unit)),
        row.p_adjusted.map(probability).unwrap_or_default().into(),
        counts(row).into(),
        notes.of_row(&row.warnings, &row.findings).into(),
    ]
}

/// "6 blocks", "3+5 blocks"; what has no test has no replicates.
fn counts(row: &Change) -> String {
    match (row.covers, row.old_count == row.new_count && matches!(row.test, PairTest::SignFlip | PairTest::Ar1)) {
        // Nothing entered a change, which is not to say that the sides have nothing.
        (Covers::None, _) if row.old_count == 0 && row.new_count == 0 => String::new(),
        (Covers::None, _) => format!("{}+{}", row.old_count, row.new_count),
        (what, true) => many(row.new_count.into(), what.one()),
        (what, false) => format!("{}+{} {what}", row.old_count, row.new_count),
    }
}

/// What one side has and the other lacks, a line each.
fn lacking(missing: &[Missing], page: Page) -> String {
    let line = |missing: &Missing| {
        let names: Vec<String> = missing.names.iter().map(|name| name.escape_debug().to_string()).collect();
        let of = many(missing.of as u64, missing.what.as_str());
        let text = format!("{} lacks {} of {of}: {}", missing.lacks.as_str(), missing.names.len(), names.join("; "));
        page.line("  ", &text) + "\n"
    };
    let lines: String = missing.iter().map(line).collect();
    let head = page.line("", "Not on both sides, and so not compared (--format csv has their rows):");
    if lines.is_empty() { lines } else { format!("\n{head}\n{lines}") }
}

/// What was looked at for other differences, to stand before or in place of them.
fn looked(looked: Option<&Looked>, any: bool) -> String {
    let Some(looked) = looked else {
        return "Both sides are of one dataset; whether their cells were measured alike, `analyze check` says."
            .to_owned();
    };
    let alone = match looked.only_old + looked.only_new {
        0 => String::new(),
        alone => {
            format!("; {} that one side alone records cannot be compared", many(alone as u64, "more thing"))
        }
    };
    let compared = many(looked.compared as u64, "thing");
    let what = if any {
        format!(
            "Other things differ, too, and a change may be due to any of them, or to what nobody recorded ({compared} compared"
        )
    } else {
        format!("No other difference is recorded, which is not to say that there is none ({compared} compared")
    };
    let kinds = if any { String::new() } else { format!(": {}", looked.kinds.join(", ")) };
    format!("{what}{kinds}{alone}){}", if any { ":" } else { "." })
}

fn legend(text: &mut String, found: &Found, options: &Options, page: Page) {
    let tests = many(found.changes.iter().filter(|row| row.p.is_some()).count() as u64, "test");
    let percent = options.margin.share() * 100.0;
    let alpha = options.alpha();
    let achieved = found.changes.iter().filter_map(|row| row.achieved_confidence);
    let (least, most) =
        achieved.fold((f64::INFINITY, 0.0f64), |(least, most), share| (least.min(share), most.max(share)));
    let achieved = match most {
        0.0 => String::new(),
        _ if most - least < 0.0005 => format!(" (exact ones of a change: {} %)", print::confidence(most, 1)),
        _ => format!(" (exact ones of a change: {} to {} %)", print::confidence(least, 1), print::confidence(most, 1)),
    };
    let method = options.adjustment.name();
    let signs = format!(
        "better, worse: a change beyond chance; = equivalent within ±{percent} %; ~ not resolved; ? these counts cannot tell \
         (with how many they could)"
    );
    let family = format!(
        "p adjusted over {tests} by {method}, alpha {alpha}; intervals {} %{achieved}, one at a \
         time{}",
        print::short_confidence(options.confidence.share()),
        together(&found.changes)
    );
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}\n{}", page.line("", &signs), page.line("", &family));
    *text += &lacking(&found.missing, page);
    let _ = writeln!(text, "\n{}", page.line("", &looked(found.looked.as_ref(), !found.factors.is_empty())));
    for factor in &found.factors {
        let factor = format!(
            "{} of {}: {} → {}",
            factor.what.escape_debug(),
            factor.of.escape_debug(),
            factor.old.escape_debug(),
            factor.new.escape_debug()
        );
        let _ = writeln!(text, "{}", page.line("  ", &factor));
    }
}

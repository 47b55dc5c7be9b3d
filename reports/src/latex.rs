//! LaTeX tables with booktabs and siunitx, to be `\input` as they are.
//!
//! Written for siunitx 3.2, which has no asymmetric uncertainties: an interval is printed beside its
//! value as `[\num{..}, \num{..}]`.

use crate::cell::{Content, more_than};
use crate::escape::{latex, latex_comment};
use crate::notes::Notes;
use crate::number::Digits;
use crate::success::Success;
use crate::view::Series;
use std::fmt::Write as _;

/// The space between what belongs to two profiles.
const GAP: &str = "@{\\hspace{1.4em}}";
/// Profiles side by side before a table goes on below.
const ABREAST: usize = 4;

/// The table of one series.
pub fn series(series: &Series<'_>, campaign: &str) -> String {
    let notes = Notes::of(series);
    let mut out = head(&series.title(), campaign);
    let profiles: Vec<usize> = (0..series.profiles.len()).collect();
    let width = profiles.len().min(ABREAST);
    let formats: Vec<String> = (0..width)
        .map(|column| {
            let places = profiles.iter().copied().filter(|profile| profile % ABREAST == column);
            let cells = places.flat_map(|profile| (0..series.rows.len()).map(move |row| (row, profile)));
            table_format(cells.filter_map(|(row, profile)| digits(series, row, profile)))
        })
        .collect();
    let columns: String = formats.iter().map(|format| format!("{GAP}S[table-format={format}]@{{\\;}}l")).collect();
    let _ = writeln!(out, "\\begin{{tabular}}{{@{{}}l{columns}@{{}}}}\n\\toprule");
    let quantity = quantity(series);
    let _ = writeln!(out, " & \\multicolumn{{{}}}{{l@{{}}}}{{{quantity}}} \\\\", width * 2);
    for (at, chunk) in profiles.chunks(ABREAST).enumerate() {
        let _ =
            if at == 0 { writeln!(out, "\\cmidrule(l){{2-{}}}", width * 2 + 1) } else { writeln!(out, "\\midrule") };
        out.push_str("System");
        for (column, profile) in chunk.iter().enumerate() {
            let name = series.profiles.get(*profile).map(|name| latex(name)).unwrap_or_default();
            let _ = write!(out, " & {}", spanning(column + 1 == width, &name));
        }
        out.push_str(" \\\\\n\\midrule\n");
        for (row, label) in series.rows.iter().enumerate() {
            out.push_str(&row_label(&label.label));
            for (column, profile) in chunk.iter().enumerate() {
                let marks = notes.marks(row, *profile);
                let _ = write!(out, " & {}", cell(series, (row, *profile), &marks, column + 1 == width));
            }
            out.push_str(" \\\\\n");
        }
    }
    out.push_str("\\bottomrule\n\\end{tabular}%\n");
    note(
        &mut out,
        notes
            .general
            .iter()
            .map(|text| (None, text.as_str()))
            .chain(notes.marked.iter().map(|(mark, text)| (Some(mark.as_str()), text.as_str()))),
    );
    out.push_str("\\endgroup\n");
    out
}

/// The pooled success table; systems are rows, workloads columns.
pub fn success(success: &Success<'_>, campaign: &str) -> String {
    let mut out = head("share of attempts that succeeded", campaign);
    for (at, chunk) in success.workloads.chunks(5).enumerate() {
        let columns: String = chunk.iter().map(|_| format!("{GAP}r@{{\\;}}l")).collect();
        let gap = if at > 0 { "\\par\\medskip\n" } else { "" };
        let _ = write!(out, "{gap}\\begin{{tabular}}{{@{{}}l{columns}@{{}}}}\n\\toprule\nSystem");
        for (column, workload) in chunk.iter().enumerate() {
            let _ = write!(out, " & {}", spanning(column + 1 == chunk.len(), &latex(workload.as_str())));
        }
        out.push_str(" \\\\\n\\midrule\n");
        for (row, label) in success.rows.iter().enumerate() {
            out.push_str(&row_label(&label.label));
            for (column, workload) in chunk.iter().enumerate() {
                let words = |words: &str| {
                    format!(" & {}", spanning(column + 1 == chunk.len(), &format!("\\scriptsize {words}")))
                };
                match success.counts(row, *workload).map(|counts| (counts, success.interval(counts))) {
                    Some((counts, Some((low, high)))) => {
                        let _ = write!(
                            out,
                            " & {}/{} & {{\\scriptsize[\\num{{{low}}}, \\num{{{high}}}]}}",
                            counts.ok, counts.attempts
                        );
                    }
                    Some((counts, None)) if counts.unsupported > 0 => out.push_str(&words("not supported")),
                    _ => out.push_str(&words("not run")),
                }
            }
            out.push_str(" \\\\\n");
        }
        out.push_str("\\bottomrule\n\\end{tabular}%\n");
    }
    note(&mut out, std::iter::once((None, success.note().as_str())));
    out.push_str("\\endgroup\n");
    out
}

/// The beginning of a table's file.
pub fn head(title: &str, campaign: &str) -> String {
    format!(
        "% {} -- campaign {}\n% Written by meshbench; needs booktabs and siunitx. Do not edit: the next report overwrites it.\n\
         \\begingroup\\footnotesize\\setlength{{\\tabcolsep}}{{3pt}}%\n",
        latex_comment(title),
        latex_comment(campaign)
    )
}

/// The notes under a table, some of them marked.
pub fn note<'a>(out: &mut String, lines: impl Iterator<Item = (Option<&'a str>, &'a str)>) {
    out.push_str("\\par\\smallskip\n\\noindent\\begin{minipage}{\\linewidth}\\raggedright\\scriptsize\n");
    for (mark, text) in lines {
        match mark {
            Some(mark) => {
                let _ = writeln!(out, "\\textsuperscript{{{}}}\\,{} \\quad", latex(mark), latex(text));
            }
            None => {
                let _ = writeln!(out, "{}", latex(text));
            }
        }
    }
    out.push_str("\\end{minipage}\\par\n");
}

/// The quantity with its unit in siunitx's words.
fn quantity(series: &Series<'_>) -> String {
    let title = latex(&series.title());
    if series.unit.siunitx.is_empty() { title } else { format!("{title}, in {}", unit(series.unit)) }
}

/// The name of a row; a long one in several lines.
pub fn row_label(label: &str) -> String {
    let text = latex(label);
    if label.chars().count() > 22 {
        format!("\\parbox[t]{{30mm}}{{\\raggedright {text}\\strut}}")
    } else {
        format!("{{{text}}}")
    }
}

/// A unit with a slash, as figures have it, whatever the document's own setting.
pub fn unit(unit: crate::units::Shown) -> String {
    format!("\\unit[per-mode=symbol]{{{}}}", unit.siunitx)
}

fn digits(series: &Series<'_>, row: usize, profile: usize) -> Option<Digits> {
    match series.content(row, profile) {
        Content::Value { value, low, high } => Some(Digits::new(series.unit, value, low, high)),
        _ => None,
    }
}

/// The column format that holds all values: most digits before and after the point.
pub fn table_format(cells: impl Iterator<Item = Digits>) -> String {
    let (mut sign, mut whole, mut fraction) = ("", 1, 0);
    for digits in cells.filter(|digits| !digits.value.contains('e')) {
        let (negative, rest) =
            digits.value.strip_prefix('-').map_or((false, digits.value.as_str()), |rest| (true, rest));
        let (before, after) = rest.split_once('.').unwrap_or((rest, ""));
        if negative {
            sign = "-";
        }
        whole = whole.max(before.len());
        fraction = fraction.max(after.len());
    }
    format!("{sign}{whole}.{fraction}")
}

/// Text over both columns of a profile. LaTeX counts the gap after a column as a part of it, so a
/// spanning cell brings its own.
fn spanning(last: bool, text: &str) -> String {
    let gap = if last { "@{}" } else { GAP };
    format!("\\multicolumn{{2}}{{l{gap}}}{{{text}}}")
}

fn cell(series: &Series<'_>, (row, profile): (usize, usize), marks: &str, last: bool) -> String {
    let marks = if marks.is_empty() { String::new() } else { format!("\\textsuperscript{{{marks}}}") };
    let words = |words: &str| spanning(last, &format!("\\scriptsize {}{marks}", latex(words)));
    match series.content(row, profile) {
        Content::Value { value, low, high } => {
            let digits = Digits::new(series.unit, value, low, high);
            let interval = digits.interval_latex().unwrap_or_else(|| "(no interval)".to_owned());
            let value =
                if digits.value.contains('e') { format!("{{\\num{{{}}}}}", digits.value) } else { digits.value };
            format!("{value} & {{\\scriptsize {interval}}}{marks}")
        }
        Content::MoreThan(limit) => words(&more_than(limit, series.unit)),
        Content::Words(text) => words(&text),
    }
}

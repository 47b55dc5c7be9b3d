//! A table for LaTeX with booktabs and siunitx.

use super::{Cell, Grid, Kind, Line, sign};
use crate::escape::latex;
use crate::latex::{head, note, row_label, table_format};
use std::fmt::Write as _;

impl Grid {
    /// The table, to be `\input` as it is.
    pub fn latex(&self, campaign: &str) -> String {
        let mut out = head(&self.title, campaign);
        let formats: String = self.columns.iter().enumerate().map(|(at, (_, kind))| self.format(at, *kind)).collect();
        let _ = write!(out, "\\begin{{tabular}}{{@{{}}l{formats}@{{}}}}\n\\toprule\n{}", latex(self.rows_are));
        for (text, kind) in &self.columns {
            let text = latex(text);
            let _ = match kind {
                Kind::Value => write!(out, " & \\multicolumn{{2}}{{l}}{{{text}}}"),
                Kind::Number => write!(out, " & \\multicolumn{{1}}{{r}}{{{text}}}"),
                Kind::Words => write!(out, " & \\multicolumn{{1}}{{l}}{{{text}}}"),
                Kind::Sign => write!(out, " & {{{text}}}"),
            };
        }
        out.push_str(" \\\\\n");
        for group in &self.groups {
            out.push_str("\\midrule\n");
            if !group.title.is_empty() {
                let _ = writeln!(
                    out,
                    "\\multicolumn{{{}}}{{@{{}}l}}{{\\emph{{{}}}}} \\\\",
                    self.width(),
                    latex(&group.title)
                );
            }
            for line in &group.rows {
                self.row(&mut out, line);
            }
        }
        out.push_str("\\bottomrule\n\\end{tabular}%\n");
        let general = self.notes.iter().map(|text| (None, text.as_str()));
        note(&mut out, general.chain(self.marked.iter().map(|(mark, text)| (Some(mark.as_str()), text.as_str()))));
        out.push_str("\\endgroup\n");
        out
    }

    fn width(&self) -> usize {
        1 + self.columns.iter().map(|(_, kind)| if *kind == Kind::Value { 2 } else { 1 }).sum::<usize>()
    }

    fn format(&self, column: usize, kind: Kind) -> String {
        match kind {
            Kind::Value => {
                let cells = self.groups.iter().flat_map(|group| &group.rows).filter_map(|line| line.cells.get(column));
                let values = cells.filter_map(|cell| match cell {
                    Cell::Value(digits) => Some(digits.clone()),
                    _ => None,
                });
                format!("@{{\\hspace{{1em}}}}S[table-format={}]@{{\\;}}l", table_format(values))
            }
            Kind::Number => "@{\\hspace{1em}}r".to_owned(),
            Kind::Words => "@{\\hspace{1em}}l".to_owned(),
            Kind::Sign => "c".to_owned(),
        }
    }

    fn row(&self, out: &mut String, line: &Line) {
        out.push_str(&row_label(&line.label));
        if !line.marks.is_empty() {
            let _ = write!(out, "\\textsuperscript{{{}}}", latex(&line.marks));
        }
        for ((_, kind), cell) in self.columns.iter().zip(&line.cells) {
            let text = match cell {
                Cell::Nothing if *kind == Kind::Value => " & {} &".to_owned(),
                Cell::Nothing => " &".to_owned(),
                Cell::Words(words) if *kind == Kind::Value => {
                    format!(" & \\multicolumn{{2}}{{l}}{{\\scriptsize {}}}", latex(words))
                }
                Cell::Words(words) => format!(" & {{{}}}", latex(words)),
                Cell::Value(digits) => {
                    let interval = digits.interval_latex().unwrap_or_else(|| "(no interval)".to_owned());
                    let value = if digits.value.contains('e') {
                        format!("{{\\num{{{}}}}}", digits.value)
                    } else {
                        digits.value.clone()
                    };
                    format!(" & {value} & {{\\scriptsize {interval}}}")
                }
                Cell::Number(number) => format!(" & {{{}}}", numeral(number)),
                Cell::Sign(answer) => format!(" & {}", latex(sign(*answer))),
            };
            out.push_str(&text);
        }
        out.push_str(" \\\\\n");
    }
}

/// A number for LaTeX: digits by siunitx, anything else as escaped text.
pub fn numeral(text: &str) -> String {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b".-e".contains(&b));
    match text.strip_prefix("< ") {
        Some(rest) if plain(rest) => format!("\\textless\\,\\num{{{rest}}}"),
        None if plain(text) => format!("\\num{{{text}}}"),
        _ => latex(text),
    }
}

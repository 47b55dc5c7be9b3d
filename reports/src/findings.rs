//! What was found in the dataset, for the page and for LaTeX: by code, the worst first.

use crate::FindingNote;
use crate::escape::latex;
use crate::latex::head;
use crate::words;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rows after which a table is interrupted, so that pages can break.
const ROWS: usize = 30;

/// All notes of one code.
struct Group<'a> {
    code: &'a str,
    severity: &'a str,
    title: &'a str,
    /// Where, and the evidence.
    rows: Vec<(&'a str, &'a str)>,
}

/// How bad a severity is; words that nobody knows come after those that are known.
fn badness(severity: &str) -> usize {
    ["error", "warning", "note"].iter().position(|known| *known == severity).unwrap_or(3)
}

fn groups(findings: &[FindingNote]) -> Vec<Group<'_>> {
    let mut by_code: BTreeMap<(usize, &str, &str), Group<'_>> = BTreeMap::new();
    for note in findings {
        let group = by_code.entry((badness(&note.severity), &note.severity, &note.code)).or_insert_with(|| Group {
            code: &note.code,
            severity: &note.severity,
            title: &note.title,
            rows: Vec::new(),
        });
        group.title = group.title.min(&note.title);
        group.rows.push((&note.where_, &note.evidence));
    }
    let mut groups: Vec<Group<'_>> = by_code.into_values().collect();
    for group in &mut groups {
        group.rows.sort_unstable();
        group.rows.dedup();
    }
    groups
}

fn place(where_: &str) -> &str {
    if where_.is_empty() { "the whole dataset" } else { where_ }
}

/// The section on the page; a short one where nothing was found is left to the caller.
pub fn html(findings: &[FindingNote]) -> Markup {
    html! {
        @for group in groups(findings) {
            section.finding {
                h3 { code { (group.code) } " (" (group.severity) "): " (group.title) }
                details open[group.rows.len() <= 3] {
                    summary { (words::many(group.rows.len() as u64, "place")) }
                    div.scroll role="region" tabindex="0" aria-label={ "Finding " (group.code) } {
                        table.compact {
                            thead { tr { th scope="col" { "Where" } th scope="col" { "Evidence" } } }
                            tbody {
                                @for (where_, evidence) in &group.rows {
                                    tr { th scope="row" { (place(where_)) } td { (evidence) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The table for LaTeX, one a code, with breaks between them.
pub fn tex(findings: &[FindingNote], campaign: &str) -> String {
    let mut out = head("findings", campaign);
    for group in groups(findings) {
        let _ = writeln!(
            out,
            "\\par\\medskip\\noindent\\textbf{{{}}} ({}): {}\\par\\nopagebreak\\smallskip",
            latex(group.code),
            latex(group.severity),
            latex(group.title)
        );
        for rows in group.rows.chunks(ROWS) {
            out.push_str(
                "\\noindent\\begin{tabular}{@{}p{0.28\\linewidth}@{\\hspace{1em}}p{0.66\\linewidth}@{}}\n\\toprule\nWhere & Evidence \\\\\n\\midrule\n",
            );
            for (where_, evidence) in rows {
                let _ = writeln!(
                    out,
                    "\\raggedright {}\\strut & \\raggedright {}\\strut \\tabularnewline",
                    latex(place(where_)),
                    latex(evidence)
                );
            }
            out.push_str("\\bottomrule\n\\end{tabular}%\n\\par\n");
        }
    }
    out.push_str("\\endgroup\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{HOSTILE, findings};

    #[test]
    fn the_worst_comes_first_and_nothing_is_markup() {
        let mut made = findings();
        let groups_of = |made: &[FindingNote]| groups(made).iter().map(|g| g.severity.to_owned()).collect::<Vec<_>>();
        assert_eq!(groups_of(&made), ["error", "warning", "note", HOSTILE]);
        let (page, table) = (html(&made).into_string(), tex(&made, HOSTILE));
        made.reverse();
        assert_eq!((html(&made).into_string(), tex(&made, HOSTILE)), (page.clone(), table.clone()));
        assert!(!page.contains("<script"));
        let body: String = table.lines().skip(2).collect();
        assert!(!body.contains("\\write18") && body.contains("\\textbackslash{}write18"));
    }
}

//! A table for the page. maud escapes every text.

use super::{Cell, Grid, Kind, sign};
use crate::number::pretty;
use maud::{Markup, html};

impl Grid {
    /// The table and its notes.
    pub fn html(&self) -> Markup {
        html! {
            div.scroll role="region" tabindex="0" aria-label=(self.title) {
                table.compact {
                    caption { (self.title) }
                    thead {
                        tr {
                            th scope="col" { (self.rows_are) }
                            @for (text, kind) in &self.columns { th scope="col" class=(class(*kind)) { (text) } }
                        }
                    }
                    @for group in &self.groups {
                        tbody {
                            @if !group.title.is_empty() {
                                tr.group { th scope="rowgroup" colspan=(self.columns.len() + 1) { (group.title) } }
                            }
                            @for line in &group.rows {
                                tr {
                                    th scope="row" { (line.label) @if !line.marks.is_empty() { sup { (line.marks) } } }
                                    @for (cell, (_, kind)) in line.cells.iter().zip(&self.columns) { (one(cell, *kind)) }
                                }
                            }
                        }
                    }
                }
            }
            div.notes {
                @for note in &self.notes { p { (note) } }
                @for (mark, note) in &self.marked { p { sup { (mark) } " " (note) } }
            }
        }
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Value | Kind::Words => "left",
        Kind::Number => "right",
        Kind::Sign => "sign",
    }
}

fn one(cell: &Cell, kind: Kind) -> Markup {
    html! {
        @match cell {
            Cell::Nothing => { td class=(class(kind)) {} },
            Cell::Words(words) if kind == Kind::Words => { td { (words) } },
            Cell::Words(words) => { td.words { (words) } },
            Cell::Value(digits) => {
                td { b { (pretty(&digits.value)) } " " small { (digits.interval().unwrap_or_else(|| "(no interval)".to_owned())) } }
            },
            Cell::Number(number) => { td class=(class(kind)) { (pretty(number)) } },
            Cell::Sign(answer) => {
                td.sign title=(answer.as_str().replace('-', " ")) {
                    span role="img" aria-label=(answer.as_str().replace('-', " ")) { (sign(*answer)) }
                }
            },
        }
    }
}

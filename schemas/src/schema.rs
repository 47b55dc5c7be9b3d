//! JSON Schema and documentation of the format, generated from the types.

use crate::catalogue::{METRICS, Metric, SERIES, Series};
use crate::finding::{Code, Info, Severity};
use crate::list::{self, CATALOGUE, TableInfo};
use crate::manifest::{Manifest, TableSchema};
use crate::possible::{RELATIONS, Relation};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use std::collections::BTreeMap;

/// The catalogue as it is shared with other languages.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Catalogue {
    /// What samples are made of.
    pub series: &'static [Series],
    /// Numbers for whole runs and cells.
    pub metrics: &'static [Metric],
    /// What must hold between numbers of one run.
    pub relations: &'static [Relation],
}

/// Every generated document: file name and content. They stand in `schemas/json/`; a test compares.
pub fn documents() -> Result<Vec<(String, String)>, serde_json::Error> {
    let catalogue = Catalogue { series: SERIES, metrics: METRICS, relations: RELATIONS };
    let tables: BTreeMap<&str, TableSchema> =
        list::files().chain([&CATALOGUE]).map(|table| (table.name, (table.frictionless)())).collect();
    let mut documents = vec![
        ("datapackage.schema.json".to_owned(), pretty(&schema_for!(Manifest))?),
        ("catalogue.json".to_owned(), pretty(&catalogue)?),
        ("tables.json".to_owned(), pretty(&tables)?),
    ];
    for table in list::files() {
        documents.push((format!("{}.schema.json", table.row), pretty(&(table.json_schema)())?));
    }
    Ok(documents)
}

fn pretty(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// The kinds of findings as Markdown, as `docs/findings.md` shows them, worst first.
pub fn findings() -> String {
    let mut text = String::new();
    for severity in Severity::ALL.iter().rev() {
        text.push_str(&format!("### {severity}\n\n"));
        for info in Code::ALL.iter().map(|code| code.info()).filter(|info| info.severity == *severity) {
            let Info { code, title, what, why, act, .. } = info;
            text.push_str(&format!("**`{code}`**: {title}.\n*What:* {what}\n*Why:* {why}\n*Do:* {act}\n\n"));
        }
    }
    text
}

/// The columns of a table as Markdown, as `FORMAT.md` shows them.
pub fn columns(table: &TableInfo) -> String {
    let mut text = String::from("| column | type | unit | meaning |\n|---|---|---|---|\n");
    for column in table.columns {
        let optional = if column.nullable { ", may be null" } else { "" };
        text.push_str(&format!(
            "| `{}` | {}{optional} | {} | {} |\n",
            column.name,
            column.frictionless,
            column.unit,
            column.doc.trim()
        ));
    }
    text
}

/// The views of SQL as Markdown, as `docs/query.md` shows them.
pub fn views() -> String {
    list::views().fold(String::from("| view | a row is |\n|---|---|\n"), |text, table| {
        text + &format!("| `{}` | {} |\n", table.name, table.phrase())
    })
}

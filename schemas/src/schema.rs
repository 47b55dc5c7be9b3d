//! JSON Schema and documentation of the format, generated from the types.

use crate::catalogue::{METRICS, Metric, SERIES, Series};
use crate::comparison::{Change, Components, Contrast, Omnibus, Planned, Rank, Score, Verdict};
use crate::finding::{Code, Info, Severity};
use crate::manifest::{Manifest, TableSchema, table_schema};
use crate::metrics::MetricRow;
use crate::possible::{RELATIONS, Relation};
use crate::stage::{Estimate, Finding, RunValue};
use crate::table::Table;
use crate::tables::{Host, Phase, Run, Sample, Summary, System};
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
    let mut documents = vec![
        ("datapackage.schema.json".to_owned(), pretty(&schema_for!(Manifest))?),
        ("run.schema.json".to_owned(), pretty(&schema_for!(Run))?),
        ("sample.schema.json".to_owned(), pretty(&schema_for!(Sample))?),
        ("summary.schema.json".to_owned(), pretty(&schema_for!(Summary))?),
        ("host.schema.json".to_owned(), pretty(&schema_for!(Host))?),
        ("system.schema.json".to_owned(), pretty(&schema_for!(System))?),
        ("phase.schema.json".to_owned(), pretty(&schema_for!(Phase))?),
        ("run_value.schema.json".to_owned(), pretty(&schema_for!(RunValue))?),
        ("estimate.schema.json".to_owned(), pretty(&schema_for!(Estimate))?),
        ("contrast.schema.json".to_owned(), pretty(&schema_for!(Contrast))?),
        ("rank.schema.json".to_owned(), pretty(&schema_for!(Rank))?),
        ("omnibus.schema.json".to_owned(), pretty(&schema_for!(Omnibus))?),
        ("components.schema.json".to_owned(), pretty(&schema_for!(Components))?),
        ("score.schema.json".to_owned(), pretty(&schema_for!(Score))?),
        ("change.schema.json".to_owned(), pretty(&schema_for!(Change))?),
        ("finding.schema.json".to_owned(), pretty(&schema_for!(Finding))?),
        ("planned.schema.json".to_owned(), pretty(&schema_for!(Planned))?),
        ("verdict.schema.json".to_owned(), pretty(&schema_for!(Verdict))?),
        ("catalogue.json".to_owned(), pretty(&Catalogue { series: SERIES, metrics: METRICS, relations: RELATIONS })?),
    ];
    let tables: BTreeMap<&str, TableSchema> = BTreeMap::from([
        (Run::NAME, table_schema::<Run>()),
        (Sample::NAME, table_schema::<Sample>()),
        (Summary::NAME, table_schema::<Summary>()),
        (Host::NAME, table_schema::<Host>()),
        (System::NAME, table_schema::<System>()),
        (Phase::NAME, table_schema::<Phase>()),
        (RunValue::NAME, table_schema::<RunValue>()),
        (Estimate::NAME, table_schema::<Estimate>()),
        (Contrast::NAME, table_schema::<Contrast>()),
        (Rank::NAME, table_schema::<Rank>()),
        (Omnibus::NAME, table_schema::<Omnibus>()),
        (Components::NAME, table_schema::<Components>()),
        (Score::NAME, table_schema::<Score>()),
        (Change::NAME, table_schema::<Change>()),
        (Finding::NAME, table_schema::<Finding>()),
        (Planned::NAME, table_schema::<Planned>()),
        (Verdict::NAME, table_schema::<Verdict>()),
        (MetricRow::NAME, table_schema::<MetricRow>()),
    ]);
    documents.push(("tables.json".to_owned(), pretty(&tables)?));
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
pub fn markdown<T: Table>() -> String {
    let mut text = String::from("| column | type | unit | meaning |\n|---|---|---|---|\n");
    for column in T::COLUMNS {
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

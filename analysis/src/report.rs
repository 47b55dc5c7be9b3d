//! `analyze report`: stages, tables, figures, numbers and the page, whole or not at all.

use crate::error::AnalysisError;
use crate::estimates::Options;
use crate::stages;
use crate::ui::Bar;
use meshbench_reports::{Adjustment, Campaign, FindingNote, Input, Progress, Written};
use meshbench_schemas::dataset::{Dataset, output};
use meshbench_schemas::finding::Finding;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the report of a dataset to `out`, which must not exist, in a folder that does; with `force` an earlier report
/// there is replaced.
pub fn write(dataset: &Dataset, out: &Path, options: &Options, force: bool) -> Result<Written, AnalysisError> {
    output::folder_of(out)?;
    let exists = out.symlink_metadata().is_ok();
    if exists && !force {
        return Err(AnalysisError::OutputExists(out.to_owned()));
    }
    if exists && !is_report(out) {
        return Err(AnalysisError::NotAReport(out.to_owned()));
    }
    let staging = Staging::beside(out)?;
    let bar = Bar::new();
    bar.step(0, 0, "reading samples");
    let stages = stages::of(dataset, options)?;
    stages::write(&stages, &staging.0.join("stages"))?;
    let written = meshbench_reports::write(
        &Input {
            stages: &stages,
            findings: &notes(&stages.findings),
            adjustment: match options.adjustment {
                crate::options::Adjustment::Holm => Adjustment::Holm,
                crate::options::Adjustment::BenjaminiHochberg => Adjustment::BenjaminiHochberg,
            },
            campaign: campaign(dataset),
        },
        &staging.0,
        &bar,
    )?;
    bar.finish();
    if exists {
        fs::remove_dir_all(out).map_err(AnalysisError::io("replace", out))?;
    }
    fs::rename(&staging.0, out).map_err(AnalysisError::io("finish", out))?;
    Ok(written)
}

/// Findings in words.
fn notes(findings: &[Finding]) -> Vec<FindingNote> {
    findings
        .iter()
        .map(|finding| FindingNote {
            code: finding.code.as_str().to_owned(),
            severity: finding.severity.as_str().to_owned(),
            title: finding.code.info().title.trim_end_matches('.').to_owned(),
            evidence: finding.evidence.clone(),
            where_: crate::check::print::place(finding),
        })
        .collect()
}

/// What only a report has.
fn is_report(folder: &Path) -> bool {
    folder.join("index.html").is_file() && folder.join("stages/estimates.csv").is_file()
}

fn campaign(dataset: &Dataset) -> Campaign {
    let manifest = dataset.manifest();
    let about = &manifest.meshbench;
    Campaign {
        name: manifest.title.clone().unwrap_or_else(|| manifest.name.clone()),
        producer: format!("{} {}", about.producer.name, about.producer.version),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        labels: about.labels.iter().map(|(system, label)| (system.as_str().into(), label.clone())).collect(),
        notes: about.notes.clone(),
    }
}

/// A folder beside the output that goes away unless it becomes the output.
struct Staging(PathBuf);

impl Staging {
    fn beside(out: &Path) -> Result<Self, AnalysisError> {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = out.with_file_name(name);
        if path.symlink_metadata().is_ok() {
            return Err(AnalysisError::OutputExists(path));
        }
        output::make(&path, out)?;
        Ok(Self(path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After the rename there is nothing here any more.
        let _ = fs::remove_dir_all(&self.0);
    }
}

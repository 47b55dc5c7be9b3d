//! `timing_breakdown.json`: what the harness did beside the runs, and how long each step took.

use super::{facts, support};
use meshbench_schemas::possible::LONGEST_S;
use meshbench_schemas::table::{Symbol, Timestamp};
use meshbench_schemas::tables::Phase;
use meshbench_schemas::words::Slug;
use serde_json::Value;
use std::path::Path;

/// What every row of one file carries.
pub struct Place<'a> {
    /// The system's id.
    pub system: &'a str,
    /// Host settings of the whole campaign.
    pub tuning: &'a Slug,
    /// The file's path within the tree.
    pub origin: String,
}

/// Reads one file: a row for all of it, one for each phase and one for each operation. `profile` is that of the
/// file's folder; where the file names one itself (by its folder's name, which `known` looks up), that one counts.
pub fn read<'a>(
    path: &Path,
    place: &Place<'_>,
    profile: Option<&'a Slug>,
    known: impl Fn(&str) -> Option<&'a Slug>,
) -> Result<Vec<Phase>, String> {
    let value = support::value(path)?;
    let phases = value.get("phases").and_then(Value::as_array).ok_or("is no breakdown of times: it has no phases")?;
    let told = |value: &Value, or: Option<Slug>| -> Option<Slug> {
        let name = value.pointer("/metadata/profile").and_then(Value::as_str);
        name.map(|name| known(name).cloned().unwrap_or_else(|| Slug::of(facts::profile_name(name)))).or(or)
    };
    let row = |value: &Value, profile: &Option<Slug>, phase: Option<&str>, operation: Option<&str>| Phase {
        system: place.system.into(),
        tuning: place.tuning.as_str().into(),
        campaign: None,
        number: 0,
        profile: profile.as_ref().map(|profile| profile.as_str().into()),
        phase: phase.map(Symbol::from),
        operation: operation.map(Symbol::from),
        started_at: seconds(value, "start_timestamp", f64::MAX).and_then(Timestamp::from_unix_seconds),
        elapsed_s: seconds(value, "total_duration_seconds", LONGEST_S)
            .or_else(|| seconds(value, "duration_seconds", LONGEST_S)),
        succeeded: value.get("success").and_then(Value::as_bool),
        origin: Some(place.origin.clone()),
    };
    let own = profile.cloned();
    let mut rows = vec![row(&value, &own, None, None)];
    for phase in phases {
        let name = phase.get("phase").and_then(Value::as_str).unwrap_or(UNNAMED);
        let profile = told(phase, own.clone());
        rows.push(row(phase, &profile, Some(name), None));
        for operation in phase.get("operations").and_then(Value::as_array).into_iter().flatten() {
            let step = operation.get("name").and_then(Value::as_str).unwrap_or(UNNAMED);
            rows.push(row(operation, &told(operation, profile.clone()), Some(name), Some(step)));
        }
    }
    Ok(rows)
}

/// The name of a step without one.
const UNNAMED: &str = "unnamed";

/// A time that can be: neither below zero nor above the most, nor no number.
fn seconds(value: &Value, key: &str, most: f64) -> Option<f64> {
    let value = value.get(key)?;
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (0.0..=most).contains(&number).then_some(number)
}

/// Numbers the steps of each system and tuning, in the order in which they stand.
pub fn number(steps: &mut [Phase]) {
    steps.sort_by(|a, b| (&a.system, &a.tuning).cmp(&(&b.system, &b.tuning)));
    let mut last: Option<(Symbol, Symbol, u32)> = None;
    for step in steps {
        step.number = match &last {
            Some((system, tuning, number)) if (system, tuning) == (&step.system, &step.tuning) => number + 1,
            _ => 0,
        };
        last = Some((step.system.clone(), step.tuning.clone(), step.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(name: &str) -> Slug {
        Slug::new(name).unwrap()
    }

    #[test]
    fn steps_have_the_profile_that_they_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timing_breakdown.json");
        let text = r#"{"vpn_name": "tinc", "total_duration_seconds": 2698.1, "start_timestamp": 1765452883.5, "phases": [
            {"phase": "vpn_installation", "duration_seconds": 348.5, "operations": [
                {"name": "deploy", "duration_seconds": 49.9, "start_timestamp": 1765453010.0, "success": true},
                {"name": "odd", "duration_seconds": -1, "success": false},
                {"name": "century", "duration_seconds": 3e9}]},
            {"phase": "benchmarking", "duration_seconds": NaN, "metadata": {"profile": "high_impairment"}, "operations": [
                {"name": "run_tests", "duration_seconds": 7}]}]}"#;
        std::fs::write(&path, text).unwrap();
        let (tuning, medium, high) = (slug("default"), slug("medium"), slug("high"));
        let place = Place { system: "tinc", tuning: &tuning, origin: "Tinc/x".to_owned() };
        let known = |name: &str| (name == "high_impairment").then_some(&high);
        let mut rows = read(&path, &place, Some(&medium), known).unwrap();
        number(&mut rows);
        type Told<'a> = (u32, &'a str, &'a str, &'a str, Option<f64>, Option<bool>);
        let told: Vec<Told<'_>> = rows
            .iter()
            .map(|row| {
                (
                    row.number,
                    row.profile.as_deref().unwrap_or("-"),
                    row.phase.as_deref().unwrap_or("-"),
                    row.operation.as_deref().unwrap_or("-"),
                    row.elapsed_s,
                    row.succeeded,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (0, "medium", "-", "-", Some(2698.1), None),
                (1, "medium", "vpn_installation", "-", Some(348.5), None),
                (2, "medium", "vpn_installation", "deploy", Some(49.9), Some(true)),
                (3, "medium", "vpn_installation", "odd", None, Some(false)),
                (4, "medium", "vpn_installation", "century", None, None),
                (5, "high", "benchmarking", "-", None, None),
                (6, "high", "benchmarking", "run_tests", Some(7.0), None),
            ]
        );
    }
}

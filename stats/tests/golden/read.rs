//! Reads golden values and compares with them.

#![allow(
    missing_docs,
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop, and not every test needs all of it"
)]

use meshbench_stats::Interval;
use serde_json::Value;

/// The golden values of a file beside this one.
pub fn golden(file: &str) -> Value {
    let path = format!("{}/tests/golden/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// A number; floats stand there as text, because serde_json may read them a bit off.
pub fn number(value: &Value) -> Option<f64> {
    value.as_str().map(|text| text.parse().unwrap()).or(value.as_f64())
}

pub fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(|x| number(x).unwrap()).collect()
}

/// Within 1e-9 of the size of the golden value; `scale` is for differences of nearly equal numbers.
#[track_caller]
pub fn close(found: f64, wanted: f64, scale: f64, what: &str) {
    let size = wanted.abs().max(scale);
    assert!((found - wanted).abs() <= 1e-9 * size, "{what}: {found:e}, golden {wanted:e}");
}

#[track_caller]
pub fn same_option(found: Option<f64>, wanted: &Value, scale: f64, what: &str) {
    match (found, number(wanted)) {
        (Some(found), Some(wanted)) => close(found, wanted, scale, what),
        (None, None) => {}
        other => panic!("{what}: {other:?}"),
    }
}

#[track_caller]
pub fn same_interval(found: Option<Interval>, wanted: &Value, scale: f64, what: &str) {
    match (found, wanted.as_array()) {
        (Some(found), Some(wanted)) => {
            close(found.low, number(&wanted[0]).unwrap(), scale, &format!("{what}, low"));
            close(found.high, number(&wanted[1]).unwrap(), scale, &format!("{what}, high"));
        }
        (None, None) => {}
        other => panic!("{what}: {other:?}"),
    }
}

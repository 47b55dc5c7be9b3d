//! What every sentence of the analysis has to obey, whatever it says.
#![allow(dead_code, reason = "each test file uses a part of it")]

use regex::Regex;
use std::sync::LazyLock;

/// Things that are counted in sentences.
const THINGS: &str = "block|link|run|attempt|test|difference|pair|cell|system|value|interval|defect|workload|profile|tuning|\
                      metric|result|setting|host|degree|replicate|claim|thing|sample|file|figure|table|number";

/// Words that stand before a thing, and are no thing themselves there.
const BEFORE: [&str; 7] = ["link ", "control ", "started ", "failed ", "more ", "other ", "common "];

static SINGULAR: LazyLock<Regex> = LazyLock::new(|| {
    // A count of one before a plural; `0.1 blocks`, `of 11 blocks`, `3+1 blocks` and `block 1` are none.
    Regex::new(&format!(r"(?:^|[^0-9.,+×−e\u{{a0}}-])1 (?:{THINGS})s\b")).unwrap()
});
static PLURAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"(?:^|[^0-9.,])(?:0|[2-9]|[1-9][0-9]+) (?:{THINGS})\b")).unwrap());
static BROKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"NaN|\binf\b|\(\)|\( | \)| ,| ;|\.\.|,,|; ;|: ;|\{|\}|Some\(|None").unwrap());

/// What is wrong with a sentence; nothing for a good one.
pub fn wrong(sentence: &str) -> Option<String> {
    let mut sentence = sentence.to_owned();
    for word in BEFORE {
        for thing in ["run", "attempt", "pair", "thing", "system", "replicate"] {
            sentence = sentence.replace(&format!("{word}{thing}"), thing);
        }
    }
    let found = [("one of several", &*SINGULAR), ("several of one", &*PLURAL), ("broken", &*BROKEN)];
    found
        .iter()
        .find_map(|(what, rule)| rule.find(&sentence).map(|hit| format!("{what}: `{}` in: {sentence}", hit.as_str())))
}

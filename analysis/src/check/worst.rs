//! Of several findings about one thing, such as those of both directions of a metric, the one that is furthest off.

use meshbench_schemas::finding::Finding;
use std::collections::BTreeMap;

/// One finding a key: the first of those with the largest size.
#[derive(Debug)]
pub struct Worst<K>(BTreeMap<K, (f64, Finding)>);

impl<K: Ord> Worst<K> {
    /// None yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Takes a finding of this size, unless one of its key is as far off.
    pub fn add(&mut self, key: K, size: f64, row: Finding) {
        if self.0.get(&key).is_none_or(|(known, _)| *known < size) {
            self.0.insert(key, (size, row));
        }
    }

    /// The findings, in the order of their keys.
    pub fn rows(self) -> Vec<Finding> {
        self.0.into_values().map(|(_, row)| row).collect()
    }
}

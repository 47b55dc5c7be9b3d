//! The warnings of one estimate.

use meshbench_schemas::warning::Warning;
use std::collections::BTreeSet;

/// A set of warnings; its text is their codes, separated by spaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warnings(BTreeSet<Warning>);

impl Warnings {
    /// Adds one.
    pub fn add(&mut self, warning: Warning) {
        self.0.insert(warning);
    }

    /// Adds one if `applies`.
    pub fn add_if(&mut self, applies: bool, warning: Warning) {
        if applies {
            self.add(warning);
        }
    }
}

impl std::fmt::Display for Warnings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, warning) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(warning.as_str())?;
        }
        Ok(())
    }
}

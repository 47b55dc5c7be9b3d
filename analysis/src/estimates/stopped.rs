//! What the rule that ended a campaign does to its intervals.

use super::Warning;
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::words::Covers;
use serde::Deserialize;

/// The file in which a campaign keeps what it was asked for; `collect` writes it into the dataset.
const MATRIX: &str = "matrix.toml";

/// The rule by which a campaign ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ended {
    /// The number of blocks did not depend on what they gave, or nothing is known of it.
    #[default]
    Otherwise,
    /// It went on until intervals were narrow, at most to this number of blocks.
    WhenNarrow {
        /// The number.
        maximum: u32,
    },
}

/// What of a matrix says how it ends. Everything else is left to `collect`.
#[derive(Deserialize)]
struct Asked {
    blocks: Blocks,
}

/// Blocks whose number depends on what is measured; a number of them is no table.
#[derive(Deserialize)]
struct Blocks {
    minimum: u32,
    maximum: u32,
    precision: Option<toml::Value>,
    #[serde(default)]
    confirm: u32,
}

impl Ended {
    /// By the matrix that a dataset keeps. An imported campaign has none, and one that cannot be read says nothing.
    pub fn of(dataset: &Dataset) -> Self {
        std::fs::read_to_string(dataset.path().join(MATRIX)).map_or(Self::Otherwise, |text| Self::by(&text))
    }

    /// By the text of a matrix.
    fn by(text: &str) -> Self {
        match meshbench_terminal::file::read::<Asked>(text).map(|asked| asked.blocks) {
            Ok(Blocks { minimum, maximum, precision: Some(_), confirm: 0 }) if minimum < maximum => {
                Self::WhenNarrow { maximum }
            }
            Ok(_) | Err(_) => Self::Otherwise,
        }
    }

    /// Puts the warning beside the intervals over blocks of a campaign that ended before it had to.
    pub fn warn(self, rows: &mut [Estimate]) {
        let Self::WhenNarrow { maximum } = self else { return };
        let all = rows.iter().map(|row| row.blocks_expected).max().unwrap_or_default();
        if all >= maximum {
            return;
        }
        for row in rows.iter_mut().filter(|row| row.covers == Covers::Blocks) {
            row.warnings.add(Warning::StoppedWhenNarrow);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_rule_ends_when_narrow() {
        let by = |blocks: &str| Ended::by(&format!("name = \"a\"\nsystems = [\"x\"]\n{blocks}"));
        let plain = "[blocks]\nminimum = 3\nmaximum = 20\nprecision = \"5%\"\n";
        assert_eq!(by(plain), Ended::WhenNarrow { maximum: 20 });
        assert_eq!(by(&format!("{plain}confirm = 0\nbudget = \"48h\"")), Ended::WhenNarrow { maximum: 20 });
        for other in [
            format!("{plain}confirm = 2"),
            "blocks = 6".to_owned(),
            "[blocks]\nminimum = 3\nmaximum = 3\nprecision = \"5%\"".to_owned(),
            "[blocks]\nminimum = 3\nmaximum = 9\nbudget = \"48h\"".to_owned(),
            "[blocks".to_owned(),
            String::new(),
        ] {
            assert_eq!(by(&other), Ended::Otherwise, "{other}");
        }
    }
}

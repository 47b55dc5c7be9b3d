//! Small words shared by every table: workloads, directions, and names that become file names.

mod compared;
mod statistics;

use crate::named::named;
pub use crate::workload::{Workload, WorkloadKind};
pub use compared::{Answer, Contrasted, IntervalEnd, Judgement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use statistics::{
    ComputedBy, Covers, EffectKind, EffectMethod, Estimator, NextLevel, OmnibusTest, PairTest, PlannedKind, Policy,
    Prospect, Together,
};

/// A word that is not one of those this version knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no {kind}; known are {known}")]
pub struct UnknownWord {
    /// What kind of word was expected.
    pub kind: &'static str,
    /// What stood there.
    pub found: String,
    /// The words this version knows, separated by commas.
    pub known: String,
}

named! {
    /// Which way the payload flows on the link source → target.
    pub enum Direction {
        /// From source to target.
        Forward = "forward",
        /// From target to source.
        Reverse = "reverse",
    }
}

named! {
    /// What a value was computed from.
    pub enum Basis {
        /// Raw samples in the dataset.
        Samples = "samples",
        /// A summary that the tool or an earlier harness reported; the samples behind it may be unknown.
        Summary = "summary",
        /// Counts of attempts.
        Attempts = "attempts",
    }
}

named! {
    /// Which way a run's traffic took.
    pub enum PathTaken {
        /// Over the data network, from source to target.
        Direct = "direct",
        /// Over the data network, through a third host.
        Relayed = "relayed",
        /// Not over the (impaired) data network.
        Around = "around",
    }
}

named! {
    /// Which end of a block a control run stands at.
    pub enum Control {
        /// Before everything else of the block.
        Start = "start",
        /// After everything else.
        End = "end",
    }
}

/// A name that is safe as a file name and as a word in tables: lower case letters, digits, `.`, `_`
/// and `-`, starting with a letter or digit, at most 64 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Slug(String);

/// A text that is not a [`Slug`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no valid name: use up to 64 lower case letters, digits, `.`, `_`, `-`, starting with a letter or digit"
)]
pub struct BadSlug(pub String);

impl Slug {
    /// Takes `text` as it is, or says why it is not a slug.
    pub fn new(text: &str) -> Result<Self, BadSlug> {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if first && rest && text.len() <= 64 && !text.contains("..") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadSlug(text.to_owned()))
        }
    }

    /// Makes the nearest slug of any text: lower case, everything else becomes `-`. A text that had to
    /// lose something, other than its case, gets a short hash of the original, so that two different
    /// texts never become one slug.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        if let Ok(slug) = Self::new(&lower) {
            return slug;
        }
        let kept: String = lower
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' })
            .take(40)
            .collect();
        let kept = kept.trim_matches(['-', '_']);
        let hash = crate::dataset::hash::sha256_hex(text.as_bytes());
        let short = hash.get(..8).unwrap_or_default();
        if kept.is_empty() { Self(format!("x-{short}")) } else { Self(format!("{kept}-{short}")) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = BadSlug;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_safe_file_names() {
        assert_eq!(Slug::of("Wireguard").as_str(), "wireguard");
        assert_eq!(Slug::of("VpnCloud").as_str(), "vpncloud");
        let hostile = Slug::of("../../etc/passwd");
        assert!(Slug::new(hostile.as_str()).is_ok(), "{hostile}");
        assert_ne!(Slug::of("a b"), Slug::of("a/b"));
        for bad in ["", ".hidden", "a/b", "A", "a..b", "é"] {
            assert!(Slug::new(bad).is_err(), "{bad}");
            assert!(Slug::new(Slug::of(bad).as_str()).is_ok(), "{bad}");
        }
    }
}

//! What was found: how bad it is, where, and what to do.

use super::code::Code;
use crate::host::HostName;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something that the matrix needs is missing.
    Problem,
    /// The campaign would run; its numbers may suffer.
    Warning,
    /// Neither good nor bad.
    Fact,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Which kind of problem it is; `None` where it is none.
    pub code: Option<Code>,
    /// The host; `None` where it is about all of them or about the machine that this runs on.
    pub host: Option<HostName>,
    /// What it is about, a word or two.
    pub about: &'static str,
    /// What was found, a sentence without its full stop.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether nothing can be measured in spite of it.
    pub fatal: bool,
}

impl Finding {
    /// Something is missing.
    pub(super) fn problem(code: Code, about: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Problem, code: Some(code), fatal: !code.can_be_passed_over(), ..Self::fact(about, what) }
    }

    /// Something is not good.
    pub(super) fn warning(about: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::fact(about, what) }
    }

    /// Something is so.
    pub(super) fn fact(about: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Fact, code: None, host: None, about, what: what.into(), help: None, fatal: false }
    }

    /// With what to do about it.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// So that nothing can be measured in spite of it, whatever its kind: there is no way to the host.
    pub(super) fn fatal(self) -> Self {
        Self { fatal: true, ..self }
    }

    /// On this host.
    pub(super) fn on(self, host: &HostName) -> Self {
        Self { host: Some(host.clone()), ..self }
    }
}

//! What a code of a finding or a warning means, why it matters and what to do.

use meshbench_schemas::finding::Code;
use meshbench_schemas::warning::Warning;
use meshbench_terminal::{Known, Page};
use std::fmt::Write;

/// The explanation of a code, for a terminal; `None` where no finding and no warning has it.
pub fn code(text: &str, page: Page) -> Option<String> {
    let text = text.trim();
    if let Ok(found) = text.parse::<Code>() {
        let info = found.info();
        let mut out = String::new();
        // Writing to a string cannot fail.
        let title = format!("{} ({}): {}", info.code, info.severity, info.title);
        let _ = writeln!(out, "{}\n", page.prose("", &title));
        for (name, what) in [("What  ", info.what), ("Why   ", info.why), ("Do    ", info.act)] {
            let _ = writeln!(out, "{}", page.prose(name, what));
        }
        return Some(out);
    }
    let warning = text.parse::<Warning>().ok()?;
    let meaning = page.prose("", warning.explanation());
    let place = page.prose("", "It stands in the column `warnings` of the estimates that it concerns.");
    Some(format!("{text} (warning of an estimate)\n\n{meaning}\n\n{place}\n"))
}

/// Every code that [`code`] explains.
pub fn known() -> impl Iterator<Item = &'static str> {
    Code::ALL.iter().map(|code| code.as_str()).chain(Warning::ALL.iter().map(|warning| warning.as_str()))
}

/// The codes of findings, for those who ask for some.
pub fn findings() -> Known<'static> {
    Known::new("finding", Code::ALL.iter().map(|code| code.as_str()))
}

/// The codes of findings and warnings.
pub fn vocabulary() -> Known<'static> {
    Known::new("finding or warning", known())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_and_nothing_else() {
        for known in known() {
            let text = code(known, Page::PIPE).unwrap();
            assert!(text.starts_with(known) && text.lines().all(|line| line.chars().count() <= 100), "{text}");
            let narrow = code(known, Page::Lines { width: Some(60) }).unwrap();
            assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
        }
        assert_eq!(code("no-such-code", Page::PIPE), None);
        assert_eq!(code("", Page::PIPE), None);
        assert!(code(" links-disagree ", Page::PIPE).unwrap().contains("relay"));
    }

    #[test]
    fn near_codes_are_suggested() {
        for (asked, meant) in [("links-disagre", "links-disagree"), ("offload", "offload-under-netem")] {
            let near = vocabulary().find(asked).unwrap_err().near;
            assert!(near.iter().any(|code| code == meant), "{asked}: {near:?}");
        }
        assert_eq!(vocabulary().find("LINKS_ONLY"), Ok("links-only"));
        assert_eq!(vocabulary().find("").unwrap_err().near, [""; 0]);
    }
}

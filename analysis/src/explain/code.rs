//! What a code of a finding or a warning means, why it matters and what to do.

use meshbench_schemas::finding::Code;
use meshbench_schemas::warning::Warning;
use std::fmt::Write;

/// Suggestions for a code that does not exist.
const NEAREST: usize = 3;

/// The explanation of a code, for a terminal; `None` where no finding and no warning has it.
pub fn code(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(found) = text.parse::<Code>() {
        let info = found.info();
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{} ({}): {}\n", info.code, info.severity, info.title);
        for (name, what) in [("What", info.what), ("Why ", info.why), ("Do  ", info.act)] {
            let _ = writeln!(out, "{name}  {}", wrapped(what, 6));
        }
        return Some(out);
    }
    let warning = Warning::of(text)?;
    Some(format!(
        "{text} (warning of an estimate)\n\n{}\n\nIt stands in the column `warnings` of the estimates that it concerns.\n",
        wrapped(warning.explanation(), 0)
    ))
}

/// Every code that [`code`] explains.
pub fn known() -> impl Iterator<Item = &'static str> {
    Code::ALL.iter().map(|code| code.as_str()).chain(Warning::ALL.iter().map(|warning| warning.as_str()))
}

/// The codes that are most like a text, the nearest first.
pub fn nearest(text: &str) -> Vec<&'static str> {
    let mut all: Vec<(usize, &str)> = known().map(|code| (distance(text, code), code)).collect();
    all.sort_unstable();
    all.into_iter().take(NEAREST).map(|(_, code)| code).collect()
}

/// How unlike two texts are: letters to insert, delete or replace (Levenshtein, 1966), less where one has the
/// other, or a word of it, inside.
fn distance(text: &str, code: &str) -> usize {
    let text = text.to_lowercase();
    let mut row: Vec<usize> = (0..=code.len()).collect();
    for (at, a) in text.bytes().enumerate() {
        let mut next = vec![at + 1];
        for ((b, pair), left) in code.bytes().zip(row.windows(2)).zip(0..) {
            let [diagonal, above] = pair else { continue };
            let before = next.get(left).copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != b)).min(above + 1).min(before + 1));
        }
        row = next;
    }
    let letters = row.last().copied().unwrap_or(0);
    let words = text.split(['-', ' ', '_']).filter(|word| word.len() > 3 && code.contains(word)).count();
    letters.saturating_sub(words * 8)
}

/// Lines of at most 100 characters, the later ones indented.
fn wrapped(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut width = indent;
    for word in text.split_whitespace() {
        if width > indent && width + 1 + word.chars().count() > 100 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            width = indent;
        } else if width > indent {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.chars().count();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_and_nothing_else() {
        for known in known() {
            let text = code(known).unwrap();
            assert!(text.starts_with(known) && text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
        assert_eq!(code("no-such-code"), None);
        assert_eq!(code(""), None);
        assert!(code(" links-disagree ").unwrap().contains("relay"));
    }

    #[test]
    fn near_codes_are_suggested() {
        assert_eq!(nearest("links-disagre").first(), Some(&"links-disagree"));
        assert_eq!(nearest("LINKS_ONLY").first(), Some(&"links-only"));
        assert!(nearest("offload").iter().all(|code| code.contains("offload")) || nearest("offload").len() == NEAREST);
        assert_eq!(nearest("").len(), NEAREST);
    }
}

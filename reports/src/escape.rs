//! Text from a dataset on its way into LaTeX, SVG and macro names. HTML is escaped by maud itself.
//!
//! Every function is total: any text comes out harmless, and as readable as the target allows.

use std::fmt::Write as _;

/// Escapes text for LaTeX's horizontal mode, for any engine and any font encoding. What pdfTeX's fonts
/// cannot show comes out as its code point (`U+4E2D`); control characters become spaces.
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '^' => out.push_str("\\textasciicircum{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedblright{}"),
            // An empty group keeps ligatures (--, ``, ?`) from forming.
            '-' | '`' | '\'' | ',' | '!' | '?' => {
                out.push(c);
                if chars.peek().is_some_and(|next| matches!(next, '-' | '`' | '\'' | ',')) {
                    out.push_str("{}");
                }
            }
            '–' => out.push_str("\\textendash{}"),
            '—' => out.push_str("\\textemdash{}"),
            '…' => out.push_str("\\dots{}"),
            '\u{a0}' => out.push('~'),
            '\u{2009}' | '\u{202f}' => out.push_str("\\,"),
            'µ' | 'μ' => out.push_str("\\ensuremath{\\mu}"),
            '×' => out.push_str("\\ensuremath{\\times}"),
            '·' => out.push_str("\\ensuremath{\\cdot}"),
            '±' => out.push_str("\\ensuremath{\\pm}"),
            '−' => out.push_str("\\ensuremath{-}"),
            '≥' => out.push_str("\\ensuremath{\\ge}"),
            '≤' => out.push_str("\\ensuremath{\\le}"),
            '→' => out.push_str("\\ensuremath{\\rightarrow}"),
            '∞' => out.push_str("\\ensuremath{\\infty}"),
            '≈' => out.push_str("\\ensuremath{\\approx}"),
            '≠' => out.push_str("\\ensuremath{\\neq}"),
            '∼' => out.push_str("\\ensuremath{\\sim}"),
            '▲' => out.push_str("\\ensuremath{\\bigtriangleup}"),
            '▼' => out.push_str("\\ensuremath{\\bigtriangledown}"),
            '“' => out.push_str("\\textquotedblleft{}"),
            '”' => out.push_str("\\textquotedblright{}"),
            ' '..='~' => out.push(c),
            'À'..='Ö' | 'Ø'..='Ý' | 'ß'..='ö' | 'ø'..='ý' | 'ÿ' if c != 'Ð' && c != 'ð' => out.push(c),
            c if c.is_control() => out.push(' '),
            other => {
                let _ = write!(out, "U+{:04X}", u32::from(other));
            }
        }
    }
    out
}

/// Escapes text for XML element content and for attributes in double or single quotes. Characters that
/// XML 1.0 forbids come out as their code point.
pub fn svg(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "U+{:04X}", u32::from(c));
            }
            other => out.push(other),
        }
    }
    out
}

/// Text inside a `%` comment of LaTeX: one line, and nothing that could end it.
pub fn latex_comment(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).filter(|c| *c != '^').collect()
}

/// A part of a LaTeX control word: ASCII letters only, words capitalised, digits spelled out, everything
/// else dropped. Two different texts may come out the same; the table of numbers tells them apart.
pub fn macro_name(text: &str) -> String {
    const DIGITS: [&str; 10] = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if c.is_ascii_alphabetic() {
            out.push(if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
            start = false;
        } else {
            start = true;
            if let Some(word) = c.to_digit(10).and_then(|d| DIGITS.get(d as usize)) {
                out.push_str(word);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOSTILE: &str = r#"a"; rm -rf ~ #\\write18{x}<script>"#;

    /// What TeX would do with the escaped text: every backslash starts one of the known harmless words
    /// or an escaped sign, and no active or special character stands alone.
    fn harmless(tex: &str) -> bool {
        const WORDS: &[&str] = &[
            "textbackslash{}",
            "textasciicircum{}",
            "textasciitilde{}",
            "textless{}",
            "textgreater{}",
            "textbar{}",
            "textquotedblright{}",
            "textendash{}",
            "textemdash{}",
            "dots{}",
            "ensuremath{\\mu}",
            "ensuremath{\\times}",
            "ensuremath{\\cdot}",
            "ensuremath{\\pm}",
            "ensuremath{-}",
            "ensuremath{\\ge}",
            "ensuremath{\\le}",
            "ensuremath{\\rightarrow}",
            "ensuremath{\\infty}",
            "ensuremath{\\approx}",
            "ensuremath{\\neq}",
            "ensuremath{\\sim}",
            "ensuremath{\\bigtriangleup}",
            "ensuremath{\\bigtriangledown}",
            "textquotedblleft{}",
            "{",
            "}",
            "$",
            "&",
            "#",
            "%",
            "_",
            ",",
        ];
        let mut rest = tex;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c == '\\' {
                let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) else { return false };
                rest = &rest[word.len()..];
            } else if "$&#%_^{}".contains(c) {
                match (c, rest.strip_prefix('}')) {
                    ('{', Some(after)) => rest = after,
                    _ => return false,
                }
            } else if c.is_control() {
                return false;
            }
        }
        true
    }

    #[test]
    fn a_hostile_name_stays_readable() {
        assert_eq!(
            latex(HOSTILE),
            r"a\textquotedblright{}; rm -rf \textasciitilde{} \#\textbackslash{}\textbackslash{}write18\{x\}\textless{}script\textgreater{}"
        );
        assert_eq!(svg(HOSTILE), r"a&quot;; rm -rf ~ #\\write18{x}&lt;script&gt;");
        assert_eq!(macro_name(HOSTILE), "ARmRfWriteOneEightXScript");
    }

    proptest! {
        #[test]
        fn latex_is_harmless(text in any::<String>()) {
            prop_assert!(harmless(&latex(&text)), "{}", latex(&text));
        }

        #[test]
        fn latex_specials_are_harmless(text in r"[\\{}$&#%_^~<>|a-z\n\r\t `'-]*") {
            prop_assert!(harmless(&latex(&text)), "{}", latex(&text));
        }

        #[test]
        fn svg_holds_no_markup(text in any::<String>()) {
            let out = svg(&text);
            prop_assert!(!out.contains(['<', '>', '"', '\'']));
            for (at, _) in out.match_indices('&') {
                prop_assert!(["&lt;", "&gt;", "&amp;", "&quot;", "&#39;"].iter().any(|e| out[at..].starts_with(e)));
            }
        }

        #[test]
        fn comments_stay_on_their_line(text in any::<String>()) {
            prop_assert!(latex_comment(&text).chars().all(|c| c == ' ' || (c.is_ascii_graphic() && c != '^')));
        }

        #[test]
        fn macro_names_are_letters(text in any::<String>()) {
            prop_assert!(macro_name(&text).chars().all(|c| c.is_ascii_alphabetic()));
        }
    }
}

//! What each warning code means, in a sentence for a table note.

/// A warning that analysis may attach to an estimate.
struct Warning {
    code: &'static str,
    sentence: &'static str,
}

const WARNINGS: &[Warning] = &[
    Warning {
        code: "links-only",
        sentence: "One block only: the interval says how links differ, not how a repetition would.",
    },
    Warning {
        code: "normality",
        sentence: "With so few replicates the t interval rests on normality, which cannot be checked here.",
    },
    Warning { code: "single-link", sentence: "One link only: nothing is known about other links." },
    Warning {
        code: "incomplete-links",
        sentence: "A link has no successful run, so there is no value for the cell as a whole.",
    },
    Warning { code: "summary-only", sentence: "From a reported summary; the samples behind it are hidden." },
    Warning { code: "hidden-retries", sentence: "The harness retried failed attempts without keeping their output." },
    Warning { code: "censored", sentence: "At least one attempt was stopped at its limit." },
    Warning {
        code: "stalled",
        sentence: "At least one attempt ran and moved next to nothing; it is not part of the value.",
    },
    Warning {
        code: "autocorrelated",
        sentence: "The samples inside the run are correlated; the interval allows for that and covers this run only.",
    },
    Warning { code: "no-interval", sentence: "A single replicate: there is no interval." },
    Warning {
        code: "wide-confidence",
        sentence: "The confidence that the interval reaches is lower than the nominal one.",
    },
];

/// The sentence for a code; an unknown code stands for itself.
pub fn sentence(code: &str) -> &str {
    WARNINGS.iter().find(|warning| warning.code == code).map_or(code, |warning| warning.sentence)
}

/// The codes of a `warnings` column, in their order, each once.
pub fn codes(column: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for code in column.split_whitespace() {
        if !out.contains(&code) {
            out.push(code);
        }
    }
    out
}

/// Every code this version explains, with its sentence.
pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    WARNINGS.iter().map(|warning| (warning.code, warning.sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_is_printed_as_it_is() {
        assert_eq!(sentence("brand-new"), "brand-new");
        assert!(sentence("links-only").starts_with("One block"));
        assert_eq!(codes(" a b  a "), ["a", "b"]);
    }
}

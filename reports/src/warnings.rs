//! What each warning code means, in a sentence for a table note.

use meshbench_schemas::warning::Warning;

/// The sentence for a code; an unknown code stands for itself.
pub fn sentence(code: &str) -> &str {
    Warning::of(code).map_or(code, |warning| warning.explanation())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_is_printed_as_it_is() {
        assert_eq!(sentence("brand-new"), "brand-new");
        assert!(sentence("links-only").contains("how links differ"));
        assert_eq!(codes(" a b  a "), ["a", "b"]);
    }
}

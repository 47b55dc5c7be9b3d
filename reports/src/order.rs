//! The order in which things are shown.

/// Profiles from gentle to rough; unknown ones after them, by name.
pub fn profile(name: &str) -> (usize, &str) {
    const KNOWN: [&str; 4] = ["baseline", "low", "medium", "high"];
    (KNOWN.iter().position(|known| *known == name).unwrap_or(KNOWN.len()), name)
}

/// Systems by label, whatever its case, after the bare network.
pub fn system<'a>(id: &str, label: &'a str, tuning: &'a str) -> (bool, String, &'a str, bool, &'a str) {
    (id != "internal", label.to_lowercase(), label, tuning != "default", tuning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_come_in_their_known_order() {
        let mut names = ["zeta", "high", "alpha", "low", "baseline", "medium"];
        names.sort_by_key(|name| profile(name));
        assert_eq!(names, ["baseline", "low", "medium", "high", "alpha", "zeta"]);
    }
}

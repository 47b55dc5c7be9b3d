//! Words that people type: found under their other names and in any case, and where they are not, with what is near.

use std::fmt;

/// How alike two words are at the least to be taken for each other's misspelling (Jaro and Winkler, from 0 to 1).
const ALIKE: f64 = 0.84;
/// Suggestions at the most.
const MOST: usize = 3;

/// The words of one kind that something knows, each with other names that people have for it.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    what: &'a str,
    words: Vec<(&'a str, Vec<&'a str>)>,
}

/// A word that is none of those known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unknown {
    /// What it should have been: `system`, `profile or tuning`.
    pub what: String,
    /// The word.
    pub asked: String,
    /// Known words that are like it, the most alike first.
    pub near: Vec<String>,
    /// Every known word.
    pub known: Vec<String>,
}

impl<'a> Known<'a> {
    /// Words of a kind, in the order in which they are listed. Doubled ones count once.
    pub fn new(what: &'a str, words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = Self { what, words: Vec::new() };
        for word in words {
            if known.words.iter().all(|(known, _)| *known != word) {
                known.words.push((word, Vec::new()));
            }
        }
        known
    }

    /// Adds another name of a word: a label, a title.
    pub fn alias(mut self, word: &'a str, name: &'a str) -> Self {
        match self.words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, names)) => names.push(name),
            None => self.words.push((word, vec![name])),
        }
        self
    }

    /// The words of several kinds as one.
    pub fn of_all(what: &'a str, kinds: &[&Self]) -> Self {
        Self { what, words: kinds.iter().flat_map(|kind| kind.words.iter().cloned()).collect() }
    }

    /// The word that is meant: itself, or the one that it is but for case, blanks and hyphens, also by another name.
    pub fn find(&self, asked: &str) -> Result<&'a str, Unknown> {
        if let Some((word, _)) = self.words.iter().find(|(word, _)| *word == asked) {
            return Ok(word);
        }
        let folded = fold(asked);
        let is = |name: &str| !folded.is_empty() && fold(name) == folded;
        let meant: Vec<&'a str> = self
            .words
            .iter()
            .filter(|(word, names)| is(word) || names.iter().any(|name| is(name)))
            .map(|(word, _)| *word)
            .collect();
        match meant.as_slice() {
            [only] => Ok(only),
            several => Err(self.refused(asked, several)),
        }
    }

    /// Says that a word is none of these, with what is near.
    pub fn unknown(&self, asked: &str) -> Unknown {
        self.refused(asked, &[])
    }

    fn refused(&self, asked: &str, several: &[&str]) -> Unknown {
        let names = self
            .words
            .iter()
            .flat_map(|(word, names)| std::iter::once((*word, *word)).chain(names.iter().map(|name| (*name, *word))));
        let near = if several.is_empty() { nearest(asked, names) } else { several.to_vec() };
        let own = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        Unknown {
            what: self.what.to_owned(),
            asked: asked.to_owned(),
            near: own(near),
            known: own(self.words.iter().map(|(word, _)| *word).collect()),
        }
    }
}

impl Unknown {
    /// `did you mean a or b?`, where something is near.
    pub fn suggestion(&self) -> Option<String> {
        (!self.near.is_empty()).then(|| format!("did you mean {}?", self.near.join(" or ")))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} is called `{}`", self.what, shown(&self.asked))?;
        if let Some(suggestion) = self.suggestion() {
            write!(f, " ({suggestion})")?;
        }
        let listed: Vec<String> = self.known.iter().map(|word| shown(word)).collect();
        match listed.as_slice() {
            [] => write!(f, "; there is none"),
            [only] => write!(f, "; there is only {only}"),
            several => write!(f, "; there are {}", several.join(", ")),
        }
    }
}

/// A word without what would steer a terminal; quotes and backslashes stay.
fn shown(word: &str) -> String {
    let one = |c: char| if matches!(c, '"' | '\'' | '\\') { c.to_string() } else { c.escape_debug().to_string() };
    word.chars().map(one).collect()
}

/// The message of a parser that expected one of some words in backticks, with what is near the one that it found.
pub fn suggest(message: &str) -> String {
    let mut ticked = message.split('`').skip(1).step_by(2);
    let expected = message.contains(", expected ") || message.contains(", there are ");
    match (ticked.next(), expected) {
        (Some(asked), true) => {
            let near = near(asked, ticked);
            if near.is_empty() { message.to_owned() } else { format!("{message}; did you mean {}?", near.join(" or ")) }
        }
        _ => message.to_owned(),
    }
}

/// The known words that are most like one, the nearest first; none where nothing is like it.
pub fn near<'k>(asked: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    nearest(asked, known.into_iter().map(|word| (word, word)))
}

/// The same for names, each with the word that it stands for.
fn nearest<'k>(asked: &str, names: impl Iterator<Item = (&'k str, &'k str)>) -> Vec<&'k str> {
    let asked = asked.to_lowercase();
    let mut found: Vec<(f64, &str)> = Vec::new();
    for (name, word) in names {
        let name = name.to_lowercase();
        // A part of a longer word, or one with something added, is no misspelling and is meant as often.
        let part = asked.len() >= 3 && (name.contains(&asked) || (name.len() >= 3 && asked.contains(&name)));
        let score = strsim::jaro_winkler(&asked, &name).max(strsim::normalized_damerau_levenshtein(&asked, &name));
        // In a short word one slip of the fingers is a large part of it.
        let slip = asked.chars().count() >= 3 && strsim::damerau_levenshtein(&asked, &name) <= 1;
        let score = if part || slip { score.max(ALIKE) } else { score };
        if score >= ALIKE {
            match found.iter_mut().find(|(_, known)| *known == word) {
                Some(known) => known.0 = known.0.max(score),
                None => found.push((score, word)),
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    found.into_iter().take(MOST).map(|(_, word)| word).collect()
}

/// A word without case and without what only separates.
fn fold(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn systems() -> Known<'static> {
        Known::new("system", ["internal", "tinc", "wireguard", "wireguard-go", "tinc"])
            .alias("wireguard", "WireGuard")
            .alias("wireguard-go", "WireGuard (userspace)")
            .alias("internal", "bare network")
    }

    #[test]
    fn words_are_found_in_any_case_and_by_their_labels() {
        for (asked, meant) in [
            ("tinc", "tinc"),
            ("TINC", "tinc"),
            ("WireGuard", "wireguard"),
            ("wire-guard", "wireguard"),
            ("WireGuard Go", "wireguard-go"),
            ("wireguard (userspace)", "wireguard-go"),
            ("Bare Network", "internal"),
        ] {
            assert_eq!(systems().find(asked).as_deref(), Ok(meant), "{asked}");
        }
    }

    #[test]
    fn a_misspelt_word_is_refused_with_what_is_near_and_what_there_is() {
        let error = systems().find("tink").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no system is called `tink` (did you mean tinc?); there are internal, tinc, wireguard, wireguard-go"
        );
        for (asked, near) in
            [("wiregaurd", "wireguard"), ("intern", "internal"), ("wiregard", "wireguard"), ("TNIC", "tinc")]
        {
            assert_eq!(systems().find(asked).unwrap_err().near.first().map(String::as_str), Some(near), "{asked}");
        }
        assert_eq!(systems().find("zzz").unwrap_err().near, [""; 0]);
        assert!(systems().find("").is_err());
        assert!(systems().find("--").is_err());
        assert_eq!(
            Known::new("view", []).find("a\u{1b}b").unwrap_err().to_string(),
            r"no view is called `a\u{1b}b`; there is none"
        );
        let quoted = Known::new("setting", ["the tool's settings"]).find("\u{202e}").unwrap_err().to_string();
        assert_eq!(quoted, r"no setting is called `\u{202e}`; there is only the tool's settings");
    }

    #[test]
    fn all_known_words_are_listed_however_many() {
        let words: Vec<String> = (0..146).map(|number| format!("system-{number}")).collect();
        let error = Known::new("system", words.iter().map(String::as_str)).find("zzz").unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word.as_str())) && !error.contains("more"), "{error}");
        assert_eq!(
            Known::new("tuning", ["default"]).find("zzz").unwrap_err().to_string(),
            "no tuning is called `zzz`; there is only default"
        );
    }

    #[test]
    fn one_slip_in_a_short_word_is_seen() {
        let workloads = Known::new("workload", ["ping", "tcp", "udp", "h1"]);
        let near = |asked: &str| workloads.unknown(asked).near;
        assert_eq!(
            (near("tpc"), near("upd"), near("pin")),
            (vec!["tcp".to_owned()], vec!["udp".to_owned()], vec!["ping".to_owned()])
        );
        assert_eq!((near("xyz"), near("h2"), near("rtt")), (vec![], vec![], vec![]));
    }

    #[test]
    fn messages_of_parsers_get_a_suggestion() {
        let message = "unknown field `blokcs`, expected one of `name`, `blocks`, `seed`";
        assert_eq!(suggest(message), format!("{message}; did you mean blocks?"));
        for message in ["missing field `name`", "unknown field `x`, expected `a` or `b`", "invalid type: string", ""] {
            assert_eq!(suggest(message), message);
        }
    }

    #[test]
    fn a_name_of_two_words_is_not_guessed() {
        let both = Known::new("system", ["a", "b"]).alias("a", "VPN").alias("b", "vpn");
        assert_eq!(both.find("Vpn").unwrap_err().near, ["a", "b"]);
    }
}

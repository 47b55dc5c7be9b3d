//! What intervals cover, and numbers with what they count, in words.

use meshbench_schemas::words::Covers;

/// What an interval covers, to follow "covers ".
pub const fn covers(of: Covers) -> &'static str {
    match of {
        Covers::Blocks => "how a repetition of the whole matrix would differ",
        Covers::Campaigns => "how another campaign of the same kind would differ",
        Covers::Links => "how the links differ, not how a repetition would",
        Covers::WithinRun => "how the seconds inside one run vary, not how a repetition would",
        Covers::Attempts => "how the share would vary over further attempts",
        Covers::Resampled => {
            "how blocks differ that are drawn again from these: it holds less often than it says, for equal systems in 38 to \
             62\u{a0}% where it says 95\u{a0}%"
        }
        Covers::Runs => "how single runs differ, as if each stood for itself",
        Covers::Systems => "how the systems differ",
        Covers::None => "nothing",
    }
}

/// A share as a percentage with as many digits as it needs, at most three of them decimals.
pub fn percent(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    format!("{}\u{a0}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The confidence of an interval, achieved beside nominal where they differ.
pub fn confidence(nominal: f64, achieved: Option<f64>) -> String {
    match achieved.filter(|achieved| (achieved - nominal).abs() >= 5e-4) {
        Some(achieved) => format!("{} (achieved {:.1}\u{a0}%)", percent(nominal), achieved * 100.0),
        None => percent(nominal),
    }
}

/// `count` of something, in the singular or plural.
pub fn many(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// `part of whole things`, or `whole things` where nothing is missing.
pub fn of(part: u32, whole: u32, thing: &str) -> String {
    if part < whole { format!("{part} of {}", many(whole.into(), thing)) } else { many(part.into(), thing) }
}

/// A text as a sentence: a capital first and a full stop last.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words() {
        assert_eq!(percent(0.95), "95\u{a0}%");
        assert_eq!(percent(0.96875), "96.875\u{a0}%");
        assert_eq!(of(2, 3, "link"), "2 of 3 links");
        assert_eq!(of(1, 1, "block"), "1 block");
        assert_eq!(sentence("all failed"), "All failed.");
    }
}

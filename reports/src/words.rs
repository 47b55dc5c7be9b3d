//! The words of estimates — methods, what an interval covers — turned into sentences.

/// What a method is, to follow "Value: ".
pub fn method(id: &str) -> String {
    let (of, words) = match id {
        "median-order-statistic" => ("", "median over blocks, with its exact order-statistic interval"),
        "mean-t" => ("", "mean over blocks, with a t interval"),
        "geometric-mean-t" => ("", "geometric mean over blocks, with a t interval on logarithms"),
        "mean-ar1" => ("", "mean over blocks, with an interval that allows for neighbouring blocks being correlated"),
        "geometric-mean-ar1" => {
            ("", "geometric mean over blocks, with an interval that allows for neighbouring blocks being correlated")
        }
        "mean-links-t" => ("", "mean over links, with a t interval"),
        "geometric-mean-links-t" => ("", "geometric mean over links, with a t interval on logarithms"),
        "wilson" => ("", "share of started attempts, with a Wilson interval"),
        "clopper-pearson" => ("", "share of started attempts, with a Clopper–Pearson interval"),
        "kaplan-meier" => ("", "Kaplan–Meier median, attempts stopped at their limit counted as censored"),
        "within-run-t" => ("", "the run's value, with a t interval over its effective samples"),
        "no-interval" => ("", "the run's value, without an interval"),
        "" => ("", "method not stated"),
        other => ("by the method ", other),
    };
    format!("{of}{words}")
}

/// What an interval covers, to follow "covers ".
pub fn covers(id: &str) -> String {
    match id {
        "blocks" => "how a repetition of the whole matrix would differ".to_owned(),
        "campaigns" => "how another campaign of the same kind would differ".to_owned(),
        "links" => "how the links differ, not how a repetition would".to_owned(),
        "within-run" => "how the seconds inside one run vary, not how a repetition would".to_owned(),
        "attempts" => "how the share would vary over further attempts".to_owned(),
        "resampled" => {
            "how blocks differ that are drawn again from these: it holds less often than it says, for equal systems in 38 to \
             62\u{a0}% where it says 95\u{a0}%"
                .to_owned()
        }
        "runs" => "how single runs differ, as if each stood for itself".to_owned(),
        other => format!("“{other}”"),
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

//! From the framework's errors to outcomes with reason codes.

use super::wrapper::HarnessError;
use crate::parse::scalar::words;
use crate::record::iperf3::reason_of;
use crate::record::{Verdict, excerpt};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::LONGEST_S;
use serde::Deserialize;
use serde_json::Value;

/// An error with its limit, where it was a timeout.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What became of the attempt.
    pub verdict: Verdict,
    /// The limit that stopped it.
    pub limit_s: Option<f64>,
}

impl Failure {
    /// The same failure, with what contradicts it said first.
    #[must_use]
    pub fn beside(mut self, what: &str) -> Self {
        let own = self.verdict.detail.take().filter(|own| own != NO_WORDS);
        self.verdict.detail = Some(own.map_or_else(|| what.to_owned(), |own| excerpt(&format!("{what}: {own}"))));
        self
    }
}

impl Failure {
    /// The same failure with further words, which may know the reason better where it has none of its own.
    fn with_words(mut self, more: &str) -> Self {
        if self.limit_s.is_none()
            && let Some(limit) = more.lines().find_map(limit_in)
        {
            self.verdict.outcome = Outcome::Censored;
            self.verdict.reason = Some(Reason::TimeLimit);
            self.limit_s = Some(limit);
        }
        let vague = matches!(self.verdict.reason, Some(Reason::ToolError | Reason::HarnessError));
        let told = reason_of(more);
        if vague && told != Reason::ToolError {
            self.verdict.reason = Some(told);
        }
        let own = self.verdict.detail.take().filter(|own| own != NO_WORDS);
        self.verdict.detail = Some(excerpt(&own.map_or_else(|| more.to_owned(), |own| format!("{own}\n{more}"))));
        self
    }
}

/// What is said of an error that says nothing itself.
const NO_WORDS: &str = "the harness says that it failed, and not a word about why";

/// Sorts an error as it stands in a file: a text, or the fields of a [`HarnessError`]. Beside it the output of the tool,
/// where the error has it.
pub fn classify_value(error: &Value, error_type: Option<&str>, timeout: Option<f64>) -> (Failure, Option<String>) {
    if let Some(text) = error.as_str() {
        return (classify_text(text), section(text, "Stdout").map(str::to_owned));
    }
    // serde would take a list for an object, field by field.
    let fields = error.is_object().then(|| HarnessError::deserialize(error).ok()).flatten();
    let fields =
        fields.unwrap_or_else(|| HarnessError { description: Some(error.to_string()), ..HarnessError::default() });
    let (failure, output) = (classify(&fields, error_type, timeout), fields.stdout);
    let more = unknown_words(error);
    if more.trim().is_empty() {
        return (failure, output);
    }
    (failure.with_words(&more), output)
}

/// The texts anywhere in an error that are in none of the fields of a [`HarnessError`], or stand in one of these in another
/// form; but for what was only asked.
fn unknown_words(error: &Value) -> String {
    const KNOWN: [&str; 3] = ["stderr", "msg", "description"];
    const ASKED: [&str; 8] = ["stdout", "command", "command_list", "cmd", "args", "env", "cwd", "location"];
    let fields = error.as_object().into_iter().flatten();
    let other = fields.filter(|(key, value)| {
        let (key, read) = (key.as_str(), value.is_string());
        !(ASKED.contains(&key) || KNOWN.contains(&key) && read)
    });
    other.flat_map(|(_, value)| words(value)).collect::<Vec<_>>().join("\n")
}

/// Sorts a wrapped error. `timeout` is the wrapper's own field.
pub fn classify(error: &HarnessError, error_type: Option<&str>, timeout: Option<f64>) -> Failure {
    let message = error.msg.as_deref().unwrap_or_default();
    if let Some(limit) = timeout.filter(is_limit).or_else(|| limit_in(message)) {
        let words = if message.is_empty() { format!("stopped after {limit} s") } else { message.to_owned() };
        return Failure { verdict: Verdict::not_ok(Outcome::Censored, Reason::TimeLimit, words), limit_s: Some(limit) };
    }
    let failed =
        |reason, words: &str| Failure { verdict: Verdict::not_ok(Outcome::Failed, reason, words), limit_s: None };
    if error_type == Some("ClanError") || error.returncode.is_none() {
        let stderr = complaints(error.stderr.as_deref().unwrap_or_default());
        let words = [error.description.as_deref().unwrap_or_default(), message, &stderr]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
        let words = if words.trim().is_empty() { NO_WORDS } else { &words };
        return failed(Reason::HarnessError, words);
    }
    let stderr = error.stderr.as_deref().unwrap_or_default();
    let code = error.returncode.unwrap_or_default();
    let words = format!("exit code {code}\n{}", complaints(stderr));
    // ssh itself exits with 255, whatever the remote command would have done.
    if code == 255 {
        return failed(Reason::HostUnreachable, &words);
    }
    failed(reason_of(stderr), &words)
}

/// Sorts the text of an error that was turned into one string: sections with headers, the exit code
/// and the message at the end.
pub fn classify_text(text: &str) -> Failure {
    let section = |name: &str| section(text, name).unwrap_or_default().to_owned();
    let error = HarnessError {
        stdout: Some(section("Stdout")),
        stderr: Some(section("Stderr")),
        returncode: text.lines().find_map(|line| line.trim().strip_prefix("Return Code:")?.trim().parse().ok()),
        msg: text.lines().find_map(|line| Some(line.trim().strip_prefix("Error Msg:")?.trim().to_owned())),
        description: Some(text.to_owned()),
    };
    classify(&error, None, None)
}

/// The text between the header `==== <name> ====` and the next one.
pub fn section<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let is_header = |line: &str, name: Option<&str>| {
        let inner = line.trim_matches('=');
        line.starts_with("====") && line.ends_with("====") && name.is_none_or(|name| inner.trim() == name)
    };
    let mut start = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        match start {
            None if is_header(bare, Some(name)) => start = Some(offset + line.len()),
            Some(from) if is_header(bare, None) => return text.get(from..offset),
            _ => {}
        }
        offset += line.len();
    }
    let rest = text.get(start?..)?;
    // The last section ends where the exit code is printed.
    Some(rest.split("\nReturn Code:").next().unwrap_or(rest))
}

/// `Command timed out after 120 seconds`.
fn limit_in(message: &str) -> Option<f64> {
    let (_, after) = message.split_once("timed out after ")?;
    after.split_whitespace().next()?.parse().ok().filter(is_limit)
}

/// Whether a run can have been stopped after so many seconds.
fn is_limit(limit: &f64) -> bool {
    *limit > 0.0 && *limit <= LONGEST_S
}

/// What a command complained about, without ssh's greeting.
fn complaints(stderr: &str) -> String {
    stderr.lines().filter(|line| !line.starts_with("Warning: Permanently added")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\n===== Command =====\nssh x\n===== Stdout =====\n{\"error\": \"x\"}\n===== Stderr =====\nno way\n\nReturn Code: 1\n";

    #[test]
    fn sections_of_a_text() {
        assert_eq!(section(TEXT, "Stdout").unwrap().trim(), "{\"error\": \"x\"}");
        assert_eq!(section(TEXT, "Stderr").unwrap().trim(), "no way");
        assert_eq!(section(TEXT, "Nothing"), None);
        let failure = classify_text(TEXT);
        assert_eq!(failure.verdict.outcome, Outcome::Failed);
        assert_eq!(failure.verdict.reason, Some(Reason::ToolError));
    }

    #[test]
    fn a_timeout_is_censored_at_its_limit() {
        let failure =
            classify_text("==== Stderr ====\n\nReturn Code: -1\n\nError Msg:  Command timed out after 250 seconds\n");
        assert_eq!(failure.limit_s, Some(250.0));
        assert_eq!(failure.verdict.outcome, Outcome::Censored);
        // What no run can have been stopped after is no limit.
        for absurd in [-5.0, 0.0, 1e300] {
            let failure = classify(&HarnessError::default(), None, Some(absurd));
            assert_eq!((failure.verdict.outcome, failure.limit_s), (Outcome::Failed, None));
        }
    }

    #[test]
    fn an_error_of_any_form_has_words() {
        let words = |error: Value| classify_value(&error, None, None).0.verdict.detail.unwrap();
        assert_eq!(words(serde_json::json!({})), NO_WORDS);
        assert_eq!(words(serde_json::json!("")), NO_WORDS);
        assert_eq!(words(serde_json::json!(["odd"])), "[\"odd\"]");
        assert_eq!(words(serde_json::json!({"stderr": "no way", "returncode": 3})), "exit code 3 | no way");
        assert_eq!(words(serde_json::json!({"msg": {"why": {"deep": ["no", "way"]}}, "code": 7})), "no | way");
        assert_eq!(words(serde_json::json!({"reason": "boom", "stdout": "{}"})), "boom");
        let sorted = |error: Value| classify_value(&error, None, None).0.verdict.reason.unwrap();
        let refused = "iperf3: error - unable to connect to server: Connection refused";
        for error in [
            serde_json::json!({"stderr": {"text": refused}, "returncode": 1}),
            serde_json::json!({"stderr": [refused], "returncode": 1}),
            serde_json::json!({"message": refused}),
            serde_json::json!({"cause": {"error": refused}}),
            serde_json::json!({"msg": "no result", "cause": {"error": refused}, "command_list": ["--interrupt"]}),
        ] {
            assert_eq!(sorted(error.clone()), Reason::Refused, "{error}");
        }
        let stopped = serde_json::json!({"cause": {"text": "Command timed out after 250 seconds"}});
        assert_eq!(classify_value(&stopped, None, None).0.limit_s, Some(250.0));
    }
}

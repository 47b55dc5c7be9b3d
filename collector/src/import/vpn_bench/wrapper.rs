//! The wrapper that the framework puts around every result.

use crate::parse::ParseError;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A result file: `data` or `error`, and what the harness says about the run. A document without a
/// status is an early variant, or a file that was never wrapped: the whole of it is the data.
///
/// `D` is the tool's result: unread, or a type that is read in the same pass as the wrapper.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
pub struct Wrapper<'a, D = &'a RawValue> {
    /// `success` or `error`.
    #[serde(default)]
    pub status: Option<String>,
    /// The tool's result.
    #[serde(default)]
    pub data: Option<D>,
    /// What went wrong.
    #[serde(borrow, default)]
    pub error: Option<&'a RawValue>,
    /// `CmdOut` or `ClanError`.
    #[serde(default)]
    pub error_type: Option<String>,
    /// The limit at which the tool was stopped.
    #[serde(default, deserialize_with = "number")]
    pub timeout: Option<f64>,
    /// About the run.
    #[serde(default)]
    pub meta: Option<Meta>,
}

/// What the harness says about a run.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Meta {
    /// Wall-clock time of all attempts.
    #[serde(default, deserialize_with = "number")]
    pub duration_seconds: Option<f64>,
    /// Attempts; after an error always the most there could have been, however many there were.
    #[serde(default, deserialize_with = "number")]
    pub test_attempts: Option<f64>,
    /// Further attempts that the restart of the VPN needed.
    #[serde(default, deserialize_with = "number")]
    pub vpn_restart_attempts: Option<f64>,
    /// Time of that restart.
    #[serde(default, deserialize_with = "number")]
    pub vpn_restart_duration_seconds: Option<f64>,
    /// Time until the hosts reached each other again.
    #[serde(default, deserialize_with = "number")]
    pub connectivity_wait_duration_seconds: Option<f64>,
    /// Host of the client.
    #[serde(default, deserialize_with = "text")]
    pub source: Option<String>,
    /// Host of the server.
    #[serde(default, deserialize_with = "text")]
    pub target: Option<String>,
}

/// A number, or nothing where something else stands: one odd field must not cost the whole file.
fn number<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(input)?;
    Ok(value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite()))
}

/// A text, or nothing where something else stands.
fn text<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(serde_json::Value::deserialize(input)?.as_str().map(str::to_owned))
}

impl Meta {
    /// Tries that a success needed.
    pub fn tries(&self) -> u32 {
        self.test_attempts.filter(|tries| (1.0..=100.0).contains(tries)).map_or(1, |tries| tries as u32)
    }
}

/// A failed command, or an error inside the harness: the fields of both.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct HarnessError {
    /// What the command printed.
    #[serde(default)]
    pub stdout: Option<String>,
    /// What it complained about.
    #[serde(default)]
    pub stderr: Option<String>,
    /// Its exit code; -1 where it was stopped.
    #[serde(default)]
    pub returncode: Option<i64>,
    /// The harness's message.
    #[serde(default)]
    pub msg: Option<String>,
    /// The harness's description.
    #[serde(default)]
    pub description: Option<String>,
}

/// The result of all links at once.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
pub struct Parallel<R> {
    /// One entry a link, in the order of completion.
    pub pairs: Vec<Pair<R>>,
}

/// One link's part.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
pub struct Pair<R> {
    /// Host of the client.
    pub source: String,
    /// Host of the server.
    pub target: String,
    /// The tool's result.
    #[serde(default)]
    pub result: Option<R>,
    /// What went wrong, as text.
    #[serde(default)]
    pub error: Option<String>,
}

impl<R> Pair<R> {
    /// The same part with another form of the result.
    pub fn map<S>(self, change: impl FnOnce(R) -> S) -> Pair<S> {
        Pair { source: self.source, target: self.target, result: self.result.map(change), error: self.error }
    }
}

/// JSON that Rust's reader takes: numbers that are none become `null`. Python writes `NaN` and
/// `Infinity` without quotes.
pub fn without_nan(text: &[u8]) -> Cow<'_, [u8]> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    // `Infinity` is found in `-Infinity` too.
    let within = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    if !within(b"NaN") && !within(b"Infinity") {
        return Cow::Borrowed(text);
    }
    let mut clean = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some((&byte, after)) = rest.split_first() {
        let word = if quoted { None } else { WORDS.iter().find(|word| rest.starts_with(word)) };
        if let Some(word) = word {
            clean.extend_from_slice(b"null");
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        clean.push(byte);
        rest = after;
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                if let Some((&escaped, after)) = rest.split_first() {
                    clean.push(escaped);
                    rest = after;
                }
            }
            _ => {}
        }
    }
    Cow::Owned(clean)
}

/// Reads the wrapper. The error says line and column.
pub fn read<'a, D: Deserialize<'a>>(text: &'a [u8]) -> Result<Wrapper<'a, D>, ParseError> {
    if text.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(ParseError::Empty { tool: "the harness" });
    }
    // Text that is known to be UTF-8 as a whole is not checked again word by word.
    let wrapper = match std::str::from_utf8(text) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(text),
    };
    wrapper.map_err(|error| ParseError::Malformed {
        tool: "the harness",
        line: error.line(),
        column: error.column(),
        what: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_nan_becomes_null_and_text_stays() {
        let text = br#"{"a": NaN, "b": [-Infinity, Infinity], "NaN": "NaN \" Infinity"}"#;
        let clean = without_nan(text);
        assert_eq!(std::str::from_utf8(&clean).unwrap(), r#"{"a": null, "b": [null, null], "NaN": "NaN \" Infinity"}"#);
    }
}

//! The wrapper that the framework puts around every result.

use crate::parse::outline::Object;
use crate::parse::{Note, Notes, ParseError, json, outline, text};
use serde::Deserialize;
use serde_json::Value;
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

/// What the harness says became of a run, in whatever case of letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing: an early variant, or a file that was never wrapped.
    #[default]
    Missing,
    /// It worked.
    Success,
    /// It did not.
    Error,
    /// Something else, as it stands there.
    Other(String),
}

impl Status {
    fn of(word: Option<&str>) -> Self {
        match word.map(str::trim) {
            None => Self::Missing,
            Some(word) if word.eq_ignore_ascii_case("success") => Self::Success,
            Some(word) if word.eq_ignore_ascii_case("error") => Self::Error,
            Some(word) => Self::Other(word.to_owned()),
        }
    }
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
pub fn number<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(input)?;
    Ok(value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite()))
}

/// A whole number, or nothing where something else stands.
fn whole<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    let value = number(input)?.filter(|value| value.fract() == 0.0 && value.abs() < 1e9);
    Ok(value.map(|value| value as i64))
}

/// A text, or nothing where something else stands.
pub fn text<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(serde_json::Value::deserialize(input)?.as_str().map(str::to_owned))
}

impl<D> Wrapper<'_, D> {
    /// Whether it says that all went well, and nothing else. `missing` is what a file without a status says.
    pub fn is_success(&self, missing: bool) -> bool {
        let status = match Status::of(self.status.as_deref()) {
            Status::Success => true,
            Status::Missing => missing,
            Status::Error | Status::Other(_) => false,
        };
        status && self.error.is_none_or(|error| says_nothing(error.get().as_bytes()))
    }
}

/// Whether the text of a value is none: null, or empty.
pub fn says_nothing(value: &[u8]) -> bool {
    let solid: Vec<u8> = value.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    matches!(solid.as_slice(), b"" | b"null" | b"\"\"" | b"{}" | b"[]" | b"false")
}

impl Meta {
    /// Leaves out times that no run can have, and names them.
    pub fn leave_out_impossible(&mut self, longest_s: f64) -> Vec<String> {
        let times = [
            ("duration_seconds", &mut self.duration_seconds),
            ("vpn_restart_duration_seconds", &mut self.vpn_restart_duration_seconds),
            ("connectivity_wait_duration_seconds", &mut self.connectivity_wait_duration_seconds),
        ];
        let impossible = times.into_iter().filter_map(|(name, time)| {
            let value = time.take_if(|value| !(0.0..=longest_s).contains(value))?;
            Some(format!("meta.{name} of {value} s, which no run can have"))
        });
        impossible.collect()
    }

    /// Tries that a success needed.
    pub fn tries(&self) -> u32 {
        self.test_attempts.filter(|tries| (1.0..=100.0).contains(tries)).map_or(1, |tries| tries as u32)
    }
}

/// A failed command, or an error inside the harness: the fields of both.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct HarnessError {
    /// What the command printed.
    #[serde(default, deserialize_with = "text")]
    pub stdout: Option<String>,
    /// What it complained about.
    #[serde(default, deserialize_with = "text")]
    pub stderr: Option<String>,
    /// Its exit code; -1 where it was stopped.
    #[serde(default, deserialize_with = "whole")]
    pub returncode: Option<i64>,
    /// The harness's message.
    #[serde(default, deserialize_with = "text")]
    pub msg: Option<String>,
    /// The harness's description.
    #[serde(default, deserialize_with = "text")]
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
    /// What went wrong: a text, or the fields of a [`HarnessError`].
    #[serde(default)]
    pub error: Option<Value>,
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

/// A result file as far as it is understood: the texts of its values, which may hold what no strict reader takes.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// What became of the run.
    pub status: Status,
    /// The tool's result.
    pub data: Option<&'a [u8]>,
    /// What went wrong; none where nothing is said.
    pub error: Option<&'a [u8]>,
    /// `CmdOut` or `ClanError`.
    pub error_type: Option<String>,
    /// The limit at which the tool was stopped.
    pub timeout: Option<f64>,
    /// About the run.
    pub meta: Option<Meta>,
    /// What was odd about it.
    pub notes: Vec<Note>,
}

/// Reads the wrapper and leaves its values as texts. One whose brackets and quotes are sound is read whatever stands
/// between them.
///
/// # Errors
/// What the strict reader says, with line and column, where there is no outline either.
pub fn parts(text: &[u8]) -> Result<Parts<'_>, ParseError> {
    let strict = match read::<&RawValue>(text) {
        Ok(Wrapper { status, data, error, error_type, timeout, meta }) => {
            return Ok(Parts {
                status: Status::of(status.as_deref()),
                data: data.map(|raw| raw.get().as_bytes()),
                error: error.map(|raw| raw.get().as_bytes()).filter(|error| !says_nothing(error)),
                error_type,
                timeout,
                meta,
                notes: Vec::new(),
            });
        }
        Err(error) => error,
    };
    let objects = outline::objects(text);
    let Some(first) = objects.first() else { return Err(strict) };
    // Whoever writes twice into one file meant the last one, and an error behind a result is the last word too.
    let wrapper = objects.iter().rev().find(|object| is_wrapper(object) || ends_in_error(object, first));
    let Object { members, from, to } = wrapper.unwrap_or(first);
    let solid = |part: Option<&[u8]>| part.unwrap_or_default().iter().any(|byte| !text::is_blank(*byte));
    // A warning may stand before it, as before any tool's output.
    let before = solid(text.get(..first.from));
    if wrapper.is_none() && before {
        return Err(strict);
    }
    let mut notes = Notes::default();
    if wrapper.is_some() {
        if let Some(key) = outline::contradiction(members) {
            return Err(twice(key));
        }
        for (odd, note) in [
            (before, Note::TextBefore),
            (*from != first.from || objects.iter().filter(|object| is_wrapper(object)).count() > 1, Note::Doubled),
            (solid(text.get(*to..)), Note::TextAfter),
        ] {
            if odd {
                notes.add(note);
            }
        }
    }
    let value = |key| outline::member(members, key).filter(|value| *value != b"null");
    let word = |key| value(key).and_then(|value| json::read::<Value>(value).ok()?.as_str().map(str::to_owned));
    let as_it_stands = || value("status").map(|value| String::from_utf8_lossy(value).into_owned());
    let mut status = Status::of(word("status").or_else(as_it_stands).as_deref());
    if status == Status::Missing && wrapper.is_some_and(|object| ends_in_error(object, first)) {
        status = Status::Error;
    }
    if let Some(key) = value("meta").and_then(outline::members).and_then(|meta| link_told_twice(&meta)) {
        return Err(twice(key));
    }
    let meta = value("meta").and_then(|value| json::read_noted(value, &mut notes).ok());
    Ok(Parts {
        status,
        data: value("data"),
        error: value("error").filter(|error| !says_nothing(error)),
        error_type: word("error_type"),
        timeout: value("timeout").and_then(|value| std::str::from_utf8(value).ok()?.trim_matches('"').parse().ok()),
        meta,
        notes: notes.into_vec(),
    })
}

/// Whether an object is a result of the harness. Events of iperf3 have data too.
fn is_wrapper(object: &Object<'_>) -> bool {
    let has = |key| outline::member(&object.members, key).is_some();
    ["status", "data", "meta"].into_iter().any(has) && !has("event")
}

/// Whether an object behind the first one says that something went wrong.
fn ends_in_error(object: &Object<'_>, first: &Object<'_>) -> bool {
    let has = |key| outline::member(&object.members, key).is_some();
    let report = ["start", "intervals", "end", "event"].into_iter().any(has);
    let error = outline::member(&object.members, "error").is_some_and(|error| !says_nothing(error));
    object.from != first.from && error && !report
}

/// The key of a link's end that stands twice, with different hosts: nobody knows which link it is.
fn link_told_twice(meta: &[(String, &[u8])]) -> Option<&'static str> {
    let differs = |key: &str| {
        let mut hosts = meta.iter().filter(|(name, _)| name == key).map(|(_, host)| host);
        hosts.next().is_some_and(|first| hosts.any(|host| host != first))
    };
    ["source", "target"].into_iter().find(|key| differs(key))
}

/// What is said of a key that stands twice with different values: nobody knows which one is meant.
fn twice(key: &str) -> ParseError {
    ParseError::Unsupported {
        tool: "the harness",
        found: format!("a file in which `{}` stands twice, with different values", key.escape_debug()),
        help: "keep the one that is right",
    }
}

/// One link's part with its report as a text, or why there is none that counts.
pub type RawPair<'a> = Pair<Result<&'a [u8], ParseError>>;

/// The links' parts of the result of all links at once, each with its report as a text, and what is wrong with the entries
/// that are none. One bad entry costs no other. `None` where there is no list of them.
pub fn pairs(data: &[u8]) -> Option<(Vec<RawPair<'_>>, Vec<String>)> {
    let members = outline::members(data)?;
    let entries = outline::elements(outline::member(&members, "pairs")?)?;
    let (mut pairs, mut odd) = (Vec::new(), Vec::new());
    for (number, entry) in (1_usize..).zip(entries) {
        match read_pair(entry) {
            Some(pair) => pairs.push(pair),
            None => odd.push(format!("entry {number} of the ring does not say which link it is of")),
        }
    }
    Some((pairs, odd))
}

fn read_pair(text: &[u8]) -> Option<RawPair<'_>> {
    let members = outline::members(text)?;
    let value = |key| outline::member(&members, key).filter(|value| *value != b"null");
    let word = |key| value(key).and_then(|value| serde_json::from_slice::<String>(value).ok());
    let twice = outline::contradiction(&members).map(twice);
    let lossy = |value: &[u8]| Value::String(String::from_utf8_lossy(value).into_owned());
    Some(Pair {
        source: word("source")?,
        target: word("target")?,
        result: twice.map_or_else(|| value("result").map(Ok), |error| Some(Err(error))),
        error: value("error").map(|value| json::read(value).unwrap_or_else(|_| lossy(value))),
    })
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

    #[test]
    fn what_is_odd_inside_does_not_cost_the_wrapper() {
        let text = br#"{"status": "success", "data": {"x": -nan, "y": 1.5e 8,}, "timeout": 7.5,
            "meta": {"duration_seconds": 1.#INF, "test_attempts": 2, "source": "lom"}}"#;
        let parts = parts(text).unwrap();
        assert_eq!(parts.status, Status::Success);
        assert_eq!(parts.data, Some(&br#"{"x": -nan, "y": 1.5e 8,}"#[..]));
        let meta = parts.meta.unwrap();
        assert_eq!((meta.duration_seconds, meta.tries(), meta.source.as_deref()), (None, 2, Some("lom")));
        assert_eq!(parts.timeout, Some(7.5));
        let whole: Value = json::read(parts.data.unwrap()).unwrap();
        assert_eq!((whole.get("x"), whole.get("y").and_then(Value::as_f64)), (Some(&Value::Null), Some(1.5e8)));
        let warned = [b"Warning: odd\n", &text[..]].concat();
        assert_eq!(super::parts(&warned).unwrap().status, Status::Success);
        assert!(super::parts(br#"[1, 2, {"no": "result"}]"#).is_err());
        // What is cut is not whole.
        assert!(super::parts(&text[..text.len() - 1]).is_err());
    }

    #[test]
    fn times_that_no_run_can_have_are_named() {
        let mut meta: Meta = serde_json::from_str(
            r#"{"duration_seconds": -3.5, "vpn_restart_duration_seconds": 1e12, "connectivity_wait_duration_seconds": 40000}"#,
        )
        .unwrap();
        let left_out = meta.leave_out_impossible(86_400.0);
        assert_eq!(left_out.len(), 2);
        assert!(left_out[0].starts_with("meta.duration_seconds of -3.5 s"), "{left_out:?}");
        assert_eq!((meta.duration_seconds, meta.vpn_restart_duration_seconds), (None, None));
        assert_eq!(meta.connectivity_wait_duration_seconds, Some(40_000.0));
    }

    #[test]
    fn one_odd_field_does_not_cost_an_error() {
        let error: HarnessError =
            serde_json::from_str(r#"{"stdout": 7, "stderr": "refused", "returncode": "1", "msg": null}"#).unwrap();
        assert_eq!((error.stdout, error.stderr.as_deref(), error.returncode), (None, Some("refused"), Some(1)));
    }

    #[test]
    fn a_ring_is_read_link_by_link() {
        let data = br#"{"pairs": [{"source": "a", "target": "b", "result": {"end": inf}}, {"source": 7}, "no entry",
            {"source": "b", "target": "a", "error": "no"}, {"source": "c", "target": "a", "result": 1, "result": 2},
            {"source": "a", "target": "c", "error": {"stderr": "no", "returncode": 1}}]}"#;
        let (pairs, odd) = pairs(data).unwrap();
        let links: Vec<&str> = pairs.iter().map(|pair| pair.source.as_str()).collect();
        assert_eq!(links, ["a", "b", "c", "a"]);
        assert_eq!(pairs[0].result.as_ref().unwrap().as_ref().unwrap(), br#"{"end": inf}"#);
        assert_eq!((pairs[1].result.is_none(), &pairs[1].error), (true, &Some(Value::String("no".to_owned()))));
        assert!(pairs[2].result.as_ref().unwrap().is_err());
        assert_eq!(pairs[3].error.as_ref().unwrap()["stderr"], "no");
        assert_eq!(odd.len(), 2);
        assert!(odd[0].starts_with("entry 2 "), "{odd:?}");
    }

    #[test]
    fn a_status_counts_in_any_case_of_letters_and_nothing_else_passes_for_one() {
        let status = |text: &str| parts(text.as_bytes()).unwrap().status;
        assert_eq!(status(r#"{"status": "Success", "data": 1}"#), Status::Success);
        assert_eq!(status(r#"{"status": " ERROR "}"#), Status::Error);
        assert_eq!(status(r#"{"data": 1}"#), Status::Missing);
        assert_eq!(status(r#"{"status": "timeout"}"#), Status::Other("timeout".to_owned()));
        assert_eq!(status(r#"{"status": 0}"#), Status::Other("0".to_owned()));
        for nothing in ["null", "\"\"", "{ }"] {
            let text = format!(r#"{{"status": "success", "data": 1, "error": {nothing}}}"#);
            assert!(parts(text.as_bytes()).unwrap().error.is_none(), "{nothing}");
        }
        let twice = parts(br#"{"status": "success", "data": {"a": 1}, "data": {"a": 2}}"#).unwrap_err().to_string();
        assert!(twice.contains("`data` stands twice"), "{twice}");
        assert!(parts(br#"{"status": "success", "data": 1, "data": 1}"#).is_ok());
    }
}

//! A tolerant JSON reader for what strict parsers refuse: text around the value, bare `NaN`,
//! doubled keys, missing commas, a missing end.
//!
//! It never completes what was cut: a number, text or list element that is not finished is not
//! there. Recursion is bounded, and every byte is looked at a bounded number of times.

use std::collections::HashSet;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::text::{as_count, is_blank, number, position};
use super::{Note, Notes};

/// Real reports nest eight levels; deeper values are skipped.
const DEEPEST: usize = 64;

/// How often an unfinished value that proved irrelevant may be searched again for another start.
const MOST_RESTARTS: usize = 16;

/// A JSON value. `NaN`, infinities and what was too deep are `Null`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(f64),
    /// A count that `f64` may not hold exactly.
    Whole(u64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The value under `key`, if this is an object that has it.
    pub(crate) fn key(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }
}

/// A value found in a text.
#[derive(Debug)]
pub(crate) struct Found {
    /// The value.
    pub(crate) tree: Tree,
    /// Offset of its first byte.
    pub(crate) from: usize,
    /// Offset after its last byte.
    pub(crate) to: usize,
    /// Whether it was read to its end.
    pub(crate) whole: bool,
}

/// What to look for.
pub(crate) struct Search<'a> {
    /// The bytes that may begin a value: `{`, `[` or both.
    pub(crate) roots: &'a [u8],
    /// Keys whose unfinished value is kept for the finished parts inside.
    pub(crate) carriers: &'a [&'a str],
    /// Keys that may stand more than once in an object: all of their values are kept.
    pub(crate) repeated: &'a [&'a str],
    /// Whether a value is one of those looked for.
    pub(crate) accept: &'a dyn Fn(&Tree) -> bool,
}

/// All values in `text` that are looked for, in order, with text of any kind around them.
pub(crate) fn find(text: &[u8], search: &Search<'_>, notes: &mut Notes) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut restarts = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.iter().position(|byte| search.roots.contains(byte))) {
        let from = at + offset;
        let mut reader = Reader {
            text,
            at: from,
            carriers: search.carriers,
            repeated: search.repeated,
            notes: Notes::default(),
            stop: None,
        };
        let tree = reader.value(0);
        let to = reader.at;
        let stop = reader.stop;
        match tree.filter(|tree| (search.accept)(tree)) {
            Some(tree) => {
                notes.extend(reader.notes);
                match stop {
                    Some(Stop::End) => notes.add(Note::Truncated),
                    Some(Stop::Here) => {
                        let (line, column) = position(text, to);
                        notes.add(Note::Broken { line, column });
                    }
                    None => {}
                }
                found.push(Found { tree, from, to, whole: stop.is_none() });
                at = to.max(from + 1);
            }
            None if stop == Some(Stop::End) => {
                restarts += 1;
                if restarts > MOST_RESTARTS {
                    break;
                }
                at = from + 1;
            }
            None => at = to.max(from + 1),
        }
    }
    found
}

/// Why reading ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The text ends.
    End,
    /// What stands at the current offset is not JSON.
    Here,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    carriers: &'a [&'a str],
    repeated: &'a [&'a str],
    notes: Notes,
    stop: Option<Stop>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is not blank; sets `stop` at the end of the text.
    fn next_solid(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !is_blank(byte) {
                return Some(byte);
            }
            if byte == 0 {
                self.notes.add(Note::NulBytes);
            }
            self.at += 1;
        }
        self.stop = Some(Stop::End);
        None
    }

    /// A value, or none when there is nothing usable; an unfinished container sets `stop`.
    fn value(&mut self, depth: usize) -> Option<Tree> {
        match self.next_solid()? {
            b'{' | b'[' if depth >= DEEPEST => self.skip(),
            b'{' => Some(self.map(depth)),
            b'[' => Some(self.list(depth)),
            b'"' => self.string().map(Tree::Text),
            _ => self.token(),
        }
    }

    fn map(&mut self, depth: usize) -> Tree {
        self.at += 1;
        let mut entries: Vec<(String, Tree)> = Vec::new();
        let mut comma = true;
        while let Some(byte) = self.next_solid() {
            match byte {
                b'}' => {
                    self.at += 1;
                    if comma && !entries.is_empty() {
                        self.notes.add(Note::Commas);
                    }
                    break;
                }
                b',' => {
                    if comma {
                        self.notes.add(Note::Commas);
                    }
                    comma = true;
                    self.at += 1;
                }
                b'"' => {
                    if !comma {
                        self.notes.add(Note::Commas);
                    }
                    comma = false;
                    let Some(key) = self.string() else { break };
                    if self.next_solid() != Some(b':') {
                        self.stop.get_or_insert(Stop::Here);
                        break;
                    }
                    self.at += 1;
                    let value = self.value(depth + 1);
                    let keep = self.stop.is_none() || self.carriers.contains(&key.as_str());
                    if let Some(value) = value.filter(|_| keep) {
                        entries.push((key, value));
                    }
                    if self.stop.is_some() {
                        break;
                    }
                }
                _ => {
                    self.stop = Some(Stop::Here);
                    break;
                }
            }
        }
        self.last_of_each(&mut entries);
        Tree::Map(entries)
    }

    /// Drops earlier values of keys that occur again, but for those that may. The same value twice is nothing to speak of:
    /// iperf3 3.12 says its `target_bitrate` twice.
    fn last_of_each(&mut self, entries: &mut Vec<(String, Tree)>) {
        let distinct = entries.iter().map(|(key, _)| key.as_str()).collect::<HashSet<_>>().len();
        if distinct == entries.len() {
            return;
        }
        let mut seen = HashSet::new();
        let mut kept: Vec<(String, Tree)> = Vec::with_capacity(distinct);
        for (key, value) in entries.drain(..).rev() {
            if seen.insert(key.clone()) || self.repeated.contains(&key.as_str()) {
                kept.push((key, value));
            } else if kept.iter().any(|(other, last)| *other == key && *last != value) {
                self.notes.add(Note::DuplicateKey(key));
            }
        }
        kept.reverse();
        *entries = kept;
    }

    fn list(&mut self, depth: usize) -> Tree {
        self.at += 1;
        let mut items = Vec::new();
        let mut comma = true;
        while let Some(byte) = self.next_solid() {
            match byte {
                b']' => {
                    self.at += 1;
                    if comma && !items.is_empty() {
                        self.notes.add(Note::Commas);
                    }
                    break;
                }
                b',' => {
                    if comma {
                        self.notes.add(Note::Commas);
                    }
                    comma = true;
                    self.at += 1;
                }
                _ => {
                    if !comma {
                        self.notes.add(Note::Commas);
                    }
                    comma = false;
                    let item = self.value(depth + 1);
                    if self.stop.is_some() {
                        break;
                    }
                    items.extend(item);
                }
            }
        }
        Tree::List(items)
    }

    /// A quoted text; none when its end is missing.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let from = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                None => {
                    self.stop = Some(Stop::End);
                    return None;
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
            }
        }
        let raw = self.text.get(from..self.at).unwrap_or_default();
        self.at += 1;
        if escaped
            && let Ok(text) = serde_json::from_slice::<String>(self.text.get(from - 1..self.at).unwrap_or_default())
        {
            return Some(text);
        }
        let text = String::from_utf8_lossy(raw);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.notes.add(Note::InvalidUtf8);
        }
        Some(text.into_owned())
    }

    /// A bare word: a number, `true`, `false`, `null` or a way to print NaN.
    fn token(&mut self) -> Option<Tree> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length =
            rest.iter().position(|b| !(b.is_ascii_alphanumeric() || b"+-._#()".contains(b))).unwrap_or(rest.len());
        if length == rest.len() {
            // What touches the end may go on behind it.
            self.at = self.text.len();
            self.stop = Some(Stop::End);
            return None;
        }
        let word = std::str::from_utf8(rest.get(..length)?).ok()?;
        let tree = match word {
            "true" => Some(Tree::Bool(true)),
            "false" => Some(Tree::Bool(false)),
            "null" => Some(Tree::Null),
            _ => match number(word) {
                Some(value) => Some(of_number(value, word.parse().ok())),
                None if is_non_finite(word) => Some(Tree::Null),
                None => None,
            },
        };
        if tree.is_some() {
            self.at += length;
        } else if let Some((value, length)) = with_blank(rest) {
            self.at += length;
            self.notes.add(Note::BlankInNumber);
            return Some(Tree::Number(value));
        } else {
            self.stop = Some(Stop::Here);
        }
        tree
    }

    /// Passes over a container without recursion.
    fn skip(&mut self) -> Option<Tree> {
        self.notes.add(Note::TooDeep);
        let mut open = 0_usize;
        while let Some(byte) = self.next_solid() {
            match byte {
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.saturating_sub(1);
                    self.at += 1;
                    if open == 0 {
                        return Some(Tree::Null);
                    }
                }
                b'"' => {
                    self.string()?;
                }
                _ => self.at += 1,
            }
        }
        None
    }
}

/// A count is kept as one where `f64` would round it.
fn of_number(value: f64, whole: Option<u64>) -> Tree {
    match whole {
        Some(whole) if as_count(value).is_none() => Tree::Whole(whole),
        _ => Tree::Number(value),
    }
}

/// A number such as `1.5e 10` or `5.2e +01` and its length: what becomes of a plus sign on its way through a form or an
/// address, or of a line that was wrapped. It ends before the end of the text, or may go on behind it.
fn with_blank(text: &[u8]) -> Option<(f64, usize)> {
    let exponent = text.iter().position(|byte| matches!(byte, b'e' | b'E'))?;
    let (mantissa, rest) = text.split_at_checked(exponent)?;
    let blanks = |from: usize| rest.iter().skip(from).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let before = blanks(1);
    let sign = usize::from(matches!(rest.get(1 + before), Some(b'+' | b'-')));
    let after = blanks(1 + before + sign);
    let from = 1 + before + sign + after;
    let digits = rest.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let to = from + digits;
    let blank = before + sign * after > 0;
    let whole = blank && digits > 0 && rest.get(to).is_some_and(|byte| !byte.is_ascii_alphanumeric());
    let word = [mantissa, b"e", rest.get(1 + before..1 + before + sign)?, rest.get(from..to)?].concat();
    let value = number(std::str::from_utf8(&word).ok()?)?;
    whole.then_some((value, exponent + to))
}

/// A number that stands alone, as patiently as within a text.
pub(crate) fn lone_number(text: &str) -> Option<f64> {
    let patient = || with_blank(&[text.as_bytes(), b"\n"].concat()).filter(|(_, length)| *length == text.len());
    number(text).or_else(|| patient().map(|(value, _)| value))
}

/// Reads a whole JSON value: strictly, and where that fails with the patience of [`find`].
///
/// # Errors
/// What the strict reader says, where not even patience helps: the text is cut or broken.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    read_noted(text, &mut Notes::default())
}

/// [`read`], and what was odd: a key that stands twice with different values, and whatever only patience takes. Of several
/// objects the last one is read.
///
/// # Errors
/// The same.
pub(crate) fn read_noted<T: DeserializeOwned>(text: &[u8], notes: &mut Notes) -> Result<T, serde_json::Error> {
    let mut met = Notes::default();
    let tree = whole_tree(text, &mut met);
    match serde_json::from_slice(text) {
        Ok(value) => {
            notes.extend(met);
            Ok(value)
        }
        Err(error) => {
            let value = tree.and_then(|tree| T::deserialize(tree).ok()).ok_or(error)?;
            notes.extend(met);
            Ok(value)
        }
    }
}

/// The object or list that a text begins with, or the last one of its kind behind it; `None` where the first has no end.
fn whole_tree(text: &[u8], notes: &mut Notes) -> Option<Tree> {
    let search = Search { roots: b"{[", carriers: &[], repeated: &[], accept: &|_| true };
    let found = find(text, &search, &mut Notes::default());
    let first = found.first().filter(|first| first.whole && first.from == blanks(text))?;
    let is_map = |found: &Found| matches!(&found.tree, Tree::Map(entries) if !entries.is_empty());
    let several: Vec<&Found> = found.iter().filter(|found| found.whole && is_map(found)).collect();
    let last = several.last().filter(|_| is_map(first)).copied().unwrap_or(first);
    if last.from != first.from {
        notes.add(Note::Doubled);
    }
    if text.get(last.to..).is_some_and(|rest| rest.iter().any(|byte| !is_blank(*byte))) {
        notes.add(Note::TextAfter);
    }
    let own = text.get(last.from..last.to)?;
    find(own, &search, notes).into_iter().next().filter(|_| !notes.has_break()).map(|found| found.tree)
}

/// Blanks before the text itself.
fn blanks(text: &[u8]) -> usize {
    let mark = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    mark + text.iter().skip(mark).take_while(|byte| is_blank(**byte)).count()
}

/// The ways C libraries and JSON dialects print what is not a number, and numbers out of range.
fn is_non_finite(word: &str) -> bool {
    let bare = word.trim_start_matches(['-', '+']).to_ascii_lowercase();
    bare.starts_with("nan")
        || bare == "inf"
        || bare == "infinity"
        || bare.starts_with("1.#")
        || bare.parse::<f64>().is_ok_and(f64::is_infinite)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_none<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Bool(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
                Ok(if value.is_finite() { Tree::Number(value) } else { Tree::Null })
            }

            #[expect(clippy::cast_precision_loss, reason = "what is rounded is kept as it is")]
            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(of_number(value as f64, Some(value)))
            }

            #[expect(clippy::cast_precision_loss, reason = "tools print no such numbers below zero")]
            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Number(value as f64))
            }

            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Tree::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Tree::Map(entries))
            }
        }

        input.deserialize_any(Any)
    }
}

impl<'de> IntoDeserializer<'de, Error> for Tree {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Hands the value to serde. A value of the wrong kind becomes an empty object or list, so that one
/// odd field does not cost the whole report.
impl<'de> Deserializer<'de> for Tree {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(value) => visitor.visit_f64(value),
            Self::Whole(value) => visitor.visit_u64(value),
            Self::Text(value) => visitor.visit_string(value),
            Self::List(_) => self.deserialize_seq(visitor),
            Self::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = if let Self::List(items) = self { items } else { Vec::new() };
        visitor.visit_seq(SeqDeserializer::new(items.into_iter()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = if let Self::Map(entries) = self { entries } else { Vec::new() };
        visitor.visit_map(MapDeserializer::new(entries.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct tuple tuple_struct enum identifier ignored_any
    }
}

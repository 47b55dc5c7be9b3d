//! The outline of a JSON text: where the values of an object or a list begin and end, whatever they hold.
//!
//! A wrapper around a tool's output is as sound as its brackets and quotes. A number in it that no reader takes
//! must not cost the rest; whoever reads the value deals with it.

use super::text::is_blank;

/// The keys of an object with the text of their values, in order.
pub(crate) type Members<'a> = Vec<(String, &'a [u8])>;

/// The keys of an object with the text of their values, in order. `None` where it is no object, or has no end.
pub(crate) fn members(text: &[u8]) -> Option<Members<'_>> {
    object(text).map(|(members, _)| members)
}

/// A whole object within a text.
pub(crate) struct Object<'a> {
    /// What is in it.
    pub(crate) members: Members<'a>,
    /// Offset of its first byte.
    pub(crate) from: usize,
    /// Offset after its last byte.
    pub(crate) to: usize,
}

/// The objects of a text one after another, whatever stands around them, up to one without an end.
pub(crate) fn objects(text: &[u8]) -> Vec<Object<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'{')) {
        let from = at + offset;
        let Some((members, length)) = text.get(from..).and_then(object) else { break };
        at = from + length;
        found.push(Object { members, from, to: at });
    }
    found
}

/// An object at the beginning of a text, and how long it is.
fn object(text: &[u8]) -> Option<(Members<'_>, usize)> {
    let mut scan = Scan { text, at: 0 };
    scan.expect(b'{')?;
    let mut found = Vec::new();
    loop {
        match scan.next()? {
            b'}' => return Some((found, scan.at + 1)),
            b',' => scan.at += 1,
            b'"' => {
                let key = scan.at;
                scan.string()?;
                let key = serde_json::from_slice(text.get(key..scan.at)?).ok()?;
                scan.expect(b':')?;
                found.push((key, scan.value()?));
            }
            _ => return None,
        }
    }
}

/// The texts of a list's elements, in order. `None` where it is no list, or has no end.
pub(crate) fn elements(text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut scan = Scan { text, at: 0 };
    scan.expect(b'[')?;
    let mut found = Vec::new();
    loop {
        match scan.next()? {
            b']' => return Some(found),
            b',' => scan.at += 1,
            _ => found.push(scan.value()?),
        }
    }
}

/// The text of one key's value.
pub(crate) fn member<'a>(members: &[(String, &'a [u8])], key: &str) -> Option<&'a [u8]> {
    members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| *value)
}

/// A key that stands more than once, with values that are not the same text.
pub(crate) fn contradiction<'a>(members: &'a [(String, &[u8])]) -> Option<&'a str> {
    let differs = |(at, (name, value)): (usize, &(String, &[u8]))| {
        members.iter().skip(at + 1).any(|(other, last)| other == name && last != value)
    };
    members.iter().enumerate().find(|entry| differs(*entry)).map(|(_, (name, _))| name.as_str())
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    /// The next byte that is not blank.
    fn next(&mut self) -> Option<u8> {
        while self.text.get(self.at).copied().is_some_and(is_blank) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    /// Passes over a quoted text.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.text.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// A value up to the comma or bracket behind it, without blanks around.
    fn value(&mut self) -> Option<&'a [u8]> {
        self.next()?;
        let from = self.at;
        let mut open = 0_usize;
        loop {
            match self.text.get(self.at)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b',' if open == 0 => break,
                b'}' | b']' => match open.checked_sub(1) {
                    Some(less) => open = less,
                    None => break,
                },
                _ => {}
            }
            self.at += 1;
        }
        Some(self.text.get(from..self.at)?.trim_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_whatever_they_hold() {
        let text = br#" {"a": -nan, "b\"}": [1e 5, {"c": "]}"}], "d": {"e": [1,2]} , "f": ""}"#;
        let found = members(text).unwrap();
        let told: Vec<(&str, &str)> =
            found.iter().map(|(key, value)| (key.as_str(), std::str::from_utf8(value).unwrap())).collect();
        assert_eq!(told, [("a", "-nan"), ("b\"}", r#"[1e 5, {"c": "]}"}]"#), ("d", r#"{"e": [1,2]}"#), ("f", "\"\"")]);
        assert_eq!(elements(member(&found, "b\"}").unwrap()).unwrap().len(), 2);
        assert_eq!(contradiction(&found), None);
        let same = members(br#"{"a": 1, "b": 2, "a": 1}"#).unwrap();
        let other = members(br#"{"a": 1, "b": 2, "b": 3}"#).unwrap();
        assert_eq!((contradiction(&same), contradiction(&other)), (None, Some("b")));
    }

    #[test]
    fn what_has_no_end_has_no_outline() {
        for text in ["", "{", "{\"a\"", "{\"a\": 1", "{\"a\": [1}", "[1", "7", "{\"a\\"] {
            assert_eq!((members(text.as_bytes()), elements(text.as_bytes())), (None, None), "{text}");
        }
    }
}

//! What others wrote, as a line that can be printed.

/// Bytes of a text that go into a message.
const EXCERPT: usize = 400;

/// The end of some text as one printable line.
pub fn excerpt(bytes: &[u8]) -> String {
    one_line(bytes.get(bytes.len().saturating_sub(EXCERPT)..).unwrap_or_default())
}

/// A text as one printable line, without the frames of `@` that SSH draws around its warnings.
pub fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| word.bytes().any(|byte| byte != b'@')).collect();
    if words.is_empty() { "it said nothing".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_one_printable_line() {
        assert_eq!(excerpt(b"a\n\x1b[31mb\0c"), "a [31mb c");
        assert_eq!(excerpt(b" \n"), "it said nothing");
    }
}

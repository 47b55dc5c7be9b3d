//! One order for what svg2pdf writes in the order of hash maps with random keys.
//!
//! svg2pdf 0.13 keeps the entries of resource dictionaries in a `HashMap`. A dictionary has no order, so
//! its entries can be sorted; each stays as long as it was, so every offset in the file stays true.

/// Sorts each run of lines of the kind `/name 12 0 R` outside of streams.
pub fn sort_entries(pdf: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(pdf.len());
    let mut run: Vec<&[u8]> = Vec::new();
    let mut in_stream = false;
    for line in pdf.split_inclusive(|byte| *byte == b'\n') {
        if !in_stream && is_entry(line) {
            run.push(line);
            continue;
        }
        flush(&mut out, &mut run);
        in_stream = if in_stream { !line.ends_with(b"endstream\n") } else { line == b"stream\n" };
        out.extend_from_slice(line);
    }
    flush(&mut out, &mut run);
    out
}

fn flush(out: &mut Vec<u8>, run: &mut Vec<&[u8]>) {
    run.sort_by_key(|line| (line.len(), *line));
    out.extend(run.drain(..).flatten());
}

/// Whether a line is a dictionary's entry that refers to an object, and nothing else.
fn is_entry(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [name, object, "0", "R"] => {
            text.ends_with('\n')
                && number(object)
                && name
                    .strip_prefix('/')
                    .is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_entries_outside_of_streams_move() {
        let pdf = b"<<\n  /b 2 0 R\n  /a 1 0 R\n>>\nstream\n/z 1 0 R\n/a 1 0 R\n\nendstream\n/d [1 0 R]\n/c 9 0 R\n/aa 10 0 R\n/b 3 0 R\n";
        let sorted = b"<<\n  /a 1 0 R\n  /b 2 0 R\n>>\nstream\n/z 1 0 R\n/a 1 0 R\n\nendstream\n/d [1 0 R]\n/b 3 0 R\n/c 9 0 R\n/aa 10 0 R\n";
        assert_eq!(sort_entries(pdf), sorted);
    }
}

//! SHA-256 in hexadecimal.

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::Path;

/// The hash of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The same in lower case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    encode_string(&sha256(bytes))
}

/// The hash and the length of a file, read once in pieces.
pub fn file(path: &Path) -> io::Result<(String, u64)> {
    reader(&mut std::fs::File::open(path)?)
}

/// The hash and the number of bytes of whatever `source` still gives.
pub fn reader(source: &mut impl Read) -> io::Result<(String, u64)> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0_u64;
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            return Ok((encode_string(&digest.finalize()), length));
        }
        digest.update(buffer.get(..read).unwrap_or_default());
        length = length.saturating_add(read as u64);
    }
}

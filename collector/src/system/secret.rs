//! Secrets: made from the campaign's seed, and kept out of everything that is shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Shorter texts are no secrets worth the name, and would blank half of a message.
const SHORTEST: usize = 8;
/// PKCS #8 (RFC 8410) around an Ed25519 private key of 32 bytes.
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// `length` bytes for a purpose: the same for the same seed, system, host and purpose, and unlike all others.
/// `host` is `None` for a secret that all hosts share.
///
/// Whoever knows the seed knows the keys: they are for traffic of measurements, which holds nothing secret.
pub fn derive(seed: u64, system: &str, host: Option<&str>, purpose: &str, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    for counter in 0_u32.. {
        if bytes.len() >= length {
            break;
        }
        let mut hash = Sha256::new();
        hash.update(b"meshbench system secret 1");
        hash.update(seed.to_be_bytes());
        for field in [Some(system), host, Some(purpose)] {
            // A length before each field, so that no two lists of fields are the same bytes.
            let field = field.map_or((u64::MAX, ""), |field| (field.len() as u64, field));
            hash.update(field.0.to_be_bytes());
            hash.update(field.1.as_bytes());
        }
        hash.update(counter.to_be_bytes());
        bytes.extend_from_slice(&hash.finalize());
    }
    bytes.truncate(length);
    bytes
}

/// Bytes as base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes as lower case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 32 bytes as a private key of X25519 (RFC 7748), base64: what `wg genkey` prints.
pub fn x25519(mut bytes: Vec<u8>) -> String {
    if let Some(first) = bytes.first_mut() {
        *first &= 248;
    }
    if let Some(last) = bytes.last_mut() {
        *last = (*last & 127) | 64;
    }
    base64(&bytes)
}

/// 32 bytes as a private key of Ed25519, PEM.
pub fn ed25519_pem(bytes: &[u8]) -> String {
    let body = base64(&[&ED25519_PKCS8, bytes].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

/// Every secret that is known here, so that it can be taken out of what is shown. Clones share them.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<BTreeSet<String>>>);

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Known(secrets)")
    }
}

impl Known {
    /// Remembers a text as secret, and each long line of it.
    pub fn add(&self, secret: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"));
        known.extend(lines.map(str::to_owned));
    }

    /// Whether a secret is in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|secret| text.contains(secret))
    }

    /// The text without any secret.
    pub fn redact(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Longer ones first: one secret can be a part of another.
        let mut secrets: Vec<&String> = known.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[secret]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_the_same_each_time_and_differ_by_every_field() {
        let key = |seed, system, host, purpose| derive(seed, system, host, purpose, 32);
        let one = key(7, "wireguard", Some("h1"), "private");
        // sha256sum of the label, the seed (8 bytes), each field after its length (8 bytes), and four zero bytes.
        assert_eq!(hex(&one), "a05e6d6b858be97e75e5ffaffb281bcf2d9fa0ee59b6b423a3cbc545b5688807");
        let others = [
            key(8, "wireguard", Some("h1"), "private"),
            key(7, "wireguar", Some("dh1"), "private"),
            key(7, "wireguard", Some("h2"), "private"),
            key(7, "wireguard", None, "private"),
            key(7, "wireguard", Some(""), "private"),
            key(7, "wireguard", Some("h1"), "other"),
        ];
        let distinct: BTreeSet<_> = others.iter().chain([&one]).collect();
        assert_eq!(distinct.len(), 7);
    }

    #[test]
    fn key_formats_are_those_of_the_tools() {
        // `wg pubkey` and `openssl pkey` take these.
        let key = x25519(vec![0xff; 32]);
        assert_eq!(key, "+P///////////////////////////////////////38=");
        let pem = ed25519_pem(&[0; 32]);
        assert!(pem.contains("\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"), "{pem}");
    }

    #[test]
    fn what_is_known_is_taken_out_also_where_one_secret_holds_another() {
        let known = Known::default();
        known.add("abcdefgh");
        known.add("-----BEGIN KEY-----\n0123abcdefgh4567\n-----END KEY-----\n");
        known.add("short");
        assert_eq!(known.redact("a short 0123abcdefgh4567 and abcdefgh."), "a short [secret] and [secret].");
        assert!(known.is_in("--key=abcdefgh") && !known.is_in("-----BEGIN KEY-----"));
        assert!(!format!("{known:?}").contains("abcdefgh"));
    }

    proptest! {
        #[test]
        fn derived_bytes_have_the_length_asked_for_and_longer_ones_begin_alike(length in 0_usize..200) {
            let long = derive(1, "s", None, "p", 200);
            prop_assert_eq!(&derive(1, "s", None, "p", length)[..], &long[..length]);
        }
    }
}

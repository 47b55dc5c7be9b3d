//! Secrets: made from the campaign's seed, and kept out of everything that is shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use curve25519_dalek::scalar::clamp_integer;
use ed25519::pkcs8::spki::der::pem::LineEnding;
use ed25519::pkcs8::{self, EncodePrivateKey, KeypairBytes};
use hkdf::{Hkdf, InvalidLength};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

pub use base16ct::lower::encode_string as hex;

/// Shorter texts are no secrets worth the name, and would blank half of a message.
const SHORTEST: usize = 8;
/// Tells these keys from all others that somebody may make of the same number.
const LABEL: &[u8] = b"meshbench system secret 2";

/// What a secret is for. The same gives the same bytes, and any other gives others.
///
/// Whoever knows the seed knows the keys: they are for traffic of measurements, which holds nothing secret.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The campaign's seed.
    pub seed: u64,
    /// The system.
    pub system: &'a str,
    /// The host; `None` for a secret that all hosts share.
    pub host: Option<&'a str>,
    /// Its name in the system's file.
    pub purpose: &'a str,
}

impl Use<'_> {
    /// Fills `bytes` by HKDF with SHA-256 (RFC 5869), the seed being the key.
    ///
    /// # Errors
    /// There are more than 8160 of them.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), InvalidLength> {
        // A length before each field, so that no two lists of fields are the same bytes.
        let field = |text: Option<&str>| (text.map_or(u64::MAX, |text| text.len() as u64)).to_be_bytes();
        let [system, host, purpose] = [Some(self.system), self.host, Some(self.purpose)];
        let lengths = [system, host, purpose].map(field);
        let [one, two, three] = &lengths;
        let info: [&[u8]; 6] =
            [one, self.system.as_bytes(), two, host.unwrap_or_default().as_bytes(), three, self.purpose.as_bytes()];
        Hkdf::<Sha256>::new(Some(LABEL), &self.seed.to_be_bytes()).expand_multi_info(&info, bytes)
    }

    /// 32 bytes, for a key.
    ///
    /// # Errors
    /// None at this length.
    pub fn key(&self) -> Result<[u8; 32], InvalidLength> {
        let mut bytes = [0; 32];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// Bytes as base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A private key of X25519 (RFC 7748), clamped, base64: what `wg genkey` prints.
pub fn x25519(bytes: [u8; 32]) -> String {
    base64(&clamp_integer(bytes))
}

/// A private key of Ed25519 as PEM: PKCS #8 (RFC 8410) without the public key, which older programs do not read.
///
/// # Errors
/// None: the key has the right length by its type.
pub fn ed25519_pem(secret_key: [u8; 32]) -> pkcs8::Result<String> {
    Ok(KeypairBytes { secret_key, public_key: None }.to_pkcs8_pem(LineEnding::LF)?.to_string())
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
        let key = |seed, system, host, purpose| Use { seed, system, host, purpose }.key().unwrap();
        let one = key(7, "wireguard", Some("h1"), "private");
        // HMAC-SHA-256 of Python, twice: of the seed (8 bytes) under the label, and under that of each field after its length
        // (8 bytes), and a byte of 1.
        assert_eq!(hex(&one), "349fcc8880a106cd5aea91f9b3d710af1274a25caf3731c955391f3da0113a84");
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
    fn no_more_bytes_are_made_than_there_are() {
        let purpose = Use { seed: 1, system: "s", host: None, purpose: "p" };
        assert!(purpose.fill(&mut [0; 8160]).is_ok() && purpose.fill(&mut [0; 8161]).is_err());
    }

    #[test]
    fn key_formats_are_those_of_the_tools() {
        // `wg pubkey` and `openssl pkey` take these.
        let key = x25519([0xff; 32]);
        assert_eq!(key, "+P///////////////////////////////////////38=");
        let pem = ed25519_pem([0; 32]).unwrap();
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
            let (mut long, mut short) = ([0; 200], vec![0; length]);
            let purpose = Use { seed: 1, system: "s", host: None, purpose: "p" };
            purpose.fill(&mut long).unwrap();
            purpose.fill(&mut short).unwrap();
            prop_assert_eq!(&short[..], &long[..length]);
        }
    }
}

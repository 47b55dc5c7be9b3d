//! `tc_settings.json`: what netem was told on every host under one profile.
//!
//! Only a file that says it in full is taken: either `"settings": null`, which is no impairment, or every setting that the
//! framework has. Anything else is not "no impairment" but an unknown one, and the error says why.

use super::facts::{self, UNPROFILED};
use crate::impairment::{MOST_DELAY, MOST_JITTER};
use crate::parse::{json, outline};
use crate::secrets;
use std::fs;
use std::path::Path;

/// What netem was told on every host, per direction. Everything is absent where it is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Netem {
    /// Mean delay.
    pub delay_s: Option<f64>,
    /// Jitter.
    pub jitter_s: Option<f64>,
    /// Loss.
    pub loss: Option<f64>,
    /// Share of reordered packets.
    pub reorder: Option<f64>,
    /// Its correlation.
    pub reorder_correlation: Option<f64>,
    /// Rate limit.
    pub rate_bit_s: Option<f64>,
}

impl Netem {
    const NONE: Self = Self {
        delay_s: Some(0.0),
        jitter_s: Some(0.0),
        loss: Some(0.0),
        reorder: Some(0.0),
        reorder_correlation: Some(0.0),
        rate_bit_s: None,
    };
}

/// Reads the file in the folder of the profile that it is of.
///
/// # Errors
/// Why it does not say what was asked: it is no such file, has something unknown in it, contradicts itself or the name of
/// its folder, or holds a value that netem cannot have.
pub fn read(path: &Path) -> Result<Netem, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let (bytes, _) = secrets::scrub(&bytes);
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    parse(&bytes, &folder.unwrap_or_default()).map_err(|why| format!("{why}, so the impairment is unknown"))
}

fn parse(bytes: &[u8], folder: &str) -> Result<Netem, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let file = Members::of(bytes, "the file")?;
    file.only(&["alias", "settings"])?;
    let alias = file.value("alias").and_then(|value| json::read::<String>(value).ok());
    if let Some(alias) = alias.as_deref().filter(|alias| !same_profile(alias, folder)) {
        return Err(format!("its alias is `{alias}`, and its folder `{folder}`"));
    }
    let settings = file.value("settings").ok_or("it has no `settings`")?;
    let netem = if settings == b"null" { Netem::NONE } else { settings_of(settings)? };
    let impairs = netem != Netem::NONE;
    let profile = facts::profile_name(folder);
    if impairs && profile.eq_ignore_ascii_case(UNPROFILED) {
        return Err(format!("its settings impair, and its folder is `{folder}`"));
    }
    // `no_impairment` is the one name of this form that promises none.
    if !impairs && profile != folder && !profile.eq_ignore_ascii_case("no") {
        return Err(format!("its settings ask for nothing, and its folder is `{folder}`"));
    }
    Ok(netem)
}

fn same_profile(alias: &str, folder: &str) -> bool {
    facts::profile_name(alias).eq_ignore_ascii_case(facts::profile_name(folder))
}

/// One setting: its key, what one of its unit is in ours, and the most that it can be, in ours. Delays and shares are
/// stored as a round trip meets them, which is twice what each host was told.
struct Setting {
    key: &'static str,
    unit: f64,
    most: f64,
}

const fn setting(key: &'static str, unit: f64, most: f64) -> Setting {
    Setting { key, unit, most }
}

const DELAY: Setting = setting("latency_ms", 1e-3 / 2.0, MOST_DELAY.as_secs() as f64);
const JITTER: Setting = setting("jitter_ms", 1e-3 / 2.0, MOST_JITTER.as_nanos() as f64 / 1e9);
const LOSS: Setting = setting("packet_loss_percent", 1e-2 / 2.0, 1.0);
const REORDER: Setting = setting("reorder_percent", 1e-2 / 2.0, 1.0);
const CORRELATION: Setting = setting("reorder_correlation", 1e-2, 1.0);
const RATE: Setting = setting("bandwidth_mbit", 1e6, meshbench_schemas::possible::MOST_BIT_S);
const SETTINGS: [&Setting; 6] = [&DELAY, &JITTER, &LOSS, &REORDER, &CORRELATION, &RATE];

fn settings_of(text: &[u8]) -> Result<Netem, String> {
    let settings = Members::of(text, "`settings`")?;
    settings.only(&SETTINGS.map(|setting| setting.key))?;
    let told = |setting: &Setting| -> Result<f64, String> {
        let key = setting.key;
        let value = settings.value(key).ok_or_else(|| format!("it does not say `{key}`"))?;
        if value == b"null" {
            return Ok(0.0);
        }
        let number = std::str::from_utf8(value).ok().and_then(|word| json::lone_number(word.trim_matches('"').trim()));
        let shown = String::from_utf8_lossy(value.get(..value.len().min(40)).unwrap_or_default()).into_owned();
        let number = number.ok_or_else(|| format!("`{key}` is {shown}, which is no number"))?;
        let value = number * setting.unit;
        if value < 0.0 || value > setting.most {
            let most = setting.most / setting.unit;
            return Err(format!("`{key}` of {shown} cannot be: possible is 0 to {most:.0}"));
        }
        Ok(value)
    };
    let (delay, reorder) = (told(&DELAY)?, told(&REORDER)?);
    if reorder > 0.0 && delay == 0.0 {
        return Err("`reorder_percent` without `latency_ms` cannot be: packets overtake those that wait".to_owned());
    }
    Ok(Netem {
        delay_s: Some(delay),
        jitter_s: Some(told(&JITTER)?),
        loss: Some(told(&LOSS)?),
        reorder: Some(reorder),
        reorder_correlation: Some(told(&CORRELATION)?),
        rate_bit_s: Some(told(&RATE)?).filter(|rate| *rate > 0.0),
    })
}

/// The keys of an object and the texts of their values: what no reader takes for a number is still there to be named.
struct Members<'a>(Vec<(String, &'a [u8])>);

impl<'a> Members<'a> {
    fn of(text: &'a [u8], what: &str) -> Result<Self, String> {
        let members = outline::members(text).ok_or_else(|| format!("{what} is no JSON object"))?;
        if let Some(key) = outline::contradiction(&members) {
            return Err(format!("`{}` stands twice, with different values", key.escape_debug()));
        }
        Ok(Self(members))
    }

    fn value(&self, key: &str) -> Option<&'a [u8]> {
        outline::member(&self.0, key)
    }

    /// A key that is unknown may impair in a way that nobody here knows; one without a value asks for nothing.
    fn only(&self, known: &[&str]) -> Result<(), String> {
        let unknown = self.0.iter().find(|(key, value)| !known.contains(&key.as_str()) && *value != b"null");
        unknown.map_or(Ok(()), |(key, _)| Err(format!("`{}` is no setting that is known", key.escape_debug())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(change: impl Fn(String) -> String) -> String {
        change(
            r#"{"alias": "medium_impairment", "settings": {"bandwidth_mbit": null, "latency_ms": 8, "jitter_ms": 14,
                "packet_loss_percent": 2.0, "reorder_percent": 5.0, "reorder_correlation": 50.0}}"#
                .to_owned(),
        )
    }

    fn medium(text: &str) -> Result<Netem, String> {
        parse(text.as_bytes(), "medium_impairment")
    }

    #[test]
    fn what_is_stored_for_a_round_trip_is_halved() {
        let expected = Netem {
            delay_s: Some(0.004),
            jitter_s: Some(0.007),
            loss: Some(0.01),
            reorder: Some(0.025),
            reorder_correlation: Some(0.5),
            rate_bit_s: None,
        };
        assert_eq!(medium(&full(|text| text)), Ok(expected));
        assert_eq!(medium(&full(|text| text.replace(": 8,", ": \"8\","))), Ok(expected));
        assert_eq!(medium(&full(|text| text.replace("\"alias\": \"medium_impairment\", ", ""))), Ok(expected));
        // What is added and asks for nothing changes nothing.
        assert_eq!(
            medium(&full(|text| text.replace("\"latency_ms\"", "\"slot\": null, \"latency_ms\""))),
            Ok(expected)
        );
        let limited = medium(&full(|text| text.replace("\"bandwidth_mbit\": null", "\"bandwidth_mbit\": 100")));
        assert_eq!(limited.unwrap().rate_bit_s, Some(1e8));
        for profile in ["baseline", "Baseline", "no_impairment"] {
            let text = format!(r#"{{"alias": "{profile}", "settings": null}}"#);
            assert_eq!(parse(text.as_bytes(), profile), Ok(Netem::NONE), "{profile}");
        }
    }

    #[test]
    fn what_is_not_said_in_full_is_unknown() {
        let why = |text: &str| medium(text).unwrap_err();
        for (text, words) in [
            ("{}", "it has no `settings`"),
            ("[]", "the file is no JSON object"),
            ("", "the file is no JSON object"),
            (r#"{"latency_ms": 8, "jitter_ms": 14}"#, "`latency_ms` is no setting that is known"),
            (r#"{"settings": {}}"#, "it does not say `latency_ms`"),
            (r#"{"settings": {"latency": 8}}"#, "`latency` is no setting that is known"),
            (r#"{"settings": []}"#, "`settings` is no JSON object"),
            (r#"{"settings": NaN}"#, "`settings` is no JSON object"),
        ] {
            assert!(why(text).contains(words), "{text}: {}", why(text));
        }
        for (from, to, words) in [
            ("\"latency_ms\": 8", "\"latency_ms\": NaN", "`latency_ms` is NaN, which is no number"),
            ("\"latency_ms\": 8", "\"latency_ms\": [8]", "`latency_ms` is [8], which is no number"),
            ("\"latency_ms\": 8", "\"latency_ms\": \"8ms\"", "`latency_ms` is \"8ms\", which is no number"),
            ("\"latency_ms\": 8", "\"latency_ms\": true", "which is no number"),
            ("\"jitter_ms\": 14,", "", "it does not say `jitter_ms`"),
            ("\"latency_ms\"", "\"duplicate_percent\": 1, \"latency_ms\"", "`duplicate_percent` is no setting"),
            ("\"latency_ms\"", "\"latency_ms\": 9, \"latency_ms\"", "`latency_ms` stands twice"),
            (
                "medium_impairment",
                "high_impairment",
                "its alias is `high_impairment`, and its folder `medium_impairment`",
            ),
            ("\"settings\"", "\"settings\": null, \"settings\"", "`settings` stands twice"),
        ] {
            let text = full(|text| text.replacen(from, to, 1));
            assert!(why(&text).contains(words), "{to}: {}", why(&text));
        }
        assert!(why(r#"{"alias": "medium_impairment", "settings": null}"#).contains("ask for nothing"));
        let baseline = full(|text| text.replace("medium_impairment", "baseline"));
        assert!(parse(baseline.as_bytes(), "baseline").unwrap_err().contains("its settings impair"));
    }

    #[test]
    fn what_netem_cannot_be_told_is_refused_by_name() {
        for (from, to, words) in [
            ("2.0", "250", "`packet_loss_percent` of 250 cannot be: possible is 0 to 200"),
            ("2.0", "-1", "`packet_loss_percent` of -1 cannot be"),
            (": 8,", ": -8,", "`latency_ms` of -8 cannot be"),
            (": 8,", ": 1e9,", "`latency_ms` of 1e9 cannot be: possible is 0 to 120000"),
            ("14,", "5000,", "`jitter_ms` of 5000 cannot be"),
            ("50.0", "101", "`reorder_correlation` of 101 cannot be: possible is 0 to 100"),
            ("5.0,", "201,", "`reorder_percent` of 201 cannot be"),
            (": null", ": 1e300", "`bandwidth_mbit` of 1e300 cannot be"),
            (": 8,", ": 0,", "`reorder_percent` without `latency_ms` cannot be"),
        ] {
            let text = full(|text| text.replacen(from, to, 1));
            let why = medium(&text).unwrap_err();
            assert!(why.contains(words), "{to}: {why}");
        }
    }
}

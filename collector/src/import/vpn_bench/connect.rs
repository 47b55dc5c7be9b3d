//! `connection_timings.json`: how long every peer took to answer, through the tunnel and without it.

use super::wrapper;
use crate::record::{Labels, Recorded, Verdict};
use meshbench_schemas::catalogue::{self as metrics, Statistic};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::LONGEST_S;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The whole file. Keys are `<gate>.<host>` in every version.
#[derive(Debug, Default, Deserialize)]
pub struct Timings {
    /// Start of the polling, RFC 3339.
    #[serde(default, deserialize_with = "wrapper::text")]
    pub started: Option<String>,
    /// Addresses polled over the bare network.
    #[serde(default, deserialize_with = "object")]
    public_ips: Option<BTreeMap<String, Value>>,
    /// Answers over the bare network.
    #[serde(default, deserialize_with = "answers")]
    public_results: Option<BTreeMap<String, Answer>>,
    /// Addresses polled through the tunnel.
    #[serde(default, deserialize_with = "object")]
    vpn_ips: Option<BTreeMap<String, Value>>,
    /// Answers through the tunnel.
    #[serde(default, deserialize_with = "answers")]
    vpn_results: Option<BTreeMap<String, Answer>>,
}

#[derive(Debug, Default, Clone, Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "wrapper::text")]
    time_took: Option<String>,
    #[serde(default, deserialize_with = "wrapper::number")]
    attempt: Option<f64>,
    #[serde(default, deserialize_with = "wrapper::text")]
    status: Option<String>,
    #[serde(default)]
    response: Option<Value>,
    /// When it was over, RFC 3339.
    #[serde(default, deserialize_with = "wrapper::text")]
    ended: Option<String>,
}

/// An object, or nothing where something else stands.
fn object<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<BTreeMap<String, Value>>, D::Error> {
    let Value::Object(members) = Value::deserialize(input)? else { return Ok(None) };
    Ok(Some(members.into_iter().collect()))
}

/// The answers of peers, each on its own: what is no answer costs no other one.
fn answers<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<BTreeMap<String, Answer>>, D::Error> {
    let members = object(input)?;
    // serde would take a list for an object, field by field.
    let answer = |value: Value| value.is_object().then(|| Answer::deserialize(value).ok()).flatten();
    Ok(members.map(|all| all.into_iter().filter_map(|(key, value)| Some((key, answer(value)?))).collect()))
}

/// The host in a key such as `vpn.yuki`.
fn host(key: &str) -> &str {
    key.split_once('.').map_or(key, |(_, host)| host)
}

/// A peer's answer, and the key it stands under.
fn answer_of<'a>(answers: Option<&'a BTreeMap<String, Answer>>, peer: &str) -> Option<(&'a str, &'a Answer)> {
    answers?.iter().find(|(key, _)| host(key) == peer).map(|(key, answer)| (key.as_str(), answer))
}

impl Timings {
    /// Every peer that was polled through the tunnel.
    pub fn peers(&self) -> BTreeSet<String> {
        let asked = self.vpn_ips.iter().flat_map(BTreeMap::keys);
        let answered = self.vpn_results.iter().flat_map(BTreeMap::keys);
        asked.chain(answered).map(|key| host(key).to_owned()).collect()
    }

    /// Start of the polling, in seconds since the epoch.
    pub fn started_unix_s(&self) -> Option<f64> {
        unix_seconds(self.started.as_deref()?)
    }

    /// Rows of the link to `labels.target`, and the bound where it was given up.
    pub fn record(&self, labels: &Labels, limit_s: Option<f64>) -> (Recorded, Option<f64>) {
        let mut recorded = Recorded::new(Verdict::OK);
        recorded.started_unix_s = self.started_unix_s();
        // The gate in front of the check asks over the bare network in some versions, and through the tunnel
        // itself in others: its keys say which.
        let gate = answer_of(self.public_results.as_ref(), &labels.target).filter(|(_, answer)| answer.succeeded());
        // What cannot be is no time of the gate either.
        let can_be = |answer: &&Answer| self.why_impossible(answer, labels).is_none();
        let gate_time = gate.map(|(_, answer)| answer).filter(can_be).and_then(Answer::seconds);
        let through_tunnel = gate.is_some_and(|(key, _)| key.starts_with("vpn."));
        if let (Some(took), false) = (gate_time, through_tunnel) {
            recorded.summary(labels, &metrics::UNDERLAY_TIME, &labels.source, None, Statistic::Total, took);
        }
        if through_tunnel {
            recorded.notes = Some(NoteCode::GateThroughTunnel.as_str().to_owned());
        }
        let asked_public = self.public_ips.iter().flat_map(BTreeMap::keys).any(|key| host(key) == &*labels.target);
        let Some((_, answer)) = answer_of(self.vpn_results.as_ref(), &labels.target) else {
            let words = if asked_public && gate.is_none() {
                "the tunnel to this peer was never polled: the bare network was not there before"
            } else {
                "no result for this peer"
            };
            recorded.verdict = Verdict::not_ok(Outcome::Failed, Reason::NoData, words);
            return (recorded, None);
        };
        if let Some(polls) = answer.attempt {
            recorded.summary(labels, &metrics::CONNECT_POLLS, &labels.source, None, Statistic::Total, polls);
        }
        let seconds = answer.seconds();
        let mut censored_at = None;
        let impossible = self.why_impossible(answer, labels);
        recorded.verdict = match (answer.succeeded(), seconds) {
            (true, _) if impossible.is_some() => {
                Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, impossible.unwrap_or_default())
            }
            (true, Some(took)) => {
                recorded.summary(labels, &metrics::CONNECT_TIME, &labels.source, None, Statistic::Total, took);
                let first = gate_time.filter(|first| through_tunnel && *first >= 0.0).unwrap_or(took);
                recorded.summary(labels, &metrics::FIRST_ANSWER_TIME, &labels.source, None, Statistic::Total, first);
                Verdict::OK
            }
            (true, None) => {
                Verdict::not_ok(Outcome::Failed, Reason::NoData, "the peer answered, and no time was recorded")
            }
            (false, took) => {
                censored_at = took.filter(|took| *took > 0.0 && impossible.is_none()).or(limit_s);
                let words = format!(
                    "status `{}` after {} polls",
                    answer.status.as_deref().unwrap_or("unknown"),
                    answer.attempt.unwrap_or_default()
                );
                Verdict::not_ok(Outcome::Censored, Reason::TimeLimit, words)
            }
        };
        (recorded, censored_at)
    }

    /// Why the answer of a peer, or the time until then, cannot be what it says.
    fn why_impossible(&self, answer: &Answer, labels: &Labels) -> Option<String> {
        let (peer, source) = (&*labels.target, &*labels.source);
        let is_host = |name: &str| name == source || self.peers().contains(name);
        let response = answer.response.as_ref().and_then(Value::as_str).map(str::trim);
        if let Some(other) = response.filter(|name| *name != peer && is_host(name)) {
            return Some(format!("`{}` answered in place of `{}`", other.escape_debug(), peer.escape_debug()));
        }
        let took = answer.seconds()?;
        if took < 0.0 {
            return Some(format!("{took} s: the clock was stepped"));
        }
        if took == 0.0 {
            return Some("0 s: no answer takes no time".to_owned());
        }
        if took > LONGEST_S {
            return Some(format!("{took} s: no run takes so long"));
        }
        let whole =
            self.started_unix_s().zip(answer.ended.as_deref().and_then(unix_seconds)).map(|(from, to)| to - from)?;
        // Both come from one clock; what surrounds them is rounded.
        let apart = (took - whole).abs() > AROUND_S + CLOCK * whole.abs();
        apart.then(|| format!("{took} s, and from `started` to `ended` it is {whole:.6} s"))
    }
}

impl Answer {
    fn succeeded(&self) -> bool {
        match &self.status {
            Some(status) => status.trim().eq_ignore_ascii_case("success"),
            None => self.response.as_ref().is_some_and(|response| !response.is_null()),
        }
    }

    fn seconds(&self) -> Option<f64> {
        duration(self.time_took.as_deref()?)
    }
}

/// How far the time of an answer may be from what its two moments come to, in seconds and as a share.
const AROUND_S: f64 = 1.0;
const CLOCK: f64 = 0.05;

/// A moment in seconds since the epoch.
fn unix_seconds(text: &str) -> Option<f64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.as_microsecond() as f64 / 1e6)
}

/// Python's way to print a duration: `[-]D day[s], H:MM:SS[.ffffff]`.
fn duration(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(',') {
        Some((days, clock)) => (days.split_whitespace().next()?.parse::<f64>().ok()?, clock.trim()),
        None => (0.0, text.trim()),
    };
    let parts: Vec<f64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    let total = days * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds;
    total.is_finite().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_answer_costs_no_other_peer() {
        let text = r#"{"started": 7, "public_ips": [], "vpn_ips": {"vpn.a": 1, "vpn.b": 2, "vpn.c": 3}, "vpn_results": {
            "vpn.a": {"status": "SUCCESS", "time_took": "0:00:01.5", "attempt": "2"}, "vpn.b": "none",
            "vpn.c": {"status": "success", "time_took": 1.5, "attempt": true}}}"#;
        let timings: Timings = serde_json::from_str(text).unwrap();
        let word = |text: &str| text.into();
        let seen = |target: &str| {
            let labels = Labels {
                run_id: word("r"),
                system: word("tinc"),
                tuning: word("default"),
                profile: word("baseline"),
                workload: meshbench_schemas::words::Workload::Connect,
                source: word("d"),
                target: word(target),
            };
            let (recorded, _) = timings.record(&labels, Some(300.0));
            (recorded.verdict.outcome, recorded.verdict.reason, recorded.summaries.len())
        };
        assert_eq!(seen("a"), (Outcome::Ok, None, 3));
        assert_eq!(seen("b"), (Outcome::Failed, Some(Reason::NoData), 0));
        assert_eq!(seen("c"), (Outcome::Failed, Some(Reason::NoData), 0));
    }

    #[test]
    fn python_durations() {
        assert_eq!(duration("0:00:01.040380"), Some(1.04038));
        assert_eq!(duration("1:02:03"), Some(3723.0));
        assert_eq!(duration("1 day, 0:00:00.5"), Some(86400.5));
        assert_eq!(duration("-1 day, 23:59:59"), Some(-1.0));
        assert_eq!(duration("soon"), None);
        assert_eq!(duration("1:2"), None);
    }
}

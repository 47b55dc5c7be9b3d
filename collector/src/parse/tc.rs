//! The JSON of `tc -s -j qdisc`, iproute2 6.1 to 6.19.
//!
//! Some versions print invalid JSON around qdiscs without options (`noqueue`), such as a missing
//! comma or an empty value; those entries are read as far as they go. With `-j` tc prints netem's
//! probabilities as ratios and its times as seconds; both are kept.

use serde::Deserialize;

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::json::{self, Search, Tree};
use crate::parse::scalar::{Flag, Num, Word};
use crate::parse::text;

/// The name used in messages.
const TOOL: &str = "tc";

/// Reads the list of qdiscs. An empty list is a valid answer.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] for the output of something else.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let raw = match serde_json::from_slice::<Vec<Raw>>(body) {
        Ok(raw) if raw.iter().all(|one| one.kind.0.is_some()) => raw,
        _ => tolerant(body, &mut notes)?,
    };
    let mut qdiscs = Vec::with_capacity(raw.len());
    for one in raw {
        match qdisc(one, &mut notes) {
            Some(qdisc) => qdiscs.push(qdisc),
            None => notes.add(Note::MissingField("kind".to_owned())),
        }
    }
    Ok(Report { qdiscs, notes: notes.into_vec() })
}

/// The qdiscs of a host, or of one interface.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// In the order printed.
    pub qdiscs: Vec<Qdisc>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// One qdisc. Counters run since it was made; without `-s` they are absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Qdisc {
    /// `netem`, `fq_codel`, `noqueue`, …
    pub kind: String,
    /// Its handle: `1:`.
    pub handle: Option<String>,
    /// Its parent class: `1:1`; none for a root.
    pub parent: Option<String>,
    /// Whether it is the root of its interface.
    pub root: bool,
    /// The interface; absent where tc was asked for one (`dev`) in old versions.
    pub dev: Option<String>,
    /// What netem does, for qdiscs of that kind.
    pub netem: Option<Netem>,
    /// Bytes sent.
    pub bytes: Option<u64>,
    /// Packets sent.
    pub packets: Option<u64>,
    /// Packets dropped, by netem's loss too.
    pub drops: Option<u64>,
    /// Times a limit was hit.
    pub overlimits: Option<u64>,
    /// Packets put back.
    pub requeues: Option<u64>,
    /// Bytes in the queue.
    pub backlog_bytes: Option<u64>,
    /// Packets in the queue.
    pub queued_packets: Option<u64>,
}

/// What a netem qdisc does. Absent values are off.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Netem {
    /// Longest queue, packets.
    pub limit: Option<u64>,
    /// Delay.
    pub delay: Option<Delay>,
    /// Random loss.
    pub loss: Option<Chance>,
    /// Loss by the Gilbert-Elliott model.
    pub gilbert_elliott: Option<GilbertElliott>,
    /// Whether there is loss by the four-state model, whose numbers are not read.
    pub loss_states: bool,
    /// Random duplication.
    pub duplicate: Option<Chance>,
    /// Random reordering: this share is sent at once.
    pub reorder: Option<Chance>,
    /// Reordering takes every n-th packet.
    pub gap: Option<u64>,
    /// Random corruption.
    pub corrupt: Option<Chance>,
    /// Rate, bit/s.
    pub rate_bit_s: Option<f64>,
    /// Slots in which packets leave.
    pub slot: Option<Slot>,
    /// Seed of the random numbers (kernel 6.7+).
    pub seed: Option<u64>,
}

/// A delay.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Delay {
    /// Mean, seconds.
    pub delay_s: f64,
    /// Variation, seconds.
    pub jitter_s: Option<f64>,
    /// Correlation with the delay before, ratio.
    pub correlation: Option<f64>,
}

/// A probability.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Chance {
    /// Probability, ratio.
    pub probability: f64,
    /// Correlation with the outcome before, ratio.
    pub correlation: Option<f64>,
}

/// The Gilbert-Elliott model; all are ratios.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GilbertElliott {
    /// Probability to go from the good to the bad state (`p`).
    pub p: f64,
    /// Probability to go back (`r`).
    pub r: f64,
    /// Loss in the bad state (`1-h`).
    pub bad_loss: f64,
    /// Loss in the good state (`1-k`).
    pub good_loss: f64,
}

/// Slots in which packets leave.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Slot {
    /// Shortest time between two, seconds.
    pub min_delay_s: f64,
    /// Longest time between two, seconds.
    pub max_delay_s: f64,
    /// Packets that fit in one; 0 is any number.
    pub packets: u64,
    /// Bytes that fit in one; 0 is any number.
    pub bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw {
    kind: Word,
    handle: Word,
    parent: Word,
    root: Flag,
    dev: Word,
    options: Option<RawOptions>,
    bytes: Num,
    packets: Num,
    drops: Num,
    overlimits: Num,
    requeues: Num,
    backlog: Num,
    qlen: Num,
}

/// Options of netem; those of other kinds have other keys, or the same with other types, which is
/// why every value here takes anything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawOptions {
    limit: Num,
    delay: Part,
    #[serde(rename = "loss-random")]
    loss: Part,
    #[serde(rename = "loss-gemodel")]
    gemodel: Part,
    #[serde(rename = "loss-state")]
    states: Part,
    duplicate: Part,
    reorder: Part,
    gap: Num,
    corrupt: Part,
    rate: Part,
    slot: Part,
    seed: Num,
}

/// An object, or a bare number in its place.
#[derive(Debug, Default)]
struct Part {
    entries: Vec<(String, Num)>,
    bare: Num,
}

impl Part {
    fn of(&self, key: &str) -> Option<f64> {
        self.entries.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.get())
    }

    /// `correlation: 0` is what tc prints for none.
    fn correlation(&self) -> Option<f64> {
        self.of("correlation").filter(|value| *value != 0.0)
    }

    /// Zero where the key is absent.
    fn or_zero(&self, key: &str) -> f64 {
        self.of(key).unwrap_or(0.0)
    }

    /// What `make` reads from an object; `None` where there is none.
    fn whole<T>(&self, make: impl Fn(&Self) -> T) -> Option<T> {
        (!self.entries.is_empty()).then(|| make(self))
    }

    fn chance(&self, key: &str) -> Option<Chance> {
        let probability = self.of(key).or(self.bare.get())?;
        Some(Chance { probability, correlation: self.correlation() })
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Part;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any value")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
                let mut part = Part::default();
                while let Some(entry) = map.next_entry()? {
                    part.entries.push(entry);
                }
                Ok(part)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Part, A::Error> {
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Part::default())
            }

            #[expect(clippy::cast_precision_loss, reason = "rates and probabilities are small")]
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Part, E> {
                self.visit_f64(value as f64)
            }

            #[expect(clippy::cast_precision_loss, reason = "rates and probabilities are small")]
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Part, E> {
                self.visit_f64(value as f64)
            }

            fn visit_f64<E>(self, value: f64) -> Result<Part, E> {
                Ok(Part { bare: Num::of(value), entries: Vec::new() })
            }

            fn visit_bool<E>(self, _: bool) -> Result<Part, E> {
                Ok(Part::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Part, E> {
                Ok(Part::default())
            }

            fn visit_unit<E>(self) -> Result<Part, E> {
                Ok(Part::default())
            }

            fn visit_none<E>(self) -> Result<Part, E> {
                Ok(Part::default())
            }
        }
        input.deserialize_any(Visitor)
    }
}

fn tolerant(body: &[u8], notes: &mut Notes) -> Result<Vec<Raw>, ParseError> {
    // The objects are looked for, not their list: what is broken in one must not cost the others.
    let accept = |tree: &Tree| matches!(tree.key("kind"), Some(Tree::Text(_)));
    let search = Search { roots: b"{", carriers: &[], accept: &accept };
    let found = json::find(body, &search, notes);
    if let Some(first) = found.first() {
        let before = body.get(..first.from).unwrap_or_default();
        if before.iter().any(|byte| !text::is_blank(*byte) && *byte != b'[') {
            notes.add(Note::TextBefore);
        }
    } else {
        return Err(ParseError::NotThis { tool: TOOL, found: text::excerpt(body) });
    }
    let open = body.last() != Some(&b']') && body.first() == Some(&b'[');
    if open {
        notes.add(Note::Truncated);
    }
    Ok(found
        .into_iter()
        .map(|one| {
            let whole = one.whole;
            let mut raw = Raw::deserialize(one.tree).unwrap_or_default();
            if !whole && raw.options.is_none() && raw.kind.0.as_deref() == Some("netem") {
                // Without its options a netem says nothing, and must not look like an idle one.
                raw.kind = Word(None);
            }
            raw
        })
        .collect())
}

fn qdisc(raw: Raw, notes: &mut Notes) -> Option<Qdisc> {
    let kind = raw.kind.0?;
    let netem = match raw.options {
        Some(options) if kind == "netem" => Some(netem(&options, notes)),
        _ => None,
    };
    Some(Qdisc {
        kind,
        handle: raw.handle.0,
        parent: raw.parent.0,
        root: raw.root.0.unwrap_or(false),
        dev: raw.dev.0,
        netem,
        bytes: raw.bytes.count(),
        packets: raw.packets.count(),
        drops: raw.drops.count(),
        overlimits: raw.overlimits.count(),
        requeues: raw.requeues.count(),
        backlog_bytes: raw.backlog.count(),
        queued_packets: raw.qlen.count(),
    })
}

fn netem(raw: &RawOptions, notes: &mut Notes) -> Netem {
    let delay = raw.delay.of("delay").or(raw.delay.bare.get()).map(|delay_s| Delay {
        delay_s,
        jitter_s: raw.delay.of("jitter").filter(|value| *value != 0.0),
        correlation: raw.delay.correlation(),
    });
    if delay.is_none() && !raw.delay.entries.is_empty() {
        notes.add(Note::MissingField("options.delay.delay".to_owned()));
    }
    Netem {
        limit: raw.limit.count(),
        delay,
        loss: raw.loss.chance("loss"),
        gilbert_elliott: raw.gemodel.whole(|part| GilbertElliott {
            p: part.or_zero("p"),
            r: part.or_zero("r"),
            bad_loss: part.or_zero("1-h"),
            good_loss: part.or_zero("1-k"),
        }),
        loss_states: !raw.states.entries.is_empty(),
        duplicate: raw.duplicate.chance("duplicate"),
        reorder: raw.reorder.chance("reorder"),
        gap: raw.gap.count().filter(|gap| *gap != 0),
        corrupt: raw.corrupt.chance("corrupt"),
        // tc counts rates in bytes.
        rate_bit_s: raw.rate.of("rate").or(raw.rate.bare.get()).map(|bytes| bytes * 8.0),
        slot: raw.slot.whole(|part| Slot {
            min_delay_s: part.or_zero("min-delay"),
            max_delay_s: part.or_zero("max-delay"),
            packets: count(part.or_zero("packets")),
            bytes: count(part.or_zero("bytes")),
        }),
        seed: raw.seed.count(),
    }
}

/// A count that came as a number of any kind; negative ones, which tc takes, are none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is meant")]
fn count(value: f64) -> u64 {
    value as u64
}

//! The JSON of `tc -s -j qdisc`, iproute2 6.1 to 6.19.
//!
//! Some versions print invalid JSON around qdiscs without options (`noqueue`), such as a missing
//! comma or an empty value; those entries are read as far as they go. With `-j` tc prints netem's
//! probabilities as ratios and its times as seconds; both are kept.
//!
//! Source: `netem_print_opt` in `tc/q_netem.c`. Options that are not known are named in [`Netem::unknown`]: what
//! netem does is then not known.

mod options;

use serde::Deserialize;

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::json::{self, Search, Tree};
use crate::parse::scalar::{Flag, Num, Word};
use crate::parse::text;
use options::netem;

/// The name used in messages.
const TOOL: &str = "tc";

/// Reads the list of qdiscs. An empty list is a valid answer.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::Unsupported`] for tc's text, [`ParseError::NotThis`] for the
/// output of something else.
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
    /// Options that are not known, or whose value is not: `slot.offset`.
    pub unknown: Vec<String>,
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
    /// What the rate counts on top of each packet.
    pub overhead: Option<Overhead>,
    /// Packets that can carry a mark of congestion are marked instead of dropped.
    pub ecn: bool,
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

/// What a rate counts on top of each packet, bytes; negative ones are taken off.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Overhead {
    /// A packet.
    pub packet_bytes: f64,
    /// Packets are sent in cells of this size; 0 is none.
    pub cell_bytes: f64,
    /// A cell.
    pub per_cell_bytes: f64,
}

/// Slots in which packets leave.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Slot {
    /// Shortest time between two, seconds; of a distribution its mean less its jitter, below which there are some.
    pub min_delay_s: f64,
    /// Longest time between two, seconds; of a distribution its mean and its jitter, above which there are some.
    pub max_delay_s: f64,
    /// The distribution of the times; evenly between the shortest and the longest where absent.
    pub distribution: Option<SlotDistribution>,
    /// Packets that fit in one; 0 is any number.
    pub packets: u64,
    /// Bytes that fit in one; 0 is any number.
    pub bytes: u64,
}

/// A distribution of the times between two slots. tc does not say which.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SlotDistribution {
    /// Mean, seconds.
    pub delay_s: f64,
    /// Variation, seconds.
    pub jitter_s: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw {
    kind: Word,
    handle: Word,
    parent: Word,
    root: Flag,
    dev: Word,
    /// Of any kind; only those of netem are read.
    options: Option<Tree>,
    bytes: Num,
    packets: Num,
    drops: Num,
    overlimits: Num,
    requeues: Num,
    backlog: Num,
    qlen: Num,
}

fn tolerant(body: &[u8], notes: &mut Notes) -> Result<Vec<Raw>, ParseError> {
    // The objects are looked for, not their list: what is broken in one must not cost the others.
    let accept = |tree: &Tree| matches!(tree.key("kind"), Some(Tree::Text(_)));
    let search = Search { roots: b"{", carriers: &[], repeated: &[], accept: &accept };
    let found = json::find(body, &search, notes);
    if let Some(first) = found.first() {
        let before = body.get(..first.from).unwrap_or_default();
        if before.iter().any(|byte| !text::is_blank(*byte) && *byte != b'[') {
            notes.add(Note::TextBefore);
        }
    } else if body.starts_with(b"qdisc ") {
        let found = "tc's text".to_owned();
        return Err(ParseError::Unsupported {
            tool: TOOL,
            found,
            help: "ask for JSON: tc -s -j qdisc, iproute2 4.16 or newer",
        });
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
        Some(options) if kind == "netem" => Some(netem(options, notes)),
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

//! The options of netem: each key is taken out once, and what remains is not known.

use super::{Chance, Delay, GilbertElliott, Netem, Overhead, Slot, SlotDistribution};
use crate::parse::json::Tree;
use crate::parse::text::{as_count, number};
use crate::parse::{Note, Notes};

/// What netem does, from its options.
pub(super) fn netem(options: Tree, notes: &mut Notes) -> Netem {
    let mut netem = Netem::default();
    let Tree::Map(entries) = options else {
        netem.unknown.push("options".to_owned());
        return netem;
    };
    let mut options = Options { entries, unknown: Vec::new() };
    netem.limit = options.count("limit");
    netem.delay = options.part("delay", |part| {
        let delay = part.main("delay").map(|delay_s| Delay {
            delay_s,
            jitter_s: part.number("jitter").filter(|value| *value != 0.0),
            correlation: part.correlation(),
        });
        if delay.is_none() {
            notes.add(Note::MissingField("options.delay.delay".to_owned()));
        }
        delay
    });
    netem.loss = options.chance("loss-random", "loss");
    netem.gilbert_elliott = options.part("loss-gemodel", |part| {
        Some(GilbertElliott {
            p: part.or_zero("p"),
            r: part.or_zero("r"),
            bad_loss: part.or_zero("1-h"),
            good_loss: part.or_zero("1-k"),
        })
    });
    const STATES: [&str; 5] = ["p13", "p31", "p32", "p23", "p14"];
    netem.loss_states = options.part("loss-state", |part| Some(STATES.map(|key| part.number(key)))).is_some();
    netem.duplicate = options.chance("duplicate", "duplicate");
    netem.reorder = options.chance("reorder", "reorder");
    netem.gap = options.count("gap").filter(|gap| *gap != 0);
    netem.corrupt = options.chance("corrupt", "corrupt");
    if let Some((rate_bit_s, overhead)) = options.part("rate", rate) {
        netem.rate_bit_s = Some(rate_bit_s);
        netem.overhead = overhead;
    }
    netem.slot = options.part("slot", |part| Some(slot(part)));
    netem.ecn = options.flag("ecn");
    netem.seed = options.count("seed");
    netem.unknown = options.rest();
    netem
}

/// tc counts rates in bytes.
fn rate(part: &mut Options) -> Option<(f64, Option<Overhead>)> {
    let rate_bit_s = part.main("rate")? * 8.0;
    let overhead = Overhead {
        packet_bytes: part.or_zero("packetoverhead"),
        cell_bytes: part.or_zero("cellsize"),
        per_cell_bytes: part.or_zero("celloverhead"),
    };
    Some((rate_bit_s, (overhead != Overhead::default()).then_some(overhead)))
}

/// Of slots with a distribution tc prints the mean and the jitter, and no shortest and longest time.
fn slot(part: &mut Options) -> Slot {
    let (packets, bytes) = (part.size("packets"), part.size("bytes"));
    let (min_delay_s, max_delay_s, distribution) = match part.number("distribution") {
        Some(delay_s) => {
            let jitter_s = part.or_zero("jitter");
            let spread = SlotDistribution { delay_s, jitter_s };
            ((delay_s - jitter_s).max(0.0), delay_s + jitter_s, Some(spread))
        }
        None => (part.or_zero("min-delay"), part.or_zero("max-delay"), None),
    };
    Slot { min_delay_s, max_delay_s, distribution, packets, bytes }
}

/// The keys of an object that have not been read yet.
struct Options {
    entries: Vec<(String, Tree)>,
    /// Keys whose value is of another kind.
    unknown: Vec<String>,
}

impl Options {
    fn take(&mut self, key: &str) -> Option<Tree> {
        let place = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(place).1)
    }

    /// The value of a key, read by `of`; a value that it does not understand is unknown.
    fn read<T>(&mut self, key: &str, of: impl Fn(&Tree) -> Option<T>) -> Option<T> {
        let tree = self.take(key)?;
        let value = of(&tree);
        if value.is_none() {
            self.unknown.push(key.to_owned());
        }
        value
    }

    fn number(&mut self, key: &str) -> Option<f64> {
        self.read(key, |tree| match tree {
            Tree::Number(value) => Some(*value),
            #[expect(clippy::cast_precision_loss, reason = "no share, time or rate is that large")]
            Tree::Whole(value) => Some(*value as f64),
            Tree::Text(text) => number(text.trim()),
            _ => None,
        })
    }

    /// Zero where the key is absent.
    fn or_zero(&mut self, key: &str) -> f64 {
        self.number(key).unwrap_or(0.0)
    }

    fn count(&mut self, key: &str) -> Option<u64> {
        self.read(key, |tree| match tree {
            Tree::Number(value) => as_count(*value),
            Tree::Whole(value) => Some(*value),
            Tree::Text(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// A count that came as a number of any kind; negative ones, which tc takes, are none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is meant")]
    fn size(&mut self, key: &str) -> u64 {
        self.or_zero(key) as u64
    }

    fn flag(&mut self, key: &str) -> bool {
        let value = self.read(key, |tree| match tree {
            Tree::Bool(value) => Some(*value),
            Tree::Number(value) => Some(*value != 0.0),
            _ => None,
        });
        value.unwrap_or(false)
    }

    /// `correlation: 0` is what tc prints for none.
    fn correlation(&mut self) -> Option<f64> {
        self.number("correlation").filter(|value| *value != 0.0)
    }

    /// The number of a part that may stand bare in its place.
    fn main(&mut self, key: &str) -> Option<f64> {
        let key = if self.entries.iter().any(|(name, _)| name == key) { key } else { BARE };
        self.number(key)
    }

    fn chance(&mut self, key: &str, main: &str) -> Option<Chance> {
        self.part(key, |part| {
            let probability = part.main(main)?;
            Some(Chance { probability, correlation: part.correlation() })
        })
    }

    /// An object below a key, or a bare number in its place. Whatever `read` leaves of it is unknown.
    fn part<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let entries = match self.take(key)? {
            Tree::Map(entries) => entries,
            bare => vec![(BARE.to_owned(), bare)],
        };
        let mut part = Self { entries, unknown: Vec::new() };
        let value = read(&mut part);
        let rest = part.rest();
        if value.is_none() && rest.is_empty() {
            self.unknown.push(key.to_owned());
        }
        let name = |inner: &str| if inner == BARE { key.to_owned() } else { format!("{key}.{inner}") };
        self.unknown.extend(rest.iter().map(|inner| name(inner)));
        value
    }

    fn rest(self) -> Vec<String> {
        self.unknown.into_iter().chain(self.entries.into_iter().map(|(name, _)| name)).collect()
    }
}

/// The key of a number that stands in place of an object.
const BARE: &str = "";

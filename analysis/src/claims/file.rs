//! A claims file as it is written, and the checks that make it a list of [`Claim`]s.

use super::claim::{
    Association, Claim, Comparison, Link, Place, Quantifier, Relation, Scope, Set, Side, Target, Test, Unit,
};
use super::error::{ClaimsError, Text};
use crate::comparisons::contrasts::BASELINE;
use crate::comparisons::ranking::INTERNAL;
use crate::options::Margin;
use meshbench_schemas::catalogue::{self, Better, METRICS, Metric, SUCCESS_RATE, Scale};
use meshbench_schemas::words::{Direction, Slug, Workload};
use meshbench_terminal::{Known, file};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

/// |τ| from which an association is of use, where the file says nothing.
const THRESHOLD: f64 = 0.5;
/// The scope of everything that there is.
const ALL: &str = "all";
/// The scope of all profiles that impair.
const IMPAIRED: &str = "impaired";
/// What every claim has to have.
const TESTS: &str =
    "write one of [claim.comparison], [claim.response], [claim.association] and [claim.rank] below the claim";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    claim: Vec<Spanned<RawClaim>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    id: Spanned<String>,
    says: Spanned<String>,
    source: Spanned<String>,
    #[serde(default)]
    quantifier: Quantifier,
    #[serde(default)]
    scope: RawScope,
    comparison: Option<Spanned<RawComparison>>,
    response: Option<Spanned<RawComparison>>,
    association: Option<Spanned<RawAssociation>>,
    rank: Option<Spanned<RawRank>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawScope {
    systems: Option<Spanned<RawSet>>,
    tunings: Option<Spanned<RawSet>>,
    profiles: Option<Spanned<RawSet>>,
}

/// `"all"`, `"impaired"` or a list.
enum RawSet {
    Word(String),
    These(Vec<Slug>),
}

impl<'de> Deserialize<'de> for RawSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawSet;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"all\", for profiles \"impaired\", or a list of names")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<RawSet, E> {
                Ok(RawSet::Word(word.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<RawSet, A::Error> {
                let mut these = Vec::new();
                while let Some(name) = names.next_element()? {
                    these.push(name);
                }
                Ok(RawSet::These(these))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawRelation {
    Better,
    Worse,
    Equivalent,
    Different,
    NotWorse,
    AtLeast,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawComparison {
    metric: Spanned<String>,
    workload: Spanned<Workload>,
    direction: Option<Direction>,
    left: Spanned<Side>,
    right: Spanned<Side>,
    relation: Spanned<RawRelation>,
    factor: Option<Spanned<f64>>,
    margin: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    metric: Spanned<String>,
    workload: Spanned<Workload>,
    direction: Option<Direction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAssociation {
    x: RawTarget,
    y: Spanned<RawTarget>,
    unit: Unit,
    relation: Link,
    threshold: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRank {
    metric: Spanned<String>,
    workload: Spanned<Workload>,
    direction: Option<Direction>,
    system: Spanned<Slug>,
    first: Option<Spanned<u32>>,
}

/// Parses the text of a claims file.
pub(super) fn parse(origin: &str, text: &str) -> Result<Vec<Claim>, ClaimsError> {
    let text = Text { origin, text };
    let raw: RawFile = file::read(text.text).map_err(|wrong| text.invalid(wrong.at, wrong.message))?;
    if raw.claim.is_empty() {
        return Err(text.invalid(0..0, "there is no claim here; begin each with a line [[claim]]"));
    }
    let mut ids = BTreeSet::new();
    raw.claim
        .into_iter()
        .map(|raw| {
            let claim = Reader { text }.claim(raw)?;
            let (span, claim) = claim;
            if ids.insert(claim.id.as_str().to_owned()) {
                Ok(claim)
            } else {
                Err(text.invalid(span, format!("`{}` is the id of an earlier claim; give each its own", claim.id)))
            }
        })
        .collect()
}

/// Which dimensions the sides leave open, for the scope to fill.
struct Open {
    systems: Result<(), &'static str>,
    tunings: Result<(), &'static str>,
    profiles: Result<Set, &'static str>,
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    text: Text<'a>,
}

impl Reader<'_> {
    fn claim(self, raw: Spanned<RawClaim>) -> Result<(Range<usize>, Claim), ClaimsError> {
        let span = raw.span();
        let raw = raw.into_inner();
        let id = Slug::new(raw.id.get_ref()).map_err(|bad| self.text.invalid(raw.id.span(), bad.to_string()))?;
        for (what, value) in [("says", &raw.says), ("source", &raw.source)] {
            if value.get_ref().trim().is_empty() {
                let message = match what {
                    "says" => "`says` is empty: write the sentence as it was published",
                    _ => "`source` is empty: write where the sentence was published",
                };
                return Err(self.text.invalid(value.span(), message));
            }
        }
        let (test, open) = match (raw.comparison, raw.response, raw.association, raw.rank) {
            (Some(raw), None, None, None) => self.comparison(raw.into_inner())?,
            (None, Some(raw), None, None) => self.response(raw.into_inner())?,
            (None, None, Some(raw), None) => self.association(raw.into_inner())?,
            (None, None, None, Some(raw)) => self.rank(raw.into_inner())?,
            (None, None, None, None) => {
                return Err(self.text.invalid(span, format!("`{id}` says nothing that could be tested: {TESTS}")));
            }
            _ => {
                let message = format!("`{id}` has more than one test: {TESTS}, and make one claim of each");
                return Err(self.text.invalid(span, message));
            }
        };
        let scope = self.scope(raw.scope, open)?;
        let [says, source] = [raw.says, raw.source].map(|text| text.into_inner().trim().to_owned());
        Ok((raw.id.span(), Claim { id, says, source, test, scope, quantifier: raw.quantifier }))
    }

    fn target(
        self,
        metric: &Spanned<String>,
        workload: &Spanned<Workload>,
        direction: Option<Direction>,
    ) -> Result<Target, ClaimsError> {
        let (word, workload_at) = (metric.get_ref(), workload.span());
        let workload = *workload.get_ref();
        let titled = |known: Known<'static>, metric: &'static Metric| known.alias(metric.id, metric.title);
        let known = METRICS.iter().fold(Known::new("metric", METRICS.iter().map(|metric| metric.id)), titled);
        let Some(found) = known.find(word).ok().and_then(catalogue::metric) else {
            let of_workload = METRICS.iter().filter(|metric| metric.workloads.contains(&workload));
            let has: Vec<&str> = of_workload.map(|metric| metric.id).collect();
            let near = known.unknown(word).suggestion().map_or_else(String::new, |near| format!(" ({near})"));
            let message =
                format!("no metric is called `{}`{near}; {workload} has {}", word.escape_debug(), has.join(", "));
            return Err(self.text.invalid(metric.span(), message));
        };
        let word = found.id;
        if !found.workloads.contains(&workload) {
            let having = found.workloads.iter().map(|workload| workload.as_str()).collect::<Vec<_>>().join(", ");
            let message = format!("{workload} has no metric `{word}`; these have it: {having}");
            return Err(self.text.invalid(workload_at, message));
        }
        Ok(Target { metric: found, workload, direction })
    }

    fn relation(self, raw: &RawComparison, target: Target) -> Result<Relation, ClaimsError> {
        let at = raw.relation.span();
        let relation = match (raw.relation.get_ref(), &raw.factor) {
            (RawRelation::AtLeast, None) => {
                return Err(self.text.invalid(at, "`at-least` needs a `factor`, such as factor = 2.0"));
            }
            (RawRelation::AtLeast, Some(factor)) => {
                let value = *factor.get_ref();
                if !(value > 1.0 && value <= 1e6) {
                    return Err(self.text.invalid(factor.span(), "a factor is above 1 and at most a million"));
                }
                if target.metric.scale != Scale::Log {
                    let message = format!(
                        "`{}` may be zero, so nothing is so many times as good; use better, with a margin",
                        target.metric.id
                    );
                    return Err(self.text.invalid(at, message));
                }
                Relation::AtLeast(value)
            }
            (_, Some(factor)) => {
                return Err(self.text.invalid(factor.span(), "a factor belongs to relation = \"at-least\" only"));
            }
            (RawRelation::Better, None) => Relation::Better,
            (RawRelation::Worse, None) => Relation::Worse,
            (RawRelation::Equivalent, None) => Relation::Equivalent,
            (RawRelation::Different, None) => Relation::Different,
            (RawRelation::NotWorse, None) => Relation::NotWorse,
        };
        let undirected = matches!(relation, Relation::Equivalent | Relation::Different);
        if target.metric.better == Better::Neither && !undirected {
            let message = format!(
                "`{}` has no good end, so nothing is better or worse in it; use equivalent or different",
                target.metric.id
            );
            return Err(self.text.invalid(at, message));
        }
        let shifted = matches!(relation, Relation::Equivalent | Relation::NotWorse);
        if target.metric.id == SUCCESS_RATE.id && shifted {
            let message =
                "shares of successful attempts are tested for a difference only; use better, worse or different";
            return Err(self.text.invalid(at, message));
        }
        Ok(relation)
    }

    fn sides(self, raw: RawComparison) -> Result<Comparison, ClaimsError> {
        let target = self.target(&raw.metric, &raw.workload, raw.direction)?;
        let relation = self.relation(&raw, target)?;
        let margin = match raw.margin {
            None => None,
            Some(margin) => {
                Margin::new(*margin.get_ref()).map_err(|bad| self.text.invalid(margin.span(), bad.to_string()))?;
                Some(margin.into_inner())
            }
        };
        let at = raw.left.span();
        let (left, right) = (raw.left.into_inner(), raw.right.into_inner());
        let differs = |a: &Option<Slug>, b: &Option<Slug>| matches!((a, b), (Some(a), Some(b)) if a != b);
        if !differs(&left.system, &right.system)
            && !differs(&left.tuning, &right.tuning)
            && !differs(&left.profile, &right.profile)
        {
            let message =
                "both sides are the same; name a system, tuning or profile on each that the other does not have";
            return Err(self.text.invalid(at, message));
        }
        Ok(Comparison { target, left, right, relation, margin })
    }

    fn comparison(self, raw: RawComparison) -> Result<(Test, Open), ClaimsError> {
        let test = self.sides(raw)?;
        let open = open(&test);
        Ok((Test::Comparison(test), open))
    }

    fn response(self, raw: RawComparison) -> Result<(Test, Open), ClaimsError> {
        let at = if raw.left.get_ref().profile.is_some() { raw.left.span() } else { raw.right.span() };
        let metric_at = raw.metric.span();
        let test = self.sides(raw)?;
        if test.left.profile.is_some() || test.right.profile.is_some() {
            let message = "a response is that of the same profile on both sides; name profiles in [claim.scope]";
            return Err(self.text.invalid(at, message));
        }
        if test.target.metric.id == SUCCESS_RATE.id {
            return Err(self.text.invalid(metric_at, "a share of attempts has no response; use a comparison"));
        }
        let open = Open { profiles: Ok(Set::Impaired), ..open(&test) };
        Ok((Test::Response(test), open))
    }

    fn association(self, raw: RawAssociation) -> Result<(Test, Open), ClaimsError> {
        let x = self.target(&raw.x.metric, &raw.x.workload, raw.x.direction)?;
        let (y_at, y) = (raw.y.span(), raw.y.into_inner());
        let y = self.target(&y.metric, &y.workload, y.direction)?;
        if x == y {
            return Err(self.text.invalid(y_at, "x and y are the same, which always go together"));
        }
        let predicts = matches!(raw.relation, Link::Predicts | Link::DoesNotPredict);
        if predicts && [x, y].iter().any(|target| target.metric.better == Better::Neither) {
            let message = "only what has a good end predicts or is predicted; use tracks or does-not-track";
            return Err(self.text.invalid(y_at, message));
        }
        let threshold = raw.threshold.as_ref().map_or(THRESHOLD, |threshold| *threshold.get_ref());
        if !(threshold > 0.0 && threshold < 1.0) {
            let at = raw.threshold.map_or(0..0, |threshold| threshold.span());
            return Err(self.text.invalid(at, "a threshold of |τ| is above 0 and below 1, such as 0.5"));
        }
        let systems = match raw.unit {
            Unit::Systems => Err("the systems are what the association is taken over"),
            Unit::Blocks | Unit::Runs => Ok(()),
        };
        let open = Open { systems, tunings: Ok(()), profiles: Ok(Set::All) };
        Ok((Test::Association(Association { x, y, unit: raw.unit, relation: raw.relation, threshold }), open))
    }

    fn rank(self, raw: RawRank) -> Result<(Test, Open), ClaimsError> {
        let target = self.target(&raw.metric, &raw.workload, raw.direction)?;
        if target.metric.better == Better::Neither {
            let message = format!("`{}` has no good end, so nobody is first in it", target.metric.id);
            return Err(self.text.invalid(raw.metric.span(), message));
        }
        if raw.system.get_ref().as_str() == INTERNAL {
            let message = format!("`{INTERNAL}` is no competitor and has no place; use a comparison with it");
            return Err(self.text.invalid(raw.system.span(), message));
        }
        let first = match raw.first {
            None => 1,
            Some(first) if *first.get_ref() == 0 => {
                return Err(self.text.invalid(first.span(), "`first` is the number of first places, at least 1"));
            }
            Some(first) => usize::try_from(first.into_inner()).unwrap_or(usize::MAX),
        };
        let open = Open { systems: Err("the claim names its system"), tunings: Ok(()), profiles: Ok(Set::All) };
        Ok((Test::Rank(Place { target, system: raw.system.into_inner(), first }), open))
    }

    fn scope(self, raw: RawScope, open: Open) -> Result<Scope, ClaimsError> {
        Ok(Scope {
            systems: self.set("systems", raw.systems, open.systems.map(|()| Set::All))?,
            tunings: self.set("tunings", raw.tunings, open.tunings.map(|()| Set::All))?,
            profiles: self.set("profiles", raw.profiles, open.profiles)?,
        })
    }

    fn set(
        self,
        what: &str,
        raw: Option<Spanned<RawSet>>,
        open: Result<Set, &'static str>,
    ) -> Result<Set, ClaimsError> {
        let Some(raw) = raw else { return Ok(open.unwrap_or_default()) };
        let at = raw.span();
        let usual = open.map_err(|why| {
            self.text.invalid(at.clone(), format!("scope.{what} has nothing to say here, because {why}; leave it out"))
        })?;
        match raw.into_inner() {
            RawSet::Word(word) => {
                let impaired = (what == "profiles").then_some(IMPAIRED);
                match Known::new("scope", [ALL].into_iter().chain(impaired)).find(&word) {
                    Ok(IMPAIRED) => Ok(Set::Impaired),
                    // Of a response, all profiles are all that are no baseline.
                    Ok(_) => Ok(usual),
                    Err(unknown) => Err(self.text.invalid(at, format!("{unknown}, or a list of {what}"))),
                }
            }
            RawSet::These(names) if names.is_empty() => {
                Err(self.text.invalid(at, format!("no {what} at all: name some, or write \"all\"")))
            }
            RawSet::These(names) => {
                if usual == Set::Impaired && names.iter().any(|name| name.as_str() == BASELINE) {
                    let message = format!("`{BASELINE}` is what a response is set against; name impaired profiles");
                    return Err(self.text.invalid(at, message));
                }
                let unique: BTreeSet<Slug> = names.into_iter().collect();
                Ok(Set::These(unique.into_iter().collect()))
            }
        }
    }
}

/// What the sides of a comparison leave open.
fn open(test: &Comparison) -> Open {
    let free = |left: &Option<Slug>, right: &Option<Slug>, why: &'static str| match (left, right) {
        (None, None) => Ok(()),
        _ => Err(why),
    };
    Open {
        systems: free(&test.left.system, &test.right.system, "a side names its system"),
        tunings: free(&test.left.tuning, &test.right.tuning, "a side names its tuning"),
        profiles: free(&test.left.profile, &test.right.profile, "a side names its profile").map(|()| Set::All),
    }
}

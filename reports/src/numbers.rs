//! `numbers.tex`: a macro for every number, so that no text holds one typed by hand.

mod compared;

use crate::cell::{Content, more_than};
use crate::compare::Comparisons;
use crate::escape::{latex, latex_comment, macro_name};
use crate::notes::{confidence, sample_size};
use crate::number::Digits;
use crate::units::Shown as Unit;
use crate::view::{Row, Series, View};
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::words::Slug;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The macros that look a number up by its key.
const LOOKUP: &str = r"\makeatletter
% One control sequence a key holds: {value}{interval}{n}{what the interval covers}{all of it}.
\newcommand*\meshbench@define[6]{\expandafter\gdef\csname meshbench/\detokenize{#1}\endcsname{{#2}{#3}{#4}{#5}{#6}}}
\newcommand\meshbench@get[2]{%
  \ifcsname meshbench/\detokenize{#2}\endcsname
    \expandafter\expandafter\expandafter#1\csname meshbench/\detokenize{#2}\endcsname
  \else
    \PackageError{meshbench}{There is no number '\detokenize{#2}' in numbers.tex}%
      {Keys look like wireguard/baseline/tcp/throughput/forward; numbers.tex lists them all.}%
    \textbf{??}%
  \fi}
\newcommand\meshbench@i[5]{#1}
\newcommand\meshbench@ii[5]{#2}
\newcommand\meshbench@iii[5]{#3}
\newcommand\meshbench@iv[5]{#4}
\newcommand\meshbench@v[5]{#5}
% The value with its unit, or the words that say why there is none.
\DeclareRobustCommand\meshbench[1]{\meshbench@get\meshbench@i{#1}}
% Its interval, or the words that say why there is none.
\DeclareRobustCommand\meshbenchinterval[1]{\meshbench@get\meshbench@ii{#1}}
% What was counted: links and blocks, attempts, or samples.
\DeclareRobustCommand\meshbenchn[1]{\meshbench@get\meshbench@iii{#1}}
% What the interval covers: links, blocks, attempts, within-run or none.
\DeclareRobustCommand\meshbenchcovers[1]{\meshbench@get\meshbench@iv{#1}}
% Value, interval, confidence, coverage and n in one.
\DeclareRobustCommand\meshbenchfull[1]{\meshbench@get\meshbench@v{#1}}
% Parts of what is compared: ends of intervals, and what only effects or only places have.
\newcommand*\meshbench@set[3]{\expandafter\gdef\csname meshbench:#2:\detokenize{#1}\endcsname{#3}}
\newcommand\meshbench@part[2]{%
  \ifcsname meshbench:#1:\detokenize{#2}\endcsname
    \csname meshbench:#1:\detokenize{#2}\endcsname
  \else
    \PackageError{meshbench}{There is no '#1' of '\detokenize{#2}' in numbers.tex}%
      {Keys look like contrast/wireguard/internal/baseline/tcp/throughput/forward and
       rank/wireguard/baseline/tcp/throughput/forward; numbers.tex lists them all.}%
    \textbf{??}%
  \fi}
\DeclareRobustCommand\meshbenchlow[1]{\meshbench@part{low}{#1}}
\DeclareRobustCommand\meshbenchhigh[1]{\meshbench@part{high}{#1}}
% Of an effect: p, adjusted within its family, and what may be said.
\DeclareRobustCommand\meshbenchp[1]{\meshbench@part{p}{#1}}
\DeclareRobustCommand\meshbenchanswer[1]{\meshbench@part{answer}{#1}}
% Of an effect: the interval that agrees with that p, as it holds together with all others of the family.
\DeclareRobustCommand\meshbenchtogether[1]{\meshbench@part{together}{#1}}
% Of a value: the arithmetic mean over blocks (or links), with its t interval.
\DeclareRobustCommand\meshbenchmean[1]{\meshbench@part{mean}{#1}}
% Of a place: the share of resampled campaigns in which it is the first, and the letters.
\DeclareRobustCommand\meshbenchfirst[1]{\meshbench@part{first}{#1}}
\DeclareRobustCommand\meshbenchletters[1]{\meshbench@part{letters}{#1}}
";

/// What stands under a key.
#[derive(Debug)]
struct Entry {
    key: String,
    value: String,
    interval: String,
    n: String,
    covers: String,
    full: String,
    /// Further parts, by name.
    parts: Vec<(&'static str, String)>,
}

impl Entry {
    fn write(&self, out: &mut String, name: &str) {
        let Self { key, value, interval, n, covers, full, parts } = self;
        let _ = writeln!(out, "\\meshbench@define{{{key}}}{{{value}}}{{{interval}}}{{{n}}}{{{covers}}}{{{full}}}");
        for (part, text) in parts {
            let _ = writeln!(out, "\\meshbench@set{{{key}}}{{{part}}}{{{text}}}");
        }
        let _ = writeln!(out, "\\newcommand*\\{name}{{\\meshbench{{{key}}}}}");
    }
}

/// The file, and how many keys it has.
pub fn write(view: &View<'_>, comparisons: &Comparisons<'_>, campaign: &str) -> (String, usize) {
    let mut out = format!(
        "% Numbers of campaign {}, written by meshbench; needs siunitx. Do not edit: the next report overwrites it.\n\
         % \\meshbench{{system/profile/workload/metric[/direction]}}; under a tuning, system+tuning.\n\
         % Effects against the bare network: contrast/system/internal/profile/workload/metric[/direction]; places: rank/system/profile/...\n",
        latex_comment(campaign)
    );
    out.push_str(LOOKUP);
    let mut entries: Vec<Entry> = Vec::new();
    for series in &view.series {
        for ((row, _), estimate) in series.estimates() {
            let Some(row) = series.rows.get(row) else { continue };
            entries.push(entry(key(series, row, estimate), series, estimate));
        }
    }
    for comparison in &comparisons.all {
        entries.extend(compared::contrasts(comparison));
        entries.extend(compared::ranks(comparison, &comparisons.names));
    }
    let mut names = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for entry in entries {
        if keys.insert(entry.key.clone()) {
            let name = distinct(&mut names, &format!("mb{}", macro_name(&entry.key)));
            entry.write(&mut out, &name);
        }
    }
    out.push_str("\\makeatother\n");
    (out, keys.len())
}

/// `wireguard/baseline/tcp/throughput/forward`, of characters that mean nothing to TeX but `_`.
fn key(series: &Series<'_>, row: &Row<'_>, estimate: &Estimate) -> String {
    let mut key = Slug::of(row.system).to_string();
    if row.tuning != "default" {
        let _ = write!(key, "+{}", Slug::of(row.tuning));
    }
    let _ = write!(key, "/{}/{}/{}", Slug::of(&estimate.profile), series.workload, series.metric.id);
    if let Some(direction) = series.direction {
        let _ = write!(key, "/{direction}");
    }
    key
}

/// The name, or the name with a letter more where it is taken: `…B`, `…C`, … `…BB`.
fn distinct(names: &mut BTreeSet<String>, name: &str) -> String {
    let mut candidate = name.to_owned();
    let mut try_number = 0_usize;
    while !names.insert(candidate.clone()) {
        let letter = char::from(b'B' + (try_number % 24) as u8);
        candidate = format!("{name}Again{}", letter.to_string().repeat(try_number / 24 + 1));
        try_number += 1;
    }
    candidate
}

fn entry(key: String, series: &Series<'_>, e: &Estimate) -> Entry {
    let n = latex(&sample_size(e));
    let (value, interval, full) = match crate::cell::content(Some(e)) {
        Content::Value { value, low, high } => {
            let digits = Digits::new(series.unit, value, low, high);
            let value = with_unit(series.unit, &digits.value);
            match digits.interval_latex() {
                Some(brackets) => {
                    let unit = if series.unit.siunitx.is_empty() {
                        String::new()
                    } else {
                        format!("\\,{}", crate::latex::unit(series.unit))
                    };
                    let interval = format!("{brackets}{unit}");
                    let full = format!(
                        "{value} ({} interval over {} {interval}, n = {n})",
                        latex(&confidence(e)),
                        latex(e.covers.as_str())
                    );
                    (value, interval, full)
                }
                None => (value.clone(), "no interval".to_owned(), format!("{value} (no interval, n = {n})")),
            }
        }
        Content::MoreThan(limit) => {
            let words = latex(&more_than(limit, series.unit));
            (words.clone(), "no interval".to_owned(), format!("{words} (a bound, n = {n})"))
        }
        Content::Words(words) => {
            let words = latex(&words);
            (words.clone(), "no interval".to_owned(), format!("no value ({words})"))
        }
    };
    let parts = mean(series.unit, e).map(|mean| ("mean", mean)).into_iter().collect();
    Entry { key, value, interval, n, covers: latex(e.covers.as_str()), full, parts }
}

/// The arithmetic mean with its interval.
fn mean(unit: Unit, e: &Estimate) -> Option<String> {
    let digits = Digits::new(unit, e.mean.filter(|mean| mean.is_finite())?, e.mean_low, e.mean_high);
    let value = with_unit(unit, &digits.value);
    Some(digits.interval_latex().map_or_else(|| value.clone(), |brackets| format!("{value} {brackets}")))
}

fn with_unit(unit: Unit, digits: &str) -> String {
    match unit.siunitx {
        "" => format!("\\num{{{digits}}}"),
        unit => format!("\\qty[per-mode=symbol]{{{digits}}}{{{unit}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, HOSTILE};

    #[test]
    fn names_never_collide() {
        let mut names = BTreeSet::new();
        let made: Vec<String> = (0..60).map(|_| distinct(&mut names, "mbX")).collect();
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 60);
        assert!(made.iter().all(|name| name.chars().all(|c| c.is_ascii_alphabetic())));
    }

    #[test]
    fn keys_are_tame_whatever_a_system_is_called() {
        let made = fixture::campaign(1, &["wireguard"]).compared(6);
        let input = made.input();
        let comparisons = Comparisons::new(&input).unwrap();
        let (text, count) = write(&View::new(&input).unwrap(), &comparisons, HOSTILE);
        assert!(count > 60);
        let keys = text.lines().filter_map(|line| line.strip_prefix("\\meshbench@define{")?.split('}').next());
        for key in keys {
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "/_.+-".contains(c)), "{key}");
        }
        assert!(text.contains("\\newcommand*\\mbWireguardBaselineTcpThroughputForward{"), "{text}");
        for key in [
            "contrast/wireguard/internal/baseline/tcp/throughput/forward",
            "rank/wireguard/baseline/tcp/throughput/forward",
        ] {
            assert!(text.contains(&format!("\\meshbench@set{{{key}}}{{low}}")), "{key}");
        }
        let body = text.split_once("\\makeatletter").unwrap().1;
        assert!(!body.contains("\\write"));
    }
}

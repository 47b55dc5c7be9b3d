//! `numbers.tex`: a macro for every number, so that no text holds one typed by hand.

use crate::cell::{Content, more_than};
use crate::escape::{latex, latex_comment, macro_name};
use crate::notes::{confidence, sample_size};
use crate::number::Digits;
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
";

/// The file, and how many keys it has.
pub fn write(view: &View<'_>, campaign: &str) -> (String, usize) {
    let mut out = format!(
        "% Numbers of campaign {}, written by meshbench; needs siunitx. Do not edit: the next report overwrites it.\n\
         % \\meshbench{{system/profile/workload/metric[/direction]}}; under a tuning, system+tuning.\n",
        latex_comment(campaign)
    );
    out.push_str(LOOKUP);
    let mut names = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for series in &view.series {
        for ((row, _), estimate) in series.estimates() {
            let Some(row) = series.rows.get(row) else { continue };
            let key = key(series, row, estimate);
            if !keys.insert(key.clone()) {
                continue;
            }
            let name = distinct(&mut names, &format!("mb{}", macro_name(&key)));
            entry(&mut out, &key, &name, series, estimate);
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

fn entry(out: &mut String, key: &str, name: &str, series: &Series<'_>, e: &Estimate) {
    let n = latex(&sample_size(e));
    let (value, interval, full) = match crate::cell::content(Some(e)) {
        Content::Value { value, low, high } => {
            let digits = Digits::new(series.unit, value, low, high);
            let value = with_unit(series, &digits.value);
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
                        latex(&e.covers)
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
    let covers = latex(&e.covers);
    let _ = writeln!(out, "\\meshbench@define{{{key}}}{{{value}}}{{{interval}}}{{{n}}}{{{covers}}}{{{full}}}");
    let _ = writeln!(out, "\\newcommand*\\{name}{{\\meshbench{{{key}}}}}");
}

fn with_unit(series: &Series<'_>, digits: &str) -> String {
    match series.unit.siunitx {
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
        let made = fixture::campaign(1, &["wireguard"]);
        let input = made.input();
        let (text, count) = write(&View::new(&input).unwrap(), HOSTILE);
        assert!(count > 60);
        let keys = text.lines().filter_map(|line| line.strip_prefix("\\meshbench@define{")?.split('}').next());
        for key in keys {
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "/_.+-".contains(c)), "{key}");
        }
        assert!(text.contains("\\newcommand*\\mbWireguardBaselineTcpThroughputForward{"), "{text}");
        let body = text.split_once("\\makeatletter").unwrap().1;
        assert!(!body.contains("\\write"));
    }
}

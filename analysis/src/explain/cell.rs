//! Why an estimate is what it is.

use crate::estimates::campaign::{Campaign, Cell, Column};
use crate::estimates::measured::{Known, Measured};
use crate::options::Options;
use crate::print::{self, short_confidence};
use crate::stats::of_blocks::{MEDIAN_FROM, median_from, order_statistics};
use meshbench_reports::number::{Digits, bound, pretty};
use meshbench_reports::units::Shown;
use meshbench_reports::words::many;
use meshbench_schemas::catalogue::{Reducer, SUCCESS_RATE, Scale};
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::warning::Warning;
use meshbench_schemas::words::Estimator;
use meshbench_terminal::{Column as Shape, Page, Table};

/// The data, the steps and the sources behind a row.
pub fn explain(
    campaign: &Campaign<'_>,
    cell: &Cell<'_>,
    column: &Column,
    row: &Estimate,
    (options, page): (&Options, Page),
) -> String {
    let measured = Measured::new(campaign, cell, column);
    let values = measured.all().filter_map(|(_, known)| match known {
        Known::Value(value, _) => Some(value.value),
        _ => None,
    });
    let unit = Shown::choose(column.metric.unit, values.chain(row.value));
    let direction = row.direction.map(|direction| format!(", {direction}")).unwrap_or_default();
    let title = column.metric.title;
    let what = if shares(column) {
        "Data: how each run ended.".to_owned()
    } else {
        format!("Data [{}], one value a run:", if unit.text.is_empty() { "1" } else { unit.text })
    };
    let place =
        format!("{} (tuning {}), {}, {}: {title}{direction}", row.system, row.tuning, row.profile, row.workload);
    let value = value(row, unit) + &mean(row, unit);
    let head = [place, value, what].map(|line| page.line("", &line) + "\n\n").concat();
    let told: Vec<String> = row.outcomes().iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let attempts = page.line("", &format!("Attempts: {} started; {}", row.attempts, told.join(", ")));
    let data = data(&measured, cell, column, unit).print(page);
    format!(
        "{head}{data}\n{}\n{attempts}\n{}",
        super::numbered(&steps(row, column, options), page),
        super::touching(&row.warnings, &row.findings, page)
    )
}

fn value(row: &Estimate, unit: Shown) -> String {
    let confidence = row.achieved_confidence.unwrap_or(row.confidence);
    match (row.value, row.at_least) {
        (Some(value), _) => {
            let digits = Digits::new(unit, value, row.low, row.high);
            let shown = unit.with(&pretty(&digits.value));
            match digits.interval() {
                Some(interval) => {
                    format!(
                        "{shown}, {} % interval {interval}, which covers {}",
                        pretty(&short_confidence(confidence)),
                        row.covers
                    )
                }
                None => format!("{shown}, without an interval"),
            }
        }
        (None, Some(least)) => format!("more than {}", unit.with(&bound(unit, least))),
        (None, None) => format!("no value: {}", row.reason.clone().unwrap_or_default()),
    }
}

/// The arithmetic mean, where the value is another one.
fn mean(row: &Estimate, unit: Shown) -> String {
    let Some(mean) = row.mean.filter(|mean| Some(*mean) != row.value) else { return String::new() };
    let digits = Digits::new(unit, mean, row.mean_low, row.mean_high);
    let shown = unit.with(&pretty(&digits.value));
    let how = if row.warnings.contains(Warning::DependentBlocks) { "allowing for dependent blocks" } else { "t" };
    let interval = digits.interval().map(|interval| format!(" {interval} ({how})")).unwrap_or_default();
    format!("; arithmetic mean {shown}{interval}")
}

/// Whether the metric counts attempts, and has no value of a run.
fn shares(column: &Column) -> bool {
    column.metric.id == SUCCESS_RATE.id
}

fn data(measured: &Measured<'_, '_>, cell: &Cell<'_>, column: &Column, unit: Shown) -> Table {
    let links = cell.links().iter().map(|(source, target)| format!("{source}→{target}"));
    let log = column.metric.scale == Scale::Log;
    let mean = if log { "geometric mean" } else { "mean" };
    let shares = shares(column);
    let mean = (!shares).then(|| mean.to_owned());
    let titles = std::iter::once("block".to_owned()).chain(links).chain(mean);
    let mut table = Table::new(titles.map(Shape::number));
    let number = |value: f64| pretty(&Digits::new(unit, value, None, None).value);
    for block in cell.blocks() {
        let mut values = Vec::new();
        let mut cells = vec![block.to_string()];
        for link in cell.links() {
            cells.push(match measured.at(*block, *link) {
                Some(Known::Value(value, _)) => {
                    values.push(value.value);
                    number(value.value)
                }
                Some(Known::AtLeast(least)) => format!("> {}", bound(unit, least)),
                Some(Known::Nothing(run)) => run.outcome.to_string(),
                None => "–".to_owned(),
            });
        }
        let whole = values.len() == cell.links().len();
        let log = log && values.iter().all(|value| *value > 0.0);
        let sum: f64 = values.iter().map(|value| if log { value.ln() } else { *value }).sum();
        let mean = sum / values.len().max(1) as f64;
        if shares {
            table.row(cells);
            continue;
        }
        cells.push(if whole { number(if log { mean.exp() } else { mean }) } else { "left out".to_owned() });
        table.row(cells);
    }
    table
}

fn steps(row: &Estimate, column: &Column, options: &Options) -> Vec<String> {
    let mut steps = Vec::new();
    let reducer = match column.metric.samples {
        Some((series, Reducer::Rate)) => format!("Σ value·window / Σ window of the samples `{series}`"),
        Some((series, Reducer::Total)) => format!("the sum of the samples `{series}`"),
        Some((series, Reducer::Mean)) => format!("the mean of the samples `{series}`"),
        Some((series, Reducer::Min)) => format!("the smallest of the samples `{series}`"),
        Some((series, Reducer::Max)) => format!("the largest of the samples `{series}`"),
        Some((series, Reducer::Quantile(q))) => {
            format!("the {q}-quantile of the samples `{series}` (type 7; Hyndman and Fan, 1996)")
        }
        Some((series, Reducer::RatioTo(under))) => format!("Σ `{series}` / Σ `{under}`"),
        None => String::new(),
    };
    let reported = match (column.metric.summary, column.metric.samples) {
        (Some(statistic), Some(_)) => format!("the reported {} where there is one, else ", statistic.as_str()),
        (Some(statistic), None) => format!("the reported {}", statistic.as_str()),
        (None, Some(_)) => String::new(),
        (None, None) => "what was read at its end".to_owned(),
    };
    if row.method != Estimator::Wilson {
        steps.push(format!(
            "A run's value is {reported}{reducer}. Of several attempts on one link in one block the last `ok` one counts."
        ));
    }
    let links = match row.links_expected {
        1 => "the link".to_owned(),
        links => format!("each of the {links} links"),
    };
    let blocks = match (row.blocks, row.blocks_expected) {
        (1, 1) => format!("The one block has a value from {links}."),
        (blocks, all) if blocks == all => format!("All {all} blocks have a value from {links}."),
        (0, 1) => format!("The one block does not have a value from {links}."),
        (blocks, all) => {
            let have = if blocks == 1 { "has" } else { "have" };
            let rest = if all.saturating_sub(blocks) == 1 { "the other one is" } else { "the others are" };
            format!("{blocks} of {} {have} a value from {links}; {rest} left out.", many(all.into(), "block"))
        }
    };
    let log = column.metric.scale == Scale::Log && !row.warnings.contains(Warning::NotPositive);
    let of_block =
        format!("A block's value is the {} over its links. {blocks}", if log { "geometric mean" } else { "mean" });
    let confidence = short_confidence(options.confidence.share());
    match row.method {
        Estimator::MedianOrderStatistic => {
            steps.push(of_block);
            steps.push(
                format!("From {} blocks on the estimate is the median of the blocks' values, and its interval goes from one of them to \
                 another, which assumes nothing about their distribution (Conover, 1999, 3.2).",
                 median_from(options.confidence))
            );
            if let Some((rank, reached)) = usize::try_from(row.blocks).ok().and_then(|n| order_statistics(n, options.confidence)) {
                steps.push(format!(
                    "Asked for are {confidence} %: from the {} smallest to the {} largest of {} values it is \
                     1 − 2·P(Binomial({}, ½) ≤ {}) = {} %.",
                    ordinal(rank), ordinal(rank), row.blocks, row.blocks, rank - 1, print::confidence(reached, 3)
                ));
            }
        }
        Estimator::MeanT | Estimator::GeometricMeanT => {
            steps.push(of_block);
            let why = if (row.blocks as usize) < MEDIAN_FROM {
                format!("Below {MEDIAN_FROM} blocks")
            } else {
                format!("With {} blocks no distribution-free interval of the median has {confidence} %, so", row.blocks)
            };
            steps.push(format!(
                "{why} the estimate is the {} with Student's t \
                 at {} (Student, 1908): its confidence rests on the blocks being normal{}.",
                if row.method == Estimator::MeanT { "mean" } else { "geometric mean" },
                degrees(row.blocks),
                if row.method == Estimator::MeanT { "" } else { " on logarithms" }
            ));
        }
        Estimator::MeanAr1 | Estimator::GeometricMeanAr1 => {
            steps.push(of_block);
            steps.push(format!(
                "Neighbouring blocks are alike, or were said to be, so they are not taken for independent: the estimate is the {} \
                 of the blocks, with the interval that a stationary autoregressive series of them leaves, over all correlations \
                 between neighbours from 0 to 0.9, each weighted by how well it fits (Zellner and Tiao, 1964). {}",
                if row.method == Estimator::MeanAr1 { "mean" } else { "geometric mean" },
                "`--interval exact` takes them for independent."
            ));
        }
        Estimator::MeanLinksT | Estimator::GeometricMeanLinksT => steps.push(format!(
            "{}, so nothing was repeated. The {} over {} has an interval by Student's t at {}, which says how links \
             differ and not how a repetition would.",
            match row.blocks_expected {
                1 => "There is one block".to_owned(),
                blocks => format!("Only one of {blocks} blocks has a value from {links}"),
            },
            if row.method == Estimator::MeanLinksT { "mean" } else { "geometric mean" },
            many(row.links.into(), "link"),
            degrees(row.links)
        )),
        Estimator::WithinRunT => steps.push(
            "There is one run. Its interval is made of its own samples by Student's t, with as many degrees of freedom as the \
             effective number of samples leaves, n·(1−r)/(1+r) with their lag-1 autocorrelation r (Zwiers and von Storch, 1995)."
                .to_owned(),
        ),
        Estimator::MeanBca | Estimator::GeometricMeanBca => {
            steps.push(of_block);
            steps.push(format!(
                "As asked for, the estimate is the {} of the blocks, with the bias-corrected and accelerated bootstrap \
                 interval of {} resamples of them (Efron, 1987).",
                if row.method == Estimator::MeanBca { "mean" } else { "geometric mean" },
                options.resampling.resamples
            ));
        }
        Estimator::StratifiedMeanBca | Estimator::StratifiedGeometricMeanBca => steps.push(format!(
            "Some blocks lack a link. As asked for, no value is left out: the estimate is the {} over links of each link's \
             mean over its own blocks ({} of them at least), with the bias-corrected and accelerated bootstrap interval of {} \
             resamples (Efron, 1987), drawn link by link as if the links of a block erred independently.",
            if row.method == Estimator::StratifiedMeanBca { "mean" } else { "geometric mean" },
            row.blocks,
            options.resampling.resamples
        )),
        Estimator::KaplanMeier => steps.push(
            "Some runs were stopped at their limit and are known only to be longer, so the estimate is the median of the \
             Kaplan-Meier curve over runs (Kaplan and Meier, 1958), or where more than half were still running a lower bound of it. The interval of a median is Brookmeyer and Crowley's (1982), \
             on the log-log scale, over these runs as if they were alike and independent."
                .to_owned(),
        ),
        Estimator::Wilson => steps.push(format!(
            "{} of {} ended as `ok`; the interval is Wilson's (1927). Attempts of all links and blocks are counted \
             together.",
            row.ok, many(row.runs.into(), "started attempt")
        )),
        Estimator::NoInterval => steps.push("There is one run on one link, and nothing says how it would vary.".to_owned()),
        Estimator::None => steps.push(format!("There is no value. {blocks}")),
    }
    steps
}

/// Degrees of freedom of a spread of so many values.
fn degrees(values: u32) -> String {
    match values.saturating_sub(1) {
        1 => "1 degree of freedom".to_owned(),
        degrees => format!("{degrees} degrees of freedom"),
    }
}

fn ordinal(rank: usize) -> String {
    let suffix = match (rank % 10, rank % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{rank}{suffix}")
}

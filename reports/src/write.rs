//! Writes every file of a report.

use crate::compare::Comparisons;
use crate::figure::{Figure, critical, kept, layout, response, values};
use crate::page::Parts;
use crate::success::Success;
use crate::view::View;
use crate::{Input, Progress, ReportError, Written, findings, latex, numbers, page, render};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Writes the report into `out`, which exists and is empty. The same input gives the same bytes.
///
/// # Errors
/// A file that cannot be written, a metric that the catalogue lacks, or a figure that cannot be drawn;
/// what was written by then stays in `out`.
pub fn write(input: &Input<'_>, out: &Path, progress: &dyn Progress) -> Result<Written, ReportError> {
    let view = View::new(input)?;
    let success = Success::new(input, &view);
    let comparisons = Comparisons::new(input)?;
    let names = &comparisons.names;
    let mut figures: Vec<Figure> = view
        .headline()
        .flat_map(|series| std::iter::once(values::describe(series)).chain(response::describe(series)))
        .collect();
    for comparison in &comparisons.all {
        figures.extend(kept::describe(comparison, names));
        figures.extend(critical::describe(comparison, names));
    }
    let total = figures.len() + 3;
    let campaign = input.campaign.name.as_str();
    folder(out, "tables")?;
    folder(out, "figures")?;

    let mut tables = Vec::new();
    for series in view.headline() {
        tables.push(file(out, &format!("tables/{}.tex", series.name()), latex::series(series, campaign).as_bytes())?);
    }
    tables.push(file(out, "tables/success.tex", latex::success(&success, campaign).as_bytes())?);
    let grids = comparisons.all.iter().flat_map(|comparison| comparison.grids(names)).chain(comparisons.scores());
    for grid in grids {
        tables.push(file(out, &format!("tables/{}.tex", grid.name), grid.latex(campaign).as_bytes())?);
    }
    if !input.findings.is_empty() {
        tables.push(file(out, "tables/findings.tex", findings::tex(input.findings, campaign).as_bytes())?);
    }
    progress.step(1, total, "tables");

    let (text, numbers) = numbers::write(&view, &comparisons, campaign);
    let mut others = vec![file(out, "numbers.tex", text.as_bytes())?];
    progress.step(2, total, "numbers.tex");

    let mut files = draw_all(out, &figures, |done, name| progress.step(2 + done, total, name))?;
    files.sort();

    let parts = Parts { view: &view, success: &success, comparisons: &comparisons, figures: &figures };
    others.push(file(out, "index.html", page::page(input, &parts).as_bytes())?);
    progress.step(total, total, "index.html");
    others.sort();
    tables.sort();
    Ok(Written { tables, figures: files, others, numbers })
}

/// Draws the figures on all cores; each is independent of the others, so their order does not matter.
fn draw_all(out: &Path, figures: &[Figure], mut done: impl FnMut(usize, &str)) -> Result<Vec<PathBuf>, ReportError> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(figures.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some(figure) = figures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if send.send((figure.name.as_str(), draw(out, figure))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut files = Vec::with_capacity(figures.len() * 3);
        for (count, (name, drawn)) in receive.iter().enumerate() {
            files.extend(drawn?);
            done(count + 1, name);
        }
        Ok(files)
    })
}

fn draw(out: &Path, figure: &Figure) -> Result<[PathBuf; 3], ReportError> {
    let name = figure.name.as_str();
    let svg = render::svg(figure, &layout::scene(figure)?)?;
    let parsed = render::parse(name, &svg)?;
    Ok([
        file(out, &format!("figures/{name}.svg"), svg.as_bytes())?,
        file(out, &format!("figures/{name}.pdf"), &render::pdf(name, &parsed)?)?,
        file(out, &format!("figures/{name}.png"), &render::png(name, &parsed)?)?,
    ])
}

fn folder(out: &Path, name: &str) -> Result<(), ReportError> {
    std::fs::create_dir_all(out.join(name)).map_err(|source| ReportError::Io { path: name.into(), source })
}

fn file(out: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, ReportError> {
    std::fs::write(out.join(name), bytes).map_err(|source| ReportError::Io { path: name.into(), source })?;
    Ok(PathBuf::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Silent, fixture};
    use std::collections::BTreeMap;

    fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for part in ["", "tables", "figures"] {
            for entry in std::fs::read_dir(folder.join(part)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    all.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
        all
    }

    #[test]
    fn two_reports_are_the_same_bytes() {
        let mut made = fixture::campaign(1, &["wireguard", "tailscale", "vpncloud"]).compared(6);
        made.stages.estimates.retain(|e| ["tcp", "ping"].contains(&e.workload.as_str()));
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let written = write(&made.input(), a.path(), &Silent).unwrap();
        let mut shuffled = made.input();
        let (mut stages, mut findings) = (made.stages.clone(), made.findings.clone());
        stages.run_values.reverse();
        stages.estimates.reverse();
        stages.contrasts.reverse();
        stages.ranks.reverse();
        stages.omnibus.reverse();
        stages.components.reverse();
        stages.scores.reverse();
        stages.findings.reverse();
        findings.reverse();
        (shuffled.stages, shuffled.findings) = (&stages, &findings);
        write(&shuffled, b.path(), &Silent).unwrap();
        let (a, b) = (read(a.path()), read(b.path()));
        assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
        for (name, bytes) in &a {
            assert!(b[name] == *bytes, "{name} differs");
        }
        assert_eq!(a.len(), written.tables.len() + written.figures.len() + written.others.len());
    }

    /// For the eye: writes a report of the made-up campaign into the folder that the variable names.
    #[test]
    #[ignore = "writes where MESHBENCH_LOOK says"]
    fn look() {
        let Ok(folder) = std::env::var("MESHBENCH_LOOK") else { return };
        for (name, blocks) in [("one-block", 1), ("six-blocks", 6)] {
            let out = Path::new(&folder).join(name);
            std::fs::create_dir_all(&out).unwrap();
            let made = fixture::campaign(
                blocks,
                &["wireguard", "tailscale", "vpncloud", "nebula", "tinc", "zerotier", "netbird"],
            )
            .compared(blocks);
            let start = std::time::Instant::now();
            let written = write(&made.input(), &out, &Silent).unwrap();
            eprintln!("{name}: {} figure files in {:?}", written.figures.len(), start.elapsed());
        }
    }

    #[test]
    fn an_empty_campaign_is_a_report_too() {
        let folder = tempfile::tempdir().unwrap();
        let input = fixture::empty();
        let written = write(&input, folder.path(), &Silent).unwrap();
        assert_eq!((written.figures.len(), written.numbers), (0, 0));
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, "").unwrap();
        let input = fixture::empty();
        let error = write(&input, &blocked, &Silent).unwrap_err();
        assert!(error.to_string().contains("`tables`"), "{error}");
    }
}

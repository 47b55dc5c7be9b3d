#!/usr/bin/env python3
"""Writes resampling_scipy.json: what SciPy and statsmodels say, for tests/resampling.rs.

    pip install scipy statsmodels diptest && python stats/tests/golden/resampling.py

Needs nothing of the project and reads nothing; the versions used are in the file. Resamples cannot be the same as SciPy's, so its bootstrap distributions are in the file, and what follows from them; intervals of
resamples of one's own are compared within their Monte Carlo error. The test of Mann and Kendall with ties
and a continuity correction, which SciPy lacks, is written out here.
"""

import json
import math
import pathlib
import platform
import warnings
from importlib.metadata import version

import diptest
import numpy
from scipy import optimize, stats
from statsmodels.stats.power import TTestPower

rng = numpy.random.Generator(numpy.random.PCG64(20251209))
CONFIDENCES = [0.5, 0.9, 0.95, 0.99]


def plain(values):
    return [float(v) for v in values]


SAMPLES = {
    "two": [[1.0, 2.0]],
    "constant": [[0.1] * 9],
    "six": [[5.2, 4.8, 5.9, 5.1, 4.4, 7.0]],
    "ties": [[1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 8.0]],
    "thirty": [plain(rng.lognormal(20, 0.3, 30))],
    "skewed": [plain(rng.lognormal(0, 1, 40))],
    "hundred": [plain(rng.normal(0, 1, 100))],
    "tiny": [plain(rng.lognormal(0, 1, 12) * 1e-290)],
    "huge": [plain(rng.lognormal(0, 0.5, 12) * 1e290)],
    "three links": [plain(rng.lognormal(20 + i, 0.3, 30)) for i in range(3)],
    "uneven links": [plain(rng.lognormal(i, 1, 5 + 7 * i)) for i in range(3)],
}


def mean_of_means(*strata, axis=-1):
    return sum(stratum.mean(axis=axis) / len(strata) for stratum in strata)


def bootstrap(name, strata, statistic, label):
    strata = [numpy.array(stratum) for stratum in strata]
    entry = {"name": name, "statistic": label, "strata": [plain(s) for s in strata]}
    large = stats.bootstrap(strata, statistic, n_resamples=40_000, method="percentile", rng=rng)
    entry["percentile"] = [[c, plain(numpy.percentile(large.bootstrap_distribution, [50 * (1 - c), 50 * (1 + c)]))] for c in CONFIDENCES]
    few = stats.bootstrap(strata, statistic, n_resamples=299, method="percentile", rng=rng)
    value = float(statistic(*strata))
    # A replicate that is the value but for rounding is the value: which side of it rounding puts one to is no bias.
    same = numpy.isclose(few.bootstrap_distribution, value, rtol=1e-12, atol=0)
    entry["replicates"] = plain(few.bootstrap_distribution)
    few.bootstrap_distribution[same] = value
    entry["few"] = [[c, plain(numpy.percentile(few.bootstrap_distribution, [50 * (1 - c), 50 * (1 + c)]))] for c in CONFIDENCES]
    entry["value"] = value
    entry["left_out"] = [
        plain(statistic(*strata[:j], numpy.delete(stratum, i), *strata[j + 1 :]) for i in range(len(stratum)))
        for j, stratum in enumerate(strata)
    ]
    entry["bca"] = []
    entry["bias_correction"] = entry["acceleration"] = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for c in CONFIDENCES:
            # n_resamples = 0 adds nothing: BCa of the very distribution that is in the file.
            again = stats.bootstrap(
                strata, statistic, n_resamples=0, bootstrap_result=few, confidence_level=c, method="BCa", rng=rng
            ).confidence_interval
            entry["bca"].append([c, None if math.isnan(again.low) else plain(again)])
    share = (numpy.sum(few.bootstrap_distribution < value) + numpy.sum(few.bootstrap_distribution <= value)) / (2 * 299)
    if 0 < share < 1:
        entry["bias_correction"] = float(stats.norm.ppf(share))
    # Scaled, because cubes of 1e290 overflow.
    scale = 2.0 ** math.floor(math.log2(abs(value)))
    influence = [(len(s) - 1) * (numpy.mean(s) / scale - numpy.array(s) / scale) for s in entry["left_out"]]
    squares = sum(float((u**2).sum()) / len(u) ** 2 for u in influence)
    if squares > 1e-25:
        entry["acceleration"] = sum(float((u**3).sum()) / len(u) ** 3 for u in influence) / squares**1.5 / 6
    return entry


def bootstraps():
    out = [bootstrap(n, s, mean_of_means, "mean") for n, s in SAMPLES.items()]
    for name in ("six", "thirty", "ties", "skewed"):
        out.append(bootstrap(name, SAMPLES[name], lambda x, axis=-1: numpy.median(x, axis=axis), "median"))
    return out


def noncentral_t():
    out = []
    for df in (1, 2, 5, 9.5, 29, 200, 1e4):
        for delta in (-3.0, 0.0, 0.5, 2.0, 5.0, 12.0, 35.0):
            for shift in (-3.0, -0.5, 0.0, 1.0, 6.0):
                t = delta + shift
                below, above = float(stats.nct.cdf(t, df, delta)), float(stats.nct.sf(t, df, delta))
                # Where SciPy's own two tails contradict each other, it is no reference.
                if abs(below + above - 1) < 1e-13 and min(below, above) > 1e-6:
                    out.append([t, df, delta, below, above])
    return out


def power(effect, n, alpha):
    """statsmodels', or where SciPy has NaN for the far tail of a large noncentrality, without that tail."""
    whole = float(TTestPower().power(effect, n, alpha, df=n - 1))
    if math.isnan(whole):
        assert effect * math.sqrt(n) > 7, "the far tail is below 1e-11 only beyond"
        whole = float(stats.nct.sf(stats.t.isf(alpha / 2, n - 1), n - 1, effect * math.sqrt(n)))
    return whole


def powers():
    out = []
    for n in (2, 3, 6, 10, 20, 50, 300):
        for effect in (0.1, 0.5, 1.0, 2.5):
            for alpha in (0.05, 0.01):
                out.append([n, effect, 1 - alpha, power(effect, n, alpha)])
    return out


def needed():
    return [
        [e, p, math.ceil(TTestPower().solve_power(effect_size=e, alpha=0.05, power=p) - 1e-9)]
        for e in (0.2, 0.5, 0.8, 1.2)
        for p in (0.8, 0.9)
    ]


def detectable():
    out = []
    for n in (3, 6, 10, 30):
        for p in (0.8, 0.9):
            short = lambda e: power(e, n, 0.05) - p
            out.append([n, p, float(optimize.brentq(short, 1e-3, 6, xtol=1e-14, rtol=1e-14))])
    return out


def half_widths():
    """t·E[s]/√n, with E[s]/σ by numerical integration of the chi density."""
    out = []
    for n in (2, 3, 6, 20, 200):
        for c in (0.9, 0.95):
            mean = float(stats.chi(n - 1).mean()) / math.sqrt(n - 1)
            out.append([n, c, float(stats.t.ppf((1 + c) / 2, n - 1)) * mean / math.sqrt(n)])
    return out


def kendall_p(x, y, s):
    """Normal limit with ties and continuity correction; exact by SciPy without ties up to 50."""
    n = len(x)
    tx = [c for c in numpy.unique(x, return_counts=True)[1] if c > 1]
    ty = [c for c in numpy.unique(y, return_counts=True)[1] if c > 1]
    if not tx and not ty and n <= 50:
        return float(stats.kendalltau(x, y, method="exact").pvalue)
    v0, vt, vu = n * (n - 1) * (2 * n + 5), sum(t * (t - 1) * (2 * t + 5) for t in tx), sum(t * (t - 1) * (2 * t + 5) for t in ty)
    v1 = sum(t * (t - 1) for t in tx) * sum(t * (t - 1) for t in ty) / (2 * n * (n - 1))
    v2 = sum(t * (t - 1) * (t - 2) for t in tx) * sum(t * (t - 1) * (t - 2) for t in ty) / (9 * n * (n - 1) * (n - 2))
    variance = float((v0 - vt - vu) / 18 + v1 + v2)
    if variance <= 0:
        return 1.0
    # Without the correction, the variance is SciPy's.
    theirs = stats.kendalltau(x, y, method="asymptotic").pvalue
    assert abs(theirs - 2 * stats.norm.sf(abs(s) / math.sqrt(variance))) < 1e-9
    return min(1.0, float(2 * stats.norm.sf(max(abs(s) - 1, 0) / math.sqrt(variance))))


def drifts():
    out = []
    cases = {
        "rise": (list(range(12)), plain(numpy.arange(12) * 0.3 + rng.normal(0, 1, 12))),
        "flat": (list(range(30)), plain(rng.normal(5, 1, 30))),
        "long": (list(range(120)), plain(rng.normal(0, 1, 120) + numpy.arange(120) * 0.01)),
        "ties in values": (list(range(20)), plain(rng.integers(0, 5, 20))),
        "ties in times": ([i // 3 for i in range(24)], plain(rng.normal(0, 1, 24) + numpy.arange(24) * 0.1)),
        "ties in both": ([i // 2 for i in range(20)], plain(rng.integers(0, 4, 20))),
        "huge": (list(range(9)), plain(rng.normal(0, 1, 9) * 1e290)),
        "tiny": (list(range(9)), plain(rng.normal(0, 1, 9) * 1e-290)),
        "uneven times": (plain(numpy.sort(rng.uniform(0, 100, 15))), plain(rng.normal(0, 1, 15))),
    }
    for name, (times, values) in cases.items():
        times = plain(times)
        s = int(sum(numpy.sign((times[j] - times[i])) * numpy.sign(values[j] - values[i]) for i in range(len(times)) for j in range(i)))
        entry = {"name": name, "times": times, "values": values, "s": s, "p": kendall_p(times, values, s), "slope": []}
        for c in CONFIDENCES:
            found = stats.theilslopes(values, times, alpha=c)
            entry["slope"].append([c, float(found.slope), float(found.low_slope), float(found.high_slope)])
        out.append(entry)
    return out


def dips():
    cases = [
        [1.0, 1.1, 1.2, 5.0, 5.1, 5.2],
        [1.0, 2.0, 3.0, 4.0, 5.0],
        [3.0] * 7,
        [1.0, 1.0, 1.0, 2.0, 2.0, 2.0],
        [1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 9.0, 9.0, 10.0],
        plain(1e12 + rng.normal(0, 1e-2, 25)),
        plain(rng.lognormal(0, 1, 15) * 1e-290),
    ]
    for n in (4, 5, 6, 7, 8, 10, 13, 20, 31, 100, 400):
        for _ in range(4):
            cases.append(plain(rng.uniform(0, 1, n)))
            cases.append(plain(rng.normal(0, 1, n)))
            cases.append(plain(numpy.concatenate([rng.normal(0, 1, n // 2), rng.normal(6, 1, n - n // 2)])))
            cases.append(plain(numpy.round(rng.exponential(3, n))))
    return [{"values": c, "dip": float(diptest.dipstat(numpy.array(c), allow_zero=False))} for c in cases]


def dip_ps():
    out = []
    for n in (6, 12, 30):
        for values in (rng.uniform(0, 1, n), numpy.concatenate([rng.normal(0, 1, n // 2), rng.normal(4, 1, n - n // 2)])):
            p = diptest.diptest(values, boot_pval=True, n_boot=100_000, seed=1)[1]
            out.append({"values": plain(values), "p": float(p)})
    return out


def as_text(tree):
    """Floats as shortest text: many JSON readers, serde_json among them, may be off by a bit otherwise."""
    if isinstance(tree, float):
        return repr(float(tree))
    if isinstance(tree, dict):
        return {key: as_text(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [as_text(value) for value in tree]
    return tree


def main():
    golden = {
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "statsmodels", "diptest")},
        },
        "bootstrap": bootstraps(),
        "noncentral_t": noncentral_t(),
        "power": powers(),
        "needed": needed(),
        "detectable": detectable(),
        "half_width": half_widths(),
        "drift": drifts(),
        "dip": dips(),
        "dip_p": dip_ps(),
    }
    path = pathlib.Path(__file__).with_name("resampling_scipy.json")
    path.write_text(json.dumps(as_text(golden), indent=1) + "\n")


if __name__ == "__main__":
    main()

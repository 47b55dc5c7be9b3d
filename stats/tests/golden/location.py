#!/usr/bin/env python3
"""Writes location_scipy.json: one- and two-sample methods as SciPy has them, for tests/location.rs.

    pip install scipy numpy && python stats/tests/golden/location.py

Needs nothing of the project and reads nothing; the versions
used are in the file. Permutation tests are gone through here one by one in exact fractions of the decimals as
written, so that ties are ties. What is huge or tiny is brought to order 1 by a power of two first, because SciPy's
squares overflow; the answers are scaled back.
"""

import itertools
import json
import math
import pathlib
import platform
from fractions import Fraction

import numpy
import scipy
from scipy import optimize, stats

rng = numpy.random.Generator(numpy.random.PCG64(20260117))
CONFIDENCES = [0.5, 0.9, 0.95, 0.99]


def plain(values):
    return [float(v) for v in values]


PAIRED = {
    "one": [42.5],
    "two": [1.0, 2.0],
    "two of opposite signs": [-1.5, 1.5],
    "three": [0.1, 0.2, 0.4],
    "decimal ties": [0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7],
    "ties of ranks": [1.0, 1.0, -1.0, 2.0, 2.0, 3.0, -3.0, 8.0],
    "zeros among them": [0.0, 1.5, -0.5, 0.0, 2.5, 3.5, 1.0],
    "all zero": [0.0] * 5,
    "constant": [0.1] * 7,
    "all negative": [-5.2, -4.8, -5.9, -5.1, -4.4, -7.0],
    "six": [0.031, 0.012, 0.044, -0.005, 0.027, 0.038],
    "ten": plain(rng.normal(0.4, 1, 10)),
    "twelve": plain(rng.lognormal(0, 1, 12) - 1),
    "thirteen": plain(numpy.round(rng.normal(0.3, 1, 13), 1)),
    "forty": plain(rng.normal(0.2, 1, 40)),
    "six hundred": plain(numpy.round(rng.normal(0.05, 1, 600), 2)),
    "tiny": plain(rng.normal(1, 1, 9) * 1e-290),
    "huge": plain(rng.normal(1, 1, 9) * 1e290),
}

TWO = {
    "one each": ([1.0], [2.0]),
    "one against many": ([3.5], [1.0, 2.0, 3.0, 4.0, 5.0]),
    "two each": ([1.0, 2.0], [1.5, 4.0]),
    "three each, separated": ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
    "five each, separated": ([8.1, 8.3, 8.4, 9.9, 8.6], [1.2, 1.1, 1.4, 1.3, 0.9]),
    "decimal ties": ([0.1, 0.4, 0.4, 0.7], [0.2, 0.3, 0.3, 0.6, 0.1]),
    "constant": ([0.1] * 4, [0.1] * 5),
    "one side constant": ([0.1] * 4, [0.1, 0.3, 0.2, 0.1]),
    "both constant, apart": ([1.0] * 3, [2.0] * 4),
    "seven and six": (plain(rng.lognormal(1, 0.5, 7)), plain(rng.lognormal(1.4, 0.5, 6))),
    "offset": (plain(1e12 + rng.normal(0, 1e-2, 6)), plain(1e12 + rng.normal(5e-3, 1e-2, 6))),
    "thirty each": (plain(rng.normal(10, 1, 30)), plain(rng.normal(10.8, 3, 30))),
    "hundreds, with ties": (plain(numpy.round(rng.normal(9, 2, 130), 1)), plain(numpy.round(rng.normal(9.4, 2, 150), 1))),
    "large": (plain(rng.normal(0, 1, 30)), plain(rng.normal(0.3, 1, 40))),
    "tiny": (plain(rng.lognormal(0, 0.3, 5) * 1e-290), plain(rng.lognormal(0.5, 0.3, 7) * 1e-290)),
    "huge": (plain(rng.lognormal(0, 0.3, 7) * 1e290), plain(rng.lognormal(0.5, 0.3, 5) * 1e290)),
}


def unit_of(values):
    largest = max(abs(v) for v in values)
    return 1.0 if 1e-100 < largest < 1e100 or largest == 0 else 2.0 ** math.floor(math.log2(largest))


def fractions(values):
    return [Fraction(repr(v)) for v in values]


def sign_flip(d):
    if len(d) > 13:
        return None
    exact = fractions(d)
    observed = abs(sum(exact))
    sums = [Fraction(0)]
    for v in exact:
        sums = [s + v for s in sums] + [s - v for s in sums]
    return [sum(abs(s) >= observed for s in sums) / len(sums), min(1.0, 2.0 / 2 ** sum(v != 0 for v in d))]


def signed_rank(d, alternative):
    """As SciPy has it: exact where there are no ties, by all permutations where there are, else normal."""
    d = [v for v in d if v != 0]
    if not d:
        return None
    if len(d) > 500:
        return float(stats.wilcoxon(d, alternative=alternative, method="asymptotic", correction=True).pvalue)
    if len({abs(v) for v in d}) == len(d):
        return float(stats.wilcoxon(d, alternative=alternative, method="exact").pvalue)
    if len(d) > 13:
        return None
    every = stats.PermutationMethod(n_resamples=numpy.inf)
    return float(stats.wilcoxon(d, alternative=alternative, method=every).pvalue)


def number(x):
    return float(x) if math.isfinite(x) else None


def varies(values):
    return len(values) > 1 and min(values) < max(values)


def paired(name, values):
    unit = unit_of(values)
    d = [v / unit for v in values]
    walsh = [(a + b) / 2 for a, b in itertools.combinations_with_replacement(d, 2)]
    spread = float(numpy.std(d, ddof=1)) if varies(d) else 1.0
    nulls, margins = [0.0, 0.5 * spread, -1.0], [[-spread, spread], [-0.5 * spread, 2 * spread], [0.0, 3.0]]

    def tost(low, high):
        if not varies(d):
            return None
        above = stats.ttest_1samp(d, low, alternative="greater").pvalue
        below = stats.ttest_1samp(d, high, alternative="less").pvalue
        return float(max(above, below))

    def tost_ranks(low, high):
        above = signed_rank([v - low for v in d], "greater")
        below = signed_rank([v - high for v in d], "less")
        # Nothing but zeros speaks for neither side.
        if len(d) > 13 and (above is None or below is None):
            return None
        return max(1.0 if above is None else above, 1.0 if below is None else below)

    k = sum(v > 0 for v in d) + sum(v == 0 for v in d) / 2
    return {
        "name": name,
        "values": values,
        "sign_flip": sign_flip(values),
        "wilcoxon": signed_rank(d, "two-sided"),
        "hodges_lehmann": float(numpy.median(walsh)) * unit,
        "superiority": k / len(d),
        "superiority_wilson": [
            [c, list(map(float, stats.binomtest(int(k), len(d)).proportion_ci(c, method="wilson")))]
            for c in CONFIDENCES
            if k == int(k)
        ],
        "one_sample_t": [
            [null * unit, float(stats.ttest_1samp(d, null).pvalue) if varies(d) else None] for null in nulls
        ],
        "equivalence_t": [[low * unit, high * unit, tost(low, high)] for low, high in margins],
        "equivalence_ranks": [[low * unit, high * unit, tost_ranks(low, high)] for low, high in margins],
    }


def mean_difference(x, y):
    if math.comb(len(x) + len(y), len(x)) > 3000:
        return None
    pooled = fractions(x + y)
    total = sum(pooled)

    def distance(chosen):
        mine = sum(chosen)
        return abs(mine / len(x) - (total - mine) / len(y))

    observed = distance(pooled[: len(x)])
    every = [distance(chosen) for chosen in itertools.combinations(pooled, len(x))]
    return [sum(d >= observed for d in every) / len(every), sum(d == max(every) for d in every) / len(every)]


def mann_whitney(x, y):
    """Exact without ties, every permutation of the rank sum with few, normal with many."""
    if min(len(x), len(y)) >= 100:
        return [float(stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=True).pvalue), None]
    n, m = len(x), len(y)
    if len(set(x + y)) == n + m:
        return [float(stats.mannwhitneyu(x, y, method="exact").pvalue), min(1.0, 2 / math.comb(n + m, n))]
    return mean_difference(plain(stats.rankdata(x + y))[:n], plain(stats.rankdata(x + y))[n:])


def newcombe(theta, n, m, confidence):
    """Method 5 of Newcombe (2006)."""
    z2 = stats.norm.ppf((1 + confidence) / 2) ** 2
    nu = (n + m) / 2 - 1

    def outside(t):
        # Both sides by t and by (1 - t) where these are roots that are not meant.
        spread = z2 * (1 + nu * (1 - t) / (2 - t) + nu * t / (1 + t)) / (n * m)
        if theta == 0:
            return t - (1 - t) * spread
        if theta == 1:
            return (1 - t) - t * spread
        return (t - theta) ** 2 - t * (1 - t) * spread

    root = lambda a, b: optimize.brentq(outside, a, b, xtol=1e-16, rtol=1e-15)
    return [0.0 if theta == 0 else root(0, theta), 1.0 if theta == 1 else root(theta, 1)]


def welch(x, y, unit, finish):
    """Difference (or ratio) and its interval; statistic, degrees, p; `finish` takes an estimate back."""
    estimate = float(numpy.mean(x) - numpy.mean(y))
    if min(len(x), len(y)) < 2 or not (varies(x) or varies(y)):
        return {"estimate": finish(estimate), "intervals": [[c, None] for c in CONFIDENCES], "test": None}
    test = stats.ttest_ind(x, y, equal_var=False)
    ends = [(c, test.confidence_interval(c)) for c in CONFIDENCES]
    return {
        "estimate": finish(estimate),
        "intervals": [[c, [finish(float(i.low)), finish(float(i.high))]] for c, i in ends],
        "test": [float(test.statistic), float(test.df), float(test.pvalue)],
    }


def brunner_munzel(x, y, share):
    separated = share in (0.0, 1.0)
    if min(len(x), len(y)) < 2 or separated or not (varies(x) or varies(y)):
        return None
    test = stats.brunnermunzel(x, y, distribution="t")
    # SciPy keeps degrees and error to itself: the formulas of Brunner and Munzel, from placements as shares.
    below = lambda a, b: [sum(v < u for v in b) / len(b) + sum(v == u for v in b) / len(b) / 2 for u in a]
    parts = [numpy.var(below(x, y), ddof=1) / len(x), numpy.var(below(y, x), ddof=1) / len(y)]
    error = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / (parts[0] ** 2 / (len(x) - 1) + parts[1] ** 2 / (len(y) - 1))
    half = lambda c: stats.t.ppf((1 + c) / 2, df) * error
    return {
        "statistic": -float(test.statistic),
        "p": float(test.pvalue),
        "degrees": float(df),
        "intervals": [[c, [max(0.0, share - half(c)), min(1.0, share + half(c))]] for c in CONFIDENCES],
    }


def two(name, x, y):
    unit = unit_of(x + y)
    u, v = [a / unit for a in x], [b / unit for b in y]
    share = sum((a > b) + (a == b) / 2 for a in u for b in v) / (len(u) * len(v))
    spread = float(numpy.std(u + v, ddof=1)) or 1.0
    # Centred, where rounding of sums of nearly equal numbers would show.
    shift = round(numpy.mean(u + v)) if max(u) > 1e6 else 0

    def tost(low, high):
        if min(len(u), len(v)) < 2 or not (varies(u) or varies(v)):
            return None
        y = [b - shift for b in v]
        above = stats.ttest_ind([a - shift - low for a in u], y, equal_var=False, alternative="greater").pvalue
        below = stats.ttest_ind([a - shift - high for a in u], y, equal_var=False, alternative="less").pvalue
        return float(max(above, below))

    margins = [[-spread, spread], [-2 * spread, 0.5 * spread]]
    positive = min(u + v) > 0
    logs = [[math.log(a) for a in side] for side in (u, v)] if positive else None
    return {
        "name": name,
        "x": x,
        "y": y,
        "scale": spread * unit,
        "mann_whitney": mann_whitney(u, v),
        "mean_difference": mean_difference(x, y),
        "shift": float(numpy.median([a - b for a in u for b in v])) * unit,
        "superiority": share,
        "superiority_newcombe": [[c, newcombe(share, len(u), len(v), c)] for c in CONFIDENCES],
        "brunner_munzel": brunner_munzel(u, v, share),
        "welch": welch([a - shift for a in u], [b - shift for b in v], unit, lambda e: e * unit),
        "welch_logs": welch(*logs, 1.0, math.exp) if positive and max(u) < 1e6 else None,
        "equivalence_welch": [[low * unit, high * unit, tost(low, high)] for low, high in margins],
    }


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
        "versions": {"python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__},
        "paired": [paired(name, values) for name, values in PAIRED.items()],
        "two": [two(name, x, y) for name, (x, y) in TWO.items()],
        "t_tails": [
            [t, df, float(stats.t.sf(t, df))]
            for t in (-9.0, -1.0, 0.0, 0.3, 1.0, 2.5, 7.0, 12.0)
            for df in (0.3, 1.0, 1.5, 2.0, 4.0, 29.0, 400.5, 9999.0, 1.2e4, 1e6, 1e9)
        ]
        + [[t, df, float(stats.t.sf(t, df))] for t in (1e3, 1e9) for df in (1.0, 3.0, 7.5)],
    }
    path = pathlib.Path(__file__).with_name("location_scipy.json")
    path.write_text(json.dumps(as_text(golden), indent=1) + "\n")


if __name__ == "__main__":
    main()

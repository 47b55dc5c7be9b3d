#!/usr/bin/env python3
"""Writes several_scipy.json: what SciPy, statsmodels and scikit-posthocs say, for tests/several.rs.

    pip install scipy numpy statsmodels scikit-posthocs mpmath && python stats/tests/golden/several.py

Needs nothing of the project and reads nothing; the versions
used are in the file. several.R reads the cases from it. Where no package has a method (Skillings-Mack, the F forms,
exact p values with ties), its definition is written out here a second time, in another way than in the Rust code:
analysis of variance on ranks, pseudo-inverses, going through all orders. The studentized range is integrated by
Gauss-Legendre panels (checked by mpmath for infinite degrees of freedom), because SciPy's own is only good to
about 1e-9 in absolute terms, and R's less.
"""

import itertools
import json
import math
import pathlib
import platform
from collections import Counter
from fractions import Fraction

import mpmath
import numpy
import pandas
import scikit_posthocs
import scipy
import statsmodels
from scipy import special, stats
from statsmodels.stats import multitest, oneway
from statsmodels.stats.proportion import confint_proportions_2indep

rng = numpy.random.Generator(numpy.random.PCG64(20251210))


def plain(values):
    return [float(v) for v in values]


def rows(array):
    return [plain(row) for row in array]


# ---- blocks

TABLES = {
    "three by three": [[1.0, 2.0, 3.0], [2.0, 1.0, 3.0], [1.0, 3.0, 2.0]],
    "ties": [[1.0, 1.0, 3.0, 2.0], [2.0, 2.0, 2.0, 5.0], [4.0, 1.0, 1.0, 1.0], [3.0, 3.0, 7.0, 8.0]],
    "two treatments": [[1.0, 2.0], [3.0, 5.0], [4.0, 2.0], [7.0, 8.0], [1.0, 1.0]],
    "one block": [[3.0, 1.0, 2.0, 4.0]],
    "a constant block": [[5.0, 5.0, 5.0], [1.0, 2.0, 3.0], [1.0, 3.0, 9.0], [2.0, 1.0, 4.0]],
    "constant": [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]],
    "all alike": [[1.0, 2.0, 3.0, 4.0]] * 3,
    "six by five": rows(rng.lognormal(0, 1, (6, 5)) * [1, 1.5, 1, 3, 1]),
    "twelve by eleven": rows(rng.lognormal(20, 0.2, (12, 11)) * numpy.linspace(1, 1.4, 11)),
    "rounded": rows(numpy.round(rng.normal(0, 1.5, (15, 6)) + numpy.arange(6) * 0.3)),
    "tiny": rows(rng.lognormal(0, 1, (5, 4)) * 1e-300),
    "huge": rows(rng.lognormal(0, 1, (5, 4)) * 1e300),
}


def friedman_f(table):
    """Two-way analysis of variance on exact ranks: F of treatments, and W."""
    ranks = [[Fraction(r) for r in stats.rankdata(row)] for row in table]
    n, k = len(ranks), len(ranks[0])
    middle = Fraction(k + 1, 2)
    means = [sum(row[j] for row in ranks) / n for j in range(k)]
    treatments = n * sum((m - middle) ** 2 for m in means)
    residual = sum((ranks[i][j] - means[j]) ** 2 for i in range(n) for j in range(k))
    whole = treatments + residual
    if whole == 0:
        return None
    chi_square = n * (k - 1) * treatments / whole
    out = {"chi_square": float(chi_square), "p": float(stats.chi2.sf(float(chi_square), k - 1)), "concordance": float(treatments / whole), "f": None}
    if residual and n > 1:
        f = (treatments / (k - 1)) / (residual / ((n - 1) * (k - 1)))
        out["f"] = [float(f), k - 1, (n - 1) * (k - 1), float(stats.f.sf(float(f), k - 1, (n - 1) * (k - 1)))]
    return out


def friedman_exact(table):
    """All orders in all blocks, counted by their rank sums; only for small tables."""
    ranks = [[int(2 * r) for r in stats.rankdata(row)] for row in table]
    if all(len(set(row)) == 1 for row in ranks):
        return None
    if math.factorial(len(ranks[0])) ** (len(ranks) - 1) > 400_000:
        return None
    sums = Counter({(0,) * len(ranks[0]): 1})
    for row in ranks:
        orders = list(itertools.permutations(row))
        after = Counter()
        for before, count in sums.items():
            for order in orders:
                after[tuple(a + b for a, b in zip(before, order))] += count
        sums = after
    size = lambda s: sum(x * x for x in s)
    observed = size([sum(column) for column in zip(*ranks)])
    total = sum(sums.values())
    return float(Fraction(sum(c for s, c in sums.items() if size(s) >= observed), total))


def blocks(name, table):
    k, n = len(table[0]), len(table)
    test = friedman_f(table)
    if test and k > 2:
        theirs = stats.friedmanchisquare(*zip(*table))
        assert math.isclose(theirs.statistic, test["chi_square"], rel_tol=1e-11), name
    entry = {"name": name, "rows": table, "friedman": test, "exact": friedman_exact(table)}
    entry["average_ranks"] = plain(numpy.mean([stats.rankdata(row) for row in table], axis=0))
    p = scikit_posthocs.posthoc_nemenyi_friedman(numpy.array(table)).to_numpy()
    entry["nemenyi"] = [float(p[i, j]) for i, j in itertools.combinations(range(k), 2)]
    q = float(stats.studentized_range.ppf(0.95, k, numpy.inf))
    entry["critical_difference"] = q / math.sqrt(2) * math.sqrt(k * (k + 1) / (6 * n))
    return entry


N = None
INCOMPLETE = {
    # Skillings and Mack (1981), times to assemble a device: T = 15.49.
    "assembly": [
        [3.2, 4.1, 3.8, 4.2], [3.1, 3.9, 3.4, 4.0], [4.3, 3.5, 4.6, 4.8], [3.5, 3.6, 3.9, 4.0],
        [3.6, 4.2, 3.7, 3.9], [4.5, 4.7, 3.7, N], [N, 4.2, 3.4, N], [4.3, 4.6, 4.4, 4.9], [3.5, N, 3.7, 3.9],
    ],
    "complete": TABLES["six by five"],
    "small": [[1.0, 2.0, N], [N, 1.0, 2.0], [1.0, 2.0, 3.0], [4.0, N, 9.0]],
    "ties": [[1.0, 1.0, N, 2.0], [N, 3.0, 3.0, 3.0], [2.0, 5.0, 5.0, N], [7.0, N, 1.0, 1.0]],
    "single cells": [[1.0, N, N], [2.0, 3.0, N], [N, 3.0, 4.0], [N, N, 7.0], [1.0, 2.0, 4.0]],
    "apart": [[1.0, 2.0, N, N], [N, N, 1.0, 2.0]],
    "constant": [[1.0, 1.0, N], [N, 2.0, 2.0]],
    "balanced": [[2.0, 3.0, N, 1.0, N, N, N], [N, 3.0, 1.0, N, 2.0, N, N], [N, N, 2.0, 1.0, N, 3.0, N],
                 [N, N, N, 1.0, 2.0, N, 3.0], [3.0, N, N, N, 1.0, 2.0, N], [N, 3.0, N, N, N, 1.0, 2.0],
                 [3.0, N, 1.0, N, N, N, 2.0]],
    "balanced, ties": [[2.0, 2.0, N], [N, 3.0, 5.0], [1.0, N, 7.0], [2.0, 4.0, N], [N, 5.0, 5.0], [1.0, N, 3.0]],
}


def skillings_mack(table, order=None):
    """A and Σ by their definition, T by the pseudo-inverse."""
    k = len(table[0])
    there = [[j for j in range(k) if row[j] is not None] for row in table]
    kept = [(row, js) for row, js in zip(table, there) if len(js) > 1]
    a, covariance = numpy.zeros(k), numpy.zeros((k, k))
    for at, (row, js) in enumerate(kept):
        ranks = order[at] if order else stats.rankdata([row[j] for j in js])
        for j, r in zip(js, ranks):
            a[j] += math.sqrt(12 / (len(js) + 1)) * (r - (len(js) + 1) / 2)
        for j, l in itertools.combinations(js, 2):
            covariance[j, l] -= 1
            covariance[l, j] -= 1
    covariance -= numpy.diag(covariance.sum(axis=1))
    if numpy.linalg.matrix_rank(covariance) < k - 1 or all(len(set(row[j] for j in js)) == 1 for row, js in kept):
        return None
    return float(a @ numpy.linalg.pinv(covariance) @ a), a, kept


def skillings_mack_exact(table):
    """All orders of what is there; only for small tables."""
    observed, _, kept = skillings_mack(table)
    orders = [list(itertools.permutations(stats.rankdata([row[j] for j in js]))) for row, js in kept]
    if math.prod(len(o) for o in orders) > 3_000:
        return None
    found = [skillings_mack(table, order)[0] for order in itertools.product(*orders)]
    return sum(x >= observed * (1 - 1e-9) for x in found) / len(found)


def durbin(table):
    there = numpy.array([[cell is not None for cell in row] for row in table])
    together = (there[:, :, None] & there[:, None, :]).sum(axis=0)
    off = together[~numpy.eye(len(table[0]), dtype=bool)]
    if len(set(there.sum(axis=1))) > 1 or len(set(there.sum(axis=0))) > 1 or len(set(off)) > 1 or off[0] == 0:
        return None
    b, t = there.shape
    k, r = int(there[0].sum()), int(there[:, 0].sum())
    ranks = numpy.zeros((b, t))
    for i in range(b):
        ranks[i, there[i]] = stats.rankdata([c for c in table[i] if c is not None])
    a, c = (ranks**2).sum(), b * k * (k + 1) ** 2 / 4
    if a == c:
        return None
    t1 = (t - 1) * ((ranks.sum(axis=0) ** 2).sum() - r * c) / (a - c)
    below = b * k - b - t + 1
    t2 = (t1 / (t - 1)) / ((b * (k - 1) - t1) / below) if below > 0 and b * (k - 1) - t1 > 1e-9 else None
    long = [(i, j, table[i][j]) for i in range(b) for j in range(t) if there[i, j]]
    frame = pandas.DataFrame(long, columns=["block", "treatment", "y"])
    p, statistic, _ = scikit_posthocs.test_durbin(
        frame, y_col="y", group_col="treatment", block_col="block", block_id_col="block", melted=True)
    assert math.isclose(statistic, t1, rel_tol=1e-11)
    return {"chi_square": float(t1), "p": float(p),
            "f": t2 and [float(t2), t - 1, below, float(stats.f.sf(t2, t - 1, below))]}


def incomplete(name, table):
    test = skillings_mack(table)
    entry = {"name": name, "rows": table, "skillings_mack": None, "exact": None, "durbin": durbin(table)}
    if test:
        k = len(table[0])
        entry["skillings_mack"] = [test[0], k - 1, float(stats.chi2.sf(test[0], k - 1))]
        entry["sums"] = plain(test[1])
        entry["exact"] = skillings_mack_exact(table)
    if name == "assembly":
        assert abs(test[0] - 15.493) < 1e-3, test
    return entry


# ---- independent groups

GROUPS = {
    "two and two": [[1.0, 2.0], [3.0, 4.0]],
    "small": [[1.0, 2.5, 4.0], [3.0, 5.5], [2.0, 9.0, 8.0]],
    "ties": [[1.0, 1.0, 2.0], [2.0, 2.0, 3.0], [3.0, 3.0, 3.0, 1.0]],
    "constant": [[2.0, 2.0], [2.0, 2.0, 2.0]],
    "single values": [[1.0], [2.0, 3.0], [5.0, 4.0]],
    "one without spread": [[1.0, 1.0, 1.0], [2.0, 3.0, 4.0], [5.0, 4.0, 7.0]],
    "five": [plain(rng.normal(m, s, n)) for m, s, n in ((0, 1, 8), (0.5, 2, 12), (1, 1, 9), (0, 5, 20), (2, 0.5, 6))],
    "rounded": [plain(numpy.round(rng.normal(m, 2, 25))) for m in (0, 1, 1, 2)],
    "far": [plain(rng.normal(m, 0.1, 10)) for m in (0, 1, 2)],
    "offset": [plain(1e9 + rng.normal(m, 1, 7)) for m in (0, 1, 2)],
    "huge": [plain(rng.lognormal(m, 0.3, 7) * 1e150) for m in (0, 0.3, 0.1)],
    "tiny": [plain(rng.lognormal(m, 0.3, 7) * 1e-150) for m in (0, 0.3, 0.1)],
}


def kruskal_exact(groups):
    sizes = [len(g) for g in groups]
    ranks = [Fraction(r) for r in stats.rankdata([x for g in groups for x in g])]
    count = math.factorial(len(ranks)) // math.prod(math.factorial(s) for s in sizes)
    if len(set(ranks)) == 1 or count > 20_000:
        return None

    def deals(rest, left):
        if not left:
            yield Fraction(0)
            return
        for chosen in itertools.combinations(sorted(rest), left[0]):
            own = sum(ranks[i] for i in chosen) ** 2 / left[0]
            for others in deals(rest - set(chosen), left[1:]):
                yield own + others

    at, observed = 0, Fraction(0)
    for s in sizes:
        observed += sum(ranks[at : at + s]) ** 2 / s
        at += s
    found = list(deals(set(range(len(ranks))), sizes))
    return sum(x >= observed for x in found) / len(found)


def welch(exact):
    """In rational arithmetic up to the distribution, which matters for the offset and the extremes."""
    mean = [sum(g) / len(g) for g in exact]
    if any(len(g) < 2 for g in exact):
        return None
    variance = [sum((x - m) ** 2 for x in g) / (len(g) - 1) for g, m in zip(exact, mean)]
    if 0 in variance:
        return None
    w = [len(g) / v for g, v in zip(exact, variance)]
    k, total = len(exact), sum(w)
    centre = sum(a * b for a, b in zip(w, mean)) / total
    spread = sum((1 - a / total) ** 2 / (len(g) - 1) for a, g in zip(w, exact))
    f = sum(a * (m - centre) ** 2 for a, m in zip(w, mean)) / (k - 1) / (1 + Fraction(2 * (k - 2), k * k - 1) * spread)
    below = Fraction(k * k - 1) / (3 * spread)
    return [float(f), k - 1, float(below), float(stats.f.sf(float(f), k - 1, float(below)))]


def games_howell(exact):
    out = []
    for a, b in itertools.combinations(exact, 2):
        if min(len(a), len(b)) < 2:
            out.append(None)
            continue
        ma, mb = sum(a) / len(a), sum(b) / len(b)
        va = sum((x - ma) ** 2 for x in a) / (len(a) - 1) / len(a)
        vb = sum((x - mb) ** 2 for x in b) / (len(b) - 1) / len(b)
        if va + vb == 0:
            out.append(None)
            continue
        degrees = float((va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1)))
        q = math.sqrt(float(2 * (ma - mb) ** 2 / (va + vb)))
        out.append([float(ma - mb), degrees, q, studentized(q, len(exact), degrees)])
    return out


def groups(name, samples):
    pooled = [x for g in samples for x in g]
    entry = {"name": name, "groups": samples, "kruskal": None, "dunn": None, "exact": kruskal_exact(samples)}
    if len(set(pooled)) > 1:
        h = stats.kruskal(*samples)
        entry["kruskal"] = [float(h.statistic), len(samples) - 1, float(h.pvalue)]
        p = scikit_posthocs.posthoc_dunn(samples, p_adjust=None).to_numpy()
        entry["dunn"] = [float(p[i, j]) for i, j in itertools.combinations(range(len(samples)), 2)]
    exact = [[Fraction(x) for x in g] for g in samples]
    entry["welch"] = welch(exact)
    if entry["welch"] and name not in ("offset", "huge", "tiny"):
        theirs = oneway.anova_oneway(samples, use_var="unequal", welch_correction=True)
        assert math.isclose(theirs.statistic, entry["welch"][0], rel_tol=1e-9)
        assert math.isclose(theirs.pvalue, entry["welch"][3], rel_tol=1e-8)
    entry["games_howell"] = games_howell(exact)
    return entry


# ---- the studentized range

NODES, WEIGHTS = numpy.polynomial.legendre.leggauss(20)


def panels(low, high, count):
    edges = numpy.linspace(low, high, count + 1)
    half = (edges[1] - edges[0]) / 2
    x = (edges[:-1, None] + half + half * NODES).ravel()
    return x, numpy.tile(half * WEIGHTS, count)


def range_tail(w, k):
    """P(range > w) for an array of w."""
    offset, weight = panels(-9.5, 9.5, 16)
    z = w[:, None] / 2 + offset
    below, beyond = special.ndtr(z), special.ndtr(z - w[:, None])
    with numpy.errstate(all="ignore"):
        term = -numpy.exp(-z * z / 2) * below ** (k - 1) * numpy.expm1((k - 1) * numpy.log1p(-numpy.minimum(beyond / below, 1)))
    return k / math.sqrt(2 * math.pi) * (numpy.where(below > 0, term, 0) @ weight)


def studentized(q, k, degrees):
    if q == 0:
        return 1.0
    if math.isinf(degrees):
        return float(range_tail(numpy.array([q]), k)[0])
    width = 1 / math.sqrt(2 * degrees)
    low = max(-45 / degrees - math.log(max(q, 1)) - 1, -60 * width if degrees > 200 else -math.inf)
    t, weight = panels(low, min(3, 14 * width), 60 if k < 50 else 240)
    with mpmath.workdps(40):
        v = mpmath.mpf(degrees) / 2
        constant = float(mpmath.log(2) + v * mpmath.log(v) - mpmath.loggamma(v) - v)
    x = 2 * t
    excess = numpy.where(abs(x) < 1e-3, x * x / 2 + x**3 / 6 + x**4 / 24 + x**5 / 120, numpy.expm1(x) - x)
    return float((numpy.exp(constant - degrees / 2 * excess) * range_tail(q * numpy.exp(t), k)) @ weight)


def studentized_ranges():
    out = []
    for k in (2, 3, 11, 50, 300):
        for degrees in (1, 1.5, 4, 7.3, 20, 120, 1e6, math.inf):
            for q in (0.01, 0.5, 2, 3.5, 8, 20, 100):
                value = studentized(q, k, degrees)
                if math.isinf(degrees) and q < 50 and k in (2, 11, 300):
                    with mpmath.workdps(65):
                        beyond = lambda z: mpmath.npdf(z) * (mpmath.ncdf(z) ** (k - 1) - (mpmath.ncdf(z) - mpmath.ncdf(z - q)) ** (k - 1))
                        cuts = [q / 2 + d for d in range(-10, 11, 2)]
                        reference = float(k * mpmath.quad(beyond, cuts))
                    assert math.isclose(value, reference, rel_tol=1e-11), (q, k, value, reference)
                # SciPy's takes seconds for some arguments.
                is_asked = k in (3, 11) and degrees in (4, 20, math.inf) and q in (2, 3.5, 8)
                theirs = float(stats.studentized_range.sf(q, k, degrees)) if is_asked else None
                assert value == value
                out.append([q, k, "inf" if math.isinf(degrees) else degrees, value, theirs])
    return out


def studentized_quantiles():
    return [
        [c, k, "inf" if math.isinf(d) else d, float(stats.studentized_range.ppf(c, k, d))]
        for c in (0.5, 0.95, 0.99) for k in (3, 7) for d in (5.5, 30, math.inf)
    ]


# ---- adjustment, shares, correlation, durations, letters

FAMILIES = [
    [0.01, 0.02, 0.03, 0.04, 0.05], [0.5], [1.0, 1.0, 0.2], [0.0, 1e-300, 0.3], [0.04, 0.04, 0.04],
    plain(rng.uniform(0, 1, 55) ** 3), plain(numpy.round(rng.uniform(0, 1, 28), 1)),
]


def adjusted(family):
    return {
        "p": family,
        "holm": plain(multitest.multipletests(family, method="holm")[1]),
        "bh": plain(multitest.multipletests(family, method="fdr_bh")[1]),
    }


def proportions(a, m, b, n):
    low, high = confint_proportions_2indep(a, m, b, n, method="newcomb", compare="diff", alpha=0.05)
    p = float(stats.fisher_exact([[a, m - a], [b, n - b]])[1])
    return {"counts": [a, m, b, n], "fisher": p, "difference": a / m - b / n, "newcombe": [float(low), float(high)]}


PAIRED = {
    "five": ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]),
    "ties": ([1.0, 1.0, 2.0, 3.0, 3.0, 4.0], [2.0, 1.0, 1.0, 3.0, 5.0, 5.0]),
    "two": ([1.0, 2.0], [4.0, 3.0]),
    "constant": ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
    "eight": (plain(rng.normal(0, 1, 8)), plain(rng.normal(0, 1, 8))),
    "twenty": (plain(rng.normal(0, 1, 20)), plain(rng.normal(0, 1, 20))),
    "tiny and huge": (plain(rng.lognormal(0, 1, 7) * 1e-300), plain(rng.lognormal(0, 1, 7) * 1e300)),
}
_x = rng.normal(0, 1, 150)
PAIRED["many"] = (plain(_x), plain(_x * 0.3 + rng.normal(0, 1, 150)))
PAIRED["many, ties"] = (plain(numpy.round(_x * 2)), plain(numpy.round(_x * 0.2 + rng.normal(0, 1, 150))))


def through_all(x, y, statistic):
    """Two-sided p over all orders of y."""
    if len(x) > 8:
        return None
    observed = abs(statistic(x, y))
    found = [abs(statistic(x, order)) for order in itertools.permutations(y)]
    return sum(f >= observed - 1e-12 for f in found) / len(found)


def balance(x, y):
    sign = lambda v: (v > 0) - (v < 0)
    return sum(sign(x[i] - x[j]) * sign(y[i] - y[j]) for i, j in itertools.combinations(range(len(x)), 2))


def correlation(name, x, y):
    entry = {"name": name, "x": x, "y": y, "spearman": None, "kendall": None}
    if min(len(set(x)), len(set(y))) == 1:
        return entry
    rx, ry = plain(stats.rankdata(x)), plain(stats.rankdata(y))
    middle = (len(x) + 1) / 2
    product = lambda a, b: sum((u - middle) * (v - middle) for u, v in zip(a, b))
    z = float(stats.norm.ppf(0.975))

    def interval(r, variance):
        if variance is None or abs(r) >= 1 - 1e-12:
            return None
        return [math.tanh(math.atanh(r) - z * math.sqrt(variance)), math.tanh(math.atanh(r) + z * math.sqrt(variance))]

    n = len(x)
    with numpy.errstate(all="ignore"):
        rho, tau = stats.spearmanr(x, y), stats.kendalltau(x, y, method="asymptotic" if n > 2 else "exact")
    entry["spearman"] = {
        "value": float(rho.statistic), "limit": float(rho.pvalue) if n > 2 else None, "exact": through_all(rx, ry, product),
        "interval": interval(float(rho.statistic), (1 + rho.statistic**2 / 2) / (n - 3) if n > 3 else None),
    }
    entry["kendall"] = {
        "value": float(tau.statistic), "limit": float(tau.pvalue) if n > 2 else None, "exact": through_all(rx, ry, balance),
        "interval": interval(float(tau.statistic), 0.437 / (n - 4) if n > 4 else None),
    }
    return entry


def durations():
    """Cases for several.R."""
    def make(spec, limit):
        times = [numpy.round(rng.exponential(mean, n), 2) + 0.01 for mean, n in spec]
        return [[[float(min(t, limit)), bool(t < limit)] for t in group] for group in times]

    return [
        [[[1.0, True], [3.0, True], [4.0, False]], [[2.0, True], [5.0, True], [6.0, True]]],
        [[[1.0, True], [1.0, True], [2.0, True]], [[1.0, True], [2.0, False], [2.0, True]]],
        make([(1, 20), (2, 25)], 2.0), make([(1, 15), (1.3, 10), (3, 30)], 4.0), make([(0.2, 60), (0.2, 50), (0.25, 40), (0.2, 9)], 0.7),
    ]


def graphs():
    """Cases for several.R: numbers of items with pairs that differ."""
    out = [[3, []], [3, [[0, 2]]], [2, [[0, 1]]], [5, [[0, 3], [0, 4], [1, 4]]]]
    for n, share in ((5, 0.4), (6, 0.5), (8, 0.3), (8, 0.7), (11, 0.6)):
        out.append([n, [list(p) for p in itertools.combinations(range(n), 2) if rng.uniform() < share]])
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
            "python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__, "scikit-posthocs": scikit_posthocs.__version__,
            "mpmath": mpmath.__version__,
        },
        "blocks": [blocks(name, table) for name, table in TABLES.items()],
        "incomplete": [incomplete(name, table) for name, table in INCOMPLETE.items()],
        "groups": [groups(name, samples) for name, samples in GROUPS.items()],
        "studentized_range": studentized_ranges(),
        "studentized_quantiles": studentized_quantiles(),
        "families": [adjusted(family) for family in FAMILIES],
        "proportions": [proportions(*c) for c in (
            (3, 3, 0, 3), (5, 10, 5, 10), (0, 7, 0, 9), (7, 7, 9, 9), (1, 27, 9, 30), (26, 27, 12, 30), (400, 1000, 460, 1000),
            (1, 1, 0, 1), (999, 1000, 990, 1000), (2, 100000, 19, 100000), (50000, 100000, 49000, 100000))],
        "correlations": [correlation(name, x, y) for name, (x, y) in PAIRED.items()],
        "durations": durations(),
        "graphs": graphs(),
    }
    path = pathlib.Path(__file__).with_name("several_scipy.json")
    path.write_text(json.dumps(as_text(golden), separators=(",", ":")).replace('},{"name"', '},\n{"name"') + "\n")


if __name__ == "__main__":
    main()

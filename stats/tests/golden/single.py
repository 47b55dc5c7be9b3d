#!/usr/bin/env python3
"""Writes single.json: what SciPy and NumPy say, for tests/single.rs.

    pip install scipy numpy && python stats/tests/golden/single.py

Needs nothing of the project and reads nothing; the versions used are in the file. Where SciPy has no
function for a method (MSER-5, lag-1, restricted mean), the definition is written out here a second time,
in another way than in the Rust code (no running updates, exact fractions where possible).
"""

import json
import math
import pathlib
import platform
from fractions import Fraction

import numpy
import scipy
from scipy import stats

rng = numpy.random.Generator(numpy.random.PCG64(20251209))


def plain(values):
    return [float(v) for v in values]


SAMPLES = {
    "one": [42.5],
    "two": [1.0, 2.0],
    "three links": [921.4e6, 934.1e6, 811.9e6],
    "ties": [1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 8.0],
    "constant": [0.1] * 9,
    "six": [5.2, 4.8, 5.9, 5.1, 4.4, 7.0],
    "eight": plain(rng.lognormal(3, 1, 8)),
    "nine": plain(rng.normal(0, 1, 9)),
    "thirty": plain(rng.lognormal(20, 0.3, 30)),
    "odd 101": plain(rng.exponential(1, 101)),
    "thousand": plain(rng.gamma(2, 3e-3, 1000)),
    "large n": plain(rng.lognormal(0, 2, 2500)),
    "tiny": plain(rng.lognormal(0, 1, 12) * 1e-290),
    "huge": plain(rng.lognormal(0, 0.5, 12) * 1e290),
    "offset": plain(1e12 + rng.normal(0, 1e-2, 25)),
    "mixed signs": [-3.0, 4.0, -1e-9, 1e9, 7.0, -2.5, 11.0],
}
QUANTILES = [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0]
CONFIDENCES = [0.5, 0.9, 0.95, 0.99, 0.999]


def exact_moments(values):
    """Mean and standard deviation in rational arithmetic, rounded at the very end."""
    exact = [Fraction(v) for v in values]
    mean = sum(exact) / len(exact)
    if len(exact) == 1:
        return float(mean), None
    variance = sum((v - mean) ** 2 for v in exact) / (len(exact) - 1)
    # A square root of a fraction whose double may under- or overflow.
    shift = 0
    scaled = variance
    if variance:
        shift = (variance.numerator.bit_length() - variance.denominator.bit_length()) // 2
        scaled = variance / Fraction(4) ** shift
    return float(mean), math.ldexp(math.sqrt(float(scaled)), shift)


def t_interval(values, mean, deviation, confidence):
    if deviation is None:
        return None
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * (deviation / math.sqrt(len(values)))
    return [float(mean - half), float(mean + half)]


def order_statistic(values, confidence):
    """Through SciPy's quantile test, whose two-sided interval for p = 1/2 is the symmetric pair."""
    n = len(values)
    best = None
    for rank in range(1, n // 2 + 1):
        coverage = 1 - 2 * float(stats.binom.cdf(rank - 1, n, 0.5))
        if coverage < confidence:
            break
        best = {"rank": rank, "coverage": coverage}
    if best is None:
        return None
    ordered = sorted(values)
    best["interval"] = [ordered[best["rank"] - 1], ordered[n - best["rank"]]]
    if best["coverage"] > confidence:  # SciPy is strict where the coverage is exactly what was asked
        theirs = stats.quantile_test(values, q=0, p=0.5).confidence_interval(confidence)
        assert [theirs.low, theirs.high] == best["interval"], (n, confidence, theirs, best)
    return best


def lag1(values):
    if len(values) < 4 or min(values) == max(values):
        return None
    mean = sum(Fraction(v) for v in values) / len(values)
    d = [Fraction(v) - mean for v in values]
    return float(sum(a * b for a, b in zip(d, d[1:])) / sum(a * a for a in d))


def mser5(values):
    k = len(values) // 5
    if k < 4:
        return None
    batches = [sum(Fraction(v) for v in values[5 * i : 5 * i + 5]) / 5 for i in range(k)]

    def error(cut):
        rest = batches[cut:]
        mean = sum(rest) / len(rest)
        return sum((y - mean) ** 2 for y in rest) / len(rest) ** 2

    return 5 * min(range(k // 2 + 1), key=lambda cut: (error(cut), cut))


def describe(name, values):
    mean, deviation = exact_moments(values)
    positive = min(values) > 0
    entry = {
        "name": name,
        "values": values,
        "sum": math.fsum(values),
        "mean": mean,
        "standard_deviation": deviation,
        "geometric_mean": float(stats.gmean(values)) if positive else None,
        "quantiles": [[q, float(numpy.quantile(values, q, method="linear"))] for q in QUANTILES],
        "lag1": lag1(values),
        "mser5": mser5(values),
        "mean_t": [[c, t_interval(values, mean, deviation, c)] for c in CONFIDENCES],
        "order_statistic": [[c, order_statistic(values, c)] for c in CONFIDENCES],
        "geometric_mean_t": None,
    }
    if positive:
        logs = [math.log(v) for v in values]
        log_mean, log_deviation = exact_moments(logs)
        ends = [(c, t_interval(logs, log_mean, log_deviation, c)) for c in CONFIDENCES]
        entry["geometric_mean_t"] = [[c, e and [math.exp(e[0]), math.exp(e[1])]] for c, e in ends]
    return entry


def series():
    """Series in time, for the autocorrelation and MSER-5."""
    out = {}
    for r in (0.0, 0.3, 0.75, -0.5):
        noise = rng.normal(0, 1, 200)
        x = [0.0]
        for e in noise:
            x.append(r * x[-1] + e)
        out[f"ar1 {r}"] = plain(x)
    out["slow start"] = plain(9e8 * (1 - numpy.exp(-numpy.arange(60) / 6)) + rng.normal(0, 5e6, 60))
    out["drift"] = plain(numpy.arange(47) * 0.5 + rng.normal(0, 1, 47))
    out["step late"] = plain(numpy.where(numpy.arange(60) < 50, 1.0, 5.0) + rng.normal(0, 0.01, 60))
    return out


def kaplan_meier(times, ended):
    data = stats.CensoredData(
        uncensored=[t for t, e in zip(times, ended) if e], right=[t for t, e in zip(times, ended) if not e]
    )
    curve = stats.ecdf(data).sf
    events = sorted({t for t, e in zip(times, ended) if e})
    survival = [float(curve.evaluate(t)) for t in events]
    below = [t for t, s in zip(events, survival) if s <= 0.5 + 1e-12]
    # Restricted mean: product limit in fractions, area in fractions.
    limit = max(times)
    exact, area, start = Fraction(1), Fraction(0), Fraction(0)
    for t in events:
        area += exact * (Fraction(t) - start)
        start = Fraction(t)
        at_risk = sum(u >= t for u in times)
        exact *= 1 - Fraction(sum(u == t and e for u, e in zip(times, ended)), at_risk)
    area += exact * (Fraction(limit) - start)
    return {
        "times": times,
        "ended": ended,
        "events": events,
        "survival": survival,
        "median": below[0] if below else None,
        "restricted_mean": [limit, float(area)],
    }


def survival_cases():
    cases = [
        ([8.4, 8.6, 233.0], [True, True, False]),
        ([10.0, 233.0, 233.0], [True, False, False]),
        ([3.0, 3.0, 3.0, 5.0, 5.0], [True, False, True, True, False]),
        ([7.5], [True]),
        ([1.0, 2.0, 3.0, 4.0], [True, True, True, True]),
    ]
    for n, limit in ((20, 1.0), (60, 2.5)):
        true = numpy.round(rng.exponential(1.5, n), 2) + 0.01
        cases.append((plain(numpy.minimum(true, limit)), [bool(t < limit) for t in true]))
    return [kaplan_meier(t, e) for t, e in cases]


def shares():
    out = []
    for k, n in [(0, 1), (1, 1), (0, 3), (2, 3), (3, 3), (5, 10), (1, 27), (26, 27), (500, 1000), (3, 100000), (99999, 100000)]:
        for c in CONFIDENCES:
            test = stats.binomtest(k, n)
            wilson = test.proportion_ci(c, method="wilson")
            # binomtest's exact interval is only solved to about 1e-12 absolute: the beta quantile itself.
            tail = (1 - c) / 2
            low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
            high = 1.0 if k == n else float(stats.beta.isf(tail, k + 1, n - k))
            out.append({"k": k, "n": n, "confidence": c, "wilson": [wilson.low, wilson.high], "exact": [low, high]})
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
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
        },
        "samples": [describe(name, values) for name, values in SAMPLES.items()],
        "series": [{"name": n, "values": v, "lag1": lag1(v), "mser5": mser5(v)} for n, v in series().items()],
        "t_quantiles": [
            [p, df, float(stats.t.ppf(p, df))]
            for p in (1e-6, 0.001, 0.025, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995, 0.999999)
            for df in (0.3, 1, 1.5, 2, 3, 4, 5, 7.7, 14, 29, 100, 2499, 2e4, 3e4, 1e6, 1e9)
        ],
        "survival": survival_cases(),
        "shares": shares(),
    }
    path = pathlib.Path(__file__).with_name("single.json")
    path.write_text(json.dumps(as_text(golden), indent=1) + "\n")


if __name__ == "__main__":
    main()

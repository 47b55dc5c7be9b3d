#!/usr/bin/env python3
"""Writes plan.json: powers and widths that tests/plan.rs checks against.

    pip install scipy numpy statsmodels && python analysis/tests/golden/plan.py

Needs nothing of the project and reads nothing; the versions used are in the file.
"""

import json
import math
import pathlib
import platform

import numpy
import scipy
import statsmodels
from scipy import integrate, stats
from statsmodels.stats.power import TTestPower

rng = numpy.random.Generator(numpy.random.PCG64(20261124))
SIMULATED = 4000


def half_width(n, confidence):
    """Expected upper end of the interval of the median of n standard normal values."""
    rank = max(r for r in range(1, n // 2 + 1) if 1 - 2 * stats.binom.cdf(r - 1, n, 0.5) >= confidence)
    law = stats.beta(n + 1 - rank, rank)
    value, _ = integrate.quad(lambda u: stats.norm.ppf(u) * law.pdf(u), 0, 1, limit=500, epsabs=1e-12, epsrel=1e-12)
    return [n, confidence, value]


def sign_flip_power(n, effect, level):
    """Share of samples whose exact two-sided sign-flip p is at most the level, all 2^(n-1) signs written out."""
    signs = numpy.array([[1 if i >> j & 1 else -1 for j in range(n)] for i in range(2 ** (n - 1))], float)
    found = 0
    for _ in range(SIMULATED // 500):
        x = rng.normal(effect, 1, (500, n))
        sums = numpy.abs(x @ signs.T)
        found += int(((sums >= numpy.abs(x.sum(1))[:, None] * (1 - 1e-12)).mean(1) <= level).sum())
    return [n, effect, level, found / SIMULATED]


def equivalence_power(n, low, high, level):
    """The same for two one-sided exact signed-rank tests; `low` and `high` are distances to the margin's ends."""
    found = 0
    for x in rng.normal(0, 1, (SIMULATED, n)):
        a = stats.wilcoxon(x + low, alternative="greater", method="exact").pvalue
        b = stats.wilcoxon(high - x, alternative="greater", method="exact").pvalue
        found += max(a, b) <= level
    return [n, low, high, level, found / SIMULATED]


def main():
    effects = (0.5, 0.8, 1.2, 1.6, 2.2, 3.0)
    golden = {
        "versions": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__,
        },
        "simulated": SIMULATED,
        "half_widths": [half_width(n, c) for n in (6, 8, 10, 12, 16, 20, 30, 100, 1000) for c in (0.9, 0.95)],
        "deviation_factors": [
            [n, c, math.sqrt((n - 1) / stats.chi2.ppf((1 + c) / 2, n - 1)), math.sqrt((n - 1) / stats.chi2.ppf((1 - c) / 2, n - 1))]
            for n in (2, 3, 6, 12, 30)
            for c in (0.8, 0.95)
        ],
        "t_powers": [
            [n, e, a, float(TTestPower().power(e, n, a, alternative="two-sided"))]
            for n in (20, 30)
            for e in (0.3, 0.5, 0.8)
            for a in (0.05, 0.05 / 10)
        ],
        "sign_flip_powers": [
            sign_flip_power(n, e, a)
            for n, a in ((6, 0.05), (8, 0.05), (8, 0.016), (10, 0.005), (12, 0.0012), (12, 0.005), (12, 0.05))
            for e in effects
        ],
        "equivalence_powers": [
            equivalence_power(n, low, high, a)
            for n, a in ((6, 0.05), (8, 0.05), (8, 0.005), (12, 0.005), (16, 0.05))
            for low, high in ((1.0, 1.0), (1.5, 1.5), (2.5, 2.5), (1.0, 3.0), (2.0, 4.0))
        ],
    }
    path = pathlib.Path(__file__).with_name("plan.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()

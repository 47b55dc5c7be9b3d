#!/usr/bin/env python3
"""Writes dependent.json: the posterior of the mean of an autoregressive series, for tests/dependent.rs.

    pip install numpy scipy && python stats/tests/golden/dependent.py

Needs nothing of the project and reads nothing; the versions used are in the file. Correlation matrices are inverted as
matrices, and integrals over the correlation are SciPy's adaptive ones, so neither has anything in common with what is
tested.
"""

import json
import pathlib
import platform
from importlib.metadata import version

import numpy
from scipy import integrate, linalg, optimize, stats

MOST = 0.9
CONFIDENCES = [0.5, 0.9, 0.95, 0.99]
rng = numpy.random.Generator(numpy.random.PCG64(20251209))


def series(n, rho, scale=1.0, centre=0.0):
    values = [rng.normal() / numpy.sqrt(1 - rho**2)]
    for _ in range(n - 1):
        values.append(rho * values[-1] + rng.normal())
    return [float(centre + scale * v) for v in values]


def given(values, rho):
    """Log likelihood with mean and spread integrated out, and Student's t of the mean."""
    n = len(values)
    v = linalg.toeplitz(rho ** numpy.arange(n))
    inverse = linalg.inv(v)
    one = numpy.ones(n)
    information = one @ inverse @ one
    centre = (one @ inverse @ values) / information
    rest = (values - centre) @ inverse @ (values - centre)
    log = -0.5 * numpy.linalg.slogdet(v)[1]
    log += -0.5 * numpy.log(information) - (n - 1) / 2 * numpy.log(rest)
    return log, stats.t(n - 1, centre, numpy.sqrt(rest / (n - 1) / information))


def integral(function):
    return integrate.quad(function, 0, MOST, epsabs=0, epsrel=1e-12, limit=400)[0]


def case(name, values):
    values = numpy.array(values)
    # Where the likelihood is largest, so that no exponential overflows.
    most = max(given(values, rho)[0] for rho in numpy.linspace(0, MOST, 91))
    total = integral(lambda rho: numpy.exp(given(values, rho)[0] - most))

    def over(function):
        def weighted(rho):
            log, student = given(values, rho)
            return numpy.exp(log - most) * function(rho, student)

        return integral(weighted) / total

    mean, spread = values.mean(), values.std(ddof=1)

    def quantile(p):
        wide = 5 * stats.t.isf(min(p, 1 - p), len(values) - 1) * spread + spread
        off = lambda x: over(lambda _, student: student.cdf(x)) - p
        return float(optimize.brentq(off, mean - wide, mean + wide, xtol=1e-14 * wide, rtol=1e-14))

    points = [float(mean + k * spread) for k in (-2.0, -0.3, 0.0, 0.7, 4.0)]
    return {
        "name": name,
        "values": [float(v) for v in values],
        "correlation": over(lambda rho, _: rho),
        "intervals": [[c, quantile((1 - c) / 2), quantile((1 + c) / 2)] for c in CONFIDENCES],
        "above": [[x, over(lambda _, student: student.sf(x))] for x in points],
    }


cases = [
    case("two", [1.0, 2.0]),
    case("three", [1.0, 5.0, 2.0]),
    case("a wave", [5.0, 5.2, 5.9, 6.4, 6.1, 5.8, 5.1, 4.9, 5.0, 5.5]),
    case("ties", [1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 3.0, 3.0]),
    case("a trend", [1.0, 2.0, 3.0, 4.0, 5.0, 6.5]),
    case("far from zero", series(8, 0.4, 1e3, 1e9)),
] + [case(f"{n} values, {rho}", series(n, rho)) for n in (6, 12, 40, 60) for rho in (0.0, 0.5, 0.8)]
golden = {
    "versions": {name: version(name) for name in ("numpy", "scipy")} | {"python": platform.python_version()},
    "cases": cases,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")

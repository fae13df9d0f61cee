"""Writes gaps.json: softmax eigenvalue gaps of group matrices in 120-digit decimals (python3, no packages).

For a group with the given orders and an even symbol zeta of float64 numbers: the margin
zeta_0 - log sum_{m != 0} exp(zeta_m), and for each character c the numbers
1 - qhat_c = sum_{m != 0} q_m (1 - cos(angle of chi_c(m))), q the softmax over m != 0. Direct sums.
Run: python3 gaps.py
"""
import itertools
import json
import math
import random
from decimal import Decimal as D, getcontext

getcontext().prec = 120
getcontext().Emin = -10**9
getcontext().Emax = 10**9
rng = random.Random(7)


def arctan_inverse(n):
    term = D(1) / n
    total, k = term, 1
    while abs(term) > D(10) ** -125:
        term = -term / (n * n)
        k += 2
        total += term / k
    return total


PI = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))


def versine(j, n):
    """1 - cos(2 pi j / n) = 2 sin^2(pi j / n)."""
    x = PI * min(j % n, n - j % n) / n
    term, total, k = x, x, 1
    while term != 0 and abs(term) > D(10) ** -125:
        term = -term * x * x / ((k + 1) * (k + 2))
        k += 2
        total += term
    return 2 * total * total


def case(name, orders, off_diagonal, own):
    elements = list(itertools.product(*[range(n) for n in orders]))
    index = {g: i for i, g in enumerate(elements)}
    k = len(elements)
    zeta = [0.0] * k
    zeta[0] = own
    for i, g in enumerate(elements):
        j = index[tuple((-a) % n for a, n in zip(g, orders))]
        if 0 < i <= j:
            zeta[i] = zeta[j] = off_diagonal(i)
    m = max(zeta[1:])
    e = [D(0)] + [(D(z) - D(m)).exp() for z in zeta[1:]]
    total = sum(e)
    exponent = math.lcm(*orders)
    table = [versine(j, exponent) for j in range(exponent)]
    gaps = []
    for c in elements:
        s = D(0)
        for i, g in enumerate(elements):
            phase = sum(a * b * (exponent // n) for a, b, n in zip(c, g, orders)) % exponent
            s += e[i] * table[phase]
        gaps.append(float(s / total))
    return {
        "name": name,
        "orders": orders,
        "symbol": zeta,
        "margin": float(D(own) - D(m) - total.ln()),
        "competitorGaps": gaps,
    }


cases = []
for orders in ([2, 2, 2], [5], [10], [2, 5], [3, 4], [2, 2, 2, 2, 2], [137], [2, 3, 25], [7, 2, 11]):
    label = " x ".join(map(str, orders))
    cases.append(case(f"random on {label}", orders, lambda i: rng.gauss(0, 1), 1.5))
    cases.append(case(f"far out on {label}", orders, lambda i: rng.gauss(0, 40), 2500.0))
    # Two competitors take nearly everything: many gaps are tiny.
    cases.append(case(f"hard on {label}", orders, lambda i: 30.0 if i == 1 else rng.gauss(0, 1), 40.0))

with open("gaps.json", "w") as f:
    json.dump({"description": __doc__, "cases": cases}, f, indent=1)
    f.write("\n")

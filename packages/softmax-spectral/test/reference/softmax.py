"""Writes softmax.json: softmax quantities in 420-digit decimal arithmetic (python3, no packages).

Every logit is a float64, converted exactly to decimal; results are rounded once to float64.
Run: python3 softmax.py
"""
import json
import random
from decimal import Decimal as D, getcontext

getcontext().prec = 420
getcontext().Emin = -10**9
getcontext().Emax = 10**9
NEG = float("-inf")
rng = random.Random(20261124)


def to_json(x):
    return "-Infinity" if x == NEG else x


def logits_cases():
    yield "one class", [3.25]
    yield "ties", [1.0, 1.0, 1.0, -2.0, 1.0]
    yield "shift 1e3", [1000.1, 999.7, 1002.3]
    yield "shift -1e3", [-1000.1, -999.7, -1002.3]
    yield "cancelling logSumExp", [-0.6931471805599453, -0.6931471805599453]
    yield "confident", [0.0, -40.0, -41.5]
    yield "very confident", [700.0, -10.0, 3.0]
    yield "underflow", [0.0, -800.0, -745.0, -1e4]
    yield "huge", [1e300, 9.9e299, -1e300]
    yield "tiny", [1e-300, -1e-300, 2e-301]
    yield "masked", [0.3, NEG, -1.2, NEG]
    yield "only one left", [NEG, -5.5, NEG]
    for c in (2, 5, 10, 300):
        for scale in (0.01, 1.0, 30.0):
            yield f"random C={c} scale={scale}", [rng.gauss(0, scale) for _ in range(c)]


def exps(z):
    m = max(z)
    return [D(0) if v == NEG else (D(v) - D(m)).exp() for v in z]


def lse(z):
    return D(max(z)) + sum(exps(z)).ln()


def log_p(z):
    total = sum(exps(z)).ln()
    return [None if v == NEG else D(v) - D(max(z)) - total for v in z]


out = []
for name, z in logits_cases():
    e = exps(z)
    total = sum(e)
    p = [v / total for v in e]
    lp = log_p(z)
    c = len(z)
    # The other logits of the divergence: near (1e-7), and far; shifted by an exact 8.
    near = [NEG if v == NEG else v + 8 + 1e-7 * rng.gauss(0, 1) for v in z]
    far = [NEG if v == NEG else rng.gauss(0, 3) for v in z]

    def kl(q):
        lq = log_p(q)
        return sum((a * (b - d) for a, b, d in zip(p, lp, lq) if b is not None), D(0))

    v = [rng.gauss(0, 1) + 100 for _ in z]
    # The variance is a quadratic form of the softmax of the logits, not of rounded probabilities.
    mean = sum(a * D(b) for a, b in zip(p, v))
    labels = [i for i in range(c) if z[i] != NEG][:3]
    out.append({
        "name": name,
        "logits": [to_json(x) for x in z],
        "logSumExp": float(lse(z)),
        "softmax": [float(x) for x in p],
        "logSoftmax": [to_json(NEG if x is None else float(x)) for x in lp],
        "entropy": float(-sum((a * b for a, b in zip(p, lp) if b is not None), D(0))),
        "labels": labels,
        "losses": [float(-lp[y]) for y in labels],
        "trueClassGradient": [float(-sum((p[j] for j in range(c) if j != y), D(0))) for y in labels],
        "near": [to_json(x) for x in near],
        "klNear": float(kl(near)),
        "far": [to_json(x) for x in far],
        "klFar": float(kl(far)),
        "vector": v,
        "covarianceVector": [float(a * (D(b) - mean)) for a, b in zip(p, v)],
    })

with open("softmax.json", "w") as f:
    json.dump({"description": __doc__, "cases": out}, f, indent=1)
    f.write("\n")

"""The trace of FTRL-proximal in OnlineTests.swift: algorithm 1 of McMahan et al. 2013, written out with Python's floats alone; printed.

Two words, one column each, and an intercept that is not penalised; alpha 0.5, beta 1, lambda1 0.1, lambda2 0.01.
"""
from math import exp, sqrt

ALPHA, BETA, L1, L2 = 0.5, 1.0, 0.1, 0.01
z, n = {"a": 0.0, "b": 0.0, "1": 0.0}, {"a": 0.0, "b": 0.0, "1": 0.0}


def weight(i):
    l1, l2 = (0.0, 0.0) if i == "1" else (L1, L2)
    if abs(z[i]) <= l1:
        return 0.0
    sign = 1.0 if z[i] > 0 else -1.0
    return -(z[i] - sign * l1) / ((BETA + sqrt(n[i])) / ALPHA + l2)


for word, y in (("a", 1), ("a", 0), ("b", 1), ("a", 1), ("b", 1), ("b", 0)):
    active = (word, "1")
    p = 1 / (1 + exp(-sum(weight(i) for i in active)))
    print(word, y, repr(p))
    for i, w in [(i, weight(i)) for i in active]:
        g = p - y
        sigma = (sqrt(n[i] + g * g) - sqrt(n[i])) / ALPHA
        z[i] += g - sigma * w
        n[i] += g * g
print({i: weight(i) for i in z})

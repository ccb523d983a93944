"""The interval of the difference of two expected calibration errors on the same rows, by a bootstrap with Poisson weights, row by row.

Needs NumPy only; written with 2.4. Prints the figures of Tests/LearningTests/PairedCalibrationTests.swift."""
import numpy as np

rows = np.arange(2000)
chance = (rows * 37 % 1009 + 0.5) / 1009
targets = ((rows * 7919 % 2003 + 0.5) / 2003 < chance).astype(float)
first = 0.1 + 0.8 * chance
second = chance**1.5


def groups(scores):
    order = np.argsort(scores, kind="stable")
    members = np.empty(len(scores), int)
    last, group, index = -1, -1, 0
    for place, row in enumerate(order):
        if place == 0 or scores[row] != scores[order[place - 1]]:
            if place * 10 // len(scores) != last:
                last = place * 10 // len(scores)
                group += 1
        members[row] = group
    return members


def error(scores, members, weights):
    sums = np.bincount(members, weights * (targets - scores))
    return np.abs(sums).sum() / weights.sum()


a, b = groups(first), groups(second)
ones = np.ones(len(rows))
print("errors", error(first, a, ones), error(second, b, ones))
random = np.random.default_rng(0)
draws = []
for _ in range(4000):
    weights = random.poisson(1, len(rows)).astype(float)
    draws.append(error(second, b, weights) - error(first, a, weights))
draws = np.array(draws)
print("spread", draws.std(), "percentiles about the mean", np.percentile(draws, [2.5, 97.5]) - draws.mean())

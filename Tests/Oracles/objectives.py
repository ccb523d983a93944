"""Losses of LightGBM's trees for counts, amounts, quantiles and the median on rows held out, of tables with at most 100 different values a column.

So few values that every histogram has one bin for each: then both trainers choose among the same cuts. Gradients are quantised here and not there,
so that trees differ in detail; what is compared is the loss on the held-out rows, which each library is given to compute by scikit-learn.
"""
import lightgbm
import numpy as np
import sklearn
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_tweedie_deviance

import common

random = np.random.default_rng(29)
ROWS, TRAIN = 3_000, 1_800
features = np.round(random.random((ROWS, 4)), 2)
exposures = np.round(0.1 + 1.9 * random.random(ROWS), 3)
weights = np.round(random.gamma(2, 0.5, ROWS) + 0.05, 3)
rate = np.exp(0.8 * features[:, 0] + np.where(features[:, 1] > 0.4, 0.7, 0) * np.sin(5 * features[:, 2]) + 0.2)
noise = random.gamma(3, 1 / 3, ROWS)
targets = {
    "counts": random.poisson(rate).astype(float),
    "exposed": random.poisson(rate * exposures).astype(float),
    "amounts": np.round(10 * rate * noise, 3) + 0.001,
    "zeros": np.round(10 * rate * noise * (random.random(ROWS) < 0.6), 3),
    "skewed": np.round(5 * rate + 4 * rate * (random.gamma(2, 0.5, ROWS) - 1), 3),
}
PARAMETERS = {
    "num_leaves": 8, "learning_rate": 0.1, "min_data_in_leaf": 20, "lambda_l2": 1, "min_data_in_bin": 1, "max_bin": 255, "num_threads": 1,
    "deterministic": True, "verbose": -1}
TREES = 40


def train(objective, target, weight=None, offset=None):
    data = lightgbm.Dataset(features[:TRAIN], target[:TRAIN], weight=weight, init_score=offset)
    return lightgbm.train(PARAMETERS | objective, data, num_boost_round=TREES).predict(features[TRAIN:])


def deviance(power):
    return lambda truth, answer, weight=None: float(mean_tweedie_deviance(truth, answer, power=power, sample_weight=weight))


def pinball(level):
    return lambda truth, answer, weight=None: float(mean_pinball_loss(truth, answer, alpha=level, sample_weight=weight))


def absolute(truth, answer, weight=None):
    return float(mean_absolute_error(truth, answer, sample_weight=weight))


CASES = [
    ("poisson", {}, "counts", {"objective": "poisson"}, deviance(1)),
    ("gamma", {}, "amounts", {"objective": "gamma"}, deviance(2)),
    ("tweedie", {"power": "1.3"}, "zeros", {"objective": "tweedie", "tweedie_variance_power": 1.3}, deviance(1.3)),
    ("quantile", {"level": "0.9"}, "skewed", {"objective": "quantile", "alpha": 0.9}, pinball(0.9)),
    ("quantile", {"level": "0.1"}, "skewed", {"objective": "quantile", "alpha": 0.1}, pinball(0.1)),
    ("absolute", {}, "skewed", {"objective": "l1"}, absolute),
]
cases = []
for name, settings, column, objective, loss in CASES:
    for weighted in (False, True):
        own = weights[:TRAIN] if weighted else None
        answer = train(objective, targets[column], own)
        figure = loss(targets[column][TRAIN:], answer, weights[TRAIN:] if weighted else None)
        mean = loss(targets[column][TRAIN:], np.full(ROWS - TRAIN, np.average(targets[column][:TRAIN], weights=own)))
        cases.append({"objective": name, "settings": settings, "target": column, "weighted": weighted, "loss": figure, "meanLoss": mean})
# Exposures: the rate's logarithm is the score, the exposure's an offset that the answer is multiplied with.
start = np.log(targets["exposed"][:TRAIN].sum() / exposures[:TRAIN].sum())
raw = train({"objective": "poisson"}, targets["exposed"], offset=np.log(exposures[:TRAIN]) + start)
answer = raw * np.exp(start) * exposures[TRAIN:]
cases.append({
    "objective": "standard", "settings": {}, "target": "exposed", "weighted": False, "loss": deviance(1)(targets["exposed"][TRAIN:], answer),
    "meanLoss": deviance(1)(targets["exposed"][TRAIN:], np.exp(start) * exposures[TRAIN:])})

# Figures of answers that no library learnt, to judge the judging.
truth, guess = targets["zeros"][:40], np.round(5 + 10 * features[:40, 0], 2)
figures = {
    "targets": truth.tolist(), "scores": guess.tolist(), "weights": weights[:40].tolist(),
    "poissonDeviance": [deviance(1)(truth, guess), deviance(1)(truth, guess, weights[:40])],
    "tweedieDeviance": [deviance(1.3)(truth, guess), deviance(1.3)(truth, guess, weights[:40])],
    "gammaDeviance": [deviance(2)(truth + 1, guess), deviance(2)(truth + 1, guess, weights[:40])],
    "pinball": [pinball(0.9)(truth, guess), pinball(0.9)(truth, guess, weights[:40])],
    "mae": [absolute(truth, guess), absolute(truth, guess, weights[:40])],
}
common.write("objectives.json", {
    "trainRows": TRAIN, "trees": TREES, "leaves": PARAMETERS["num_leaves"], "features": features.tolist(), "exposures": exposures.tolist(),
    "weights": weights.tolist(), "targets": {name: column.tolist() for name, column in targets.items()}, "cases": cases, "figures": figures,
}, lightgbm, np, sklearn)

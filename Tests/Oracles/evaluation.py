"""Metrics of small vectors by scikit-learn and SciPy, DeLong's variances by the definition (not the fast form)."""
import numpy as np
import scipy
import scipy.optimize
import scipy.stats
import sklearn
import sklearn.metrics as metrics

import common

random = np.random.default_rng(7)


def delong_components(scores, targets):
    """V10 and V01 of DeLong, DeLong and Clarke-Pearson 1988: mean of psi over the other class, psi = 1, 1/2 or 0."""
    positive, negative = scores[targets == 1], scores[targets == 0]
    psi = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return psi.mean(axis=1), psi.mean(axis=0)


def covariance(a, b, targets):
    (a10, a01), (b10, b01) = delong_components(a, targets), delong_components(b, targets)
    return np.cov(a10, b10)[0, 1] / len(a10) + np.cov(a01, b01)[0, 1] / len(a01)


def wilson(count, n):
    interval = scipy.stats.binomtest(int(count), int(n)).proportion_ci(0.95, method="wilson")
    return [interval.low, interval.high]


def decisions(scores, targets):
    answers, truths = scores >= 0.5, targets > 0.5
    hits, either = (answers & truths).sum(), (answers | truths).sum()
    recall, specificity = wilson(hits, truths.sum()), wilson((~answers & ~truths).sum(), (~truths).sum())
    balanced = metrics.balanced_accuracy_score(truths, answers)
    r, s = metrics.recall_score(truths, answers), metrics.recall_score(~truths, ~answers)
    ap = metrics.average_precision_score(truths, scores)
    # Score intervals of a share that need not be a whole number of rows, by Brent's method.
    z, n = scipy.stats.norm.ppf(0.975), truths.sum()
    outside = lambda p: (ap - p) ** 2 - z**2 * p * (1 - p) / n
    figures = {
        "balancedAccuracy": [balanced, balanced - np.hypot(r - recall[0], s - specificity[0]) / 2,
                             balanced + np.hypot(recall[1] - r, specificity[1] - s) / 2],
        "precision": [metrics.precision_score(truths, answers), *wilson(hits, answers.sum())],
        "recall": [r, *recall],
        "f1": [metrics.f1_score(truths, answers), *[2 * j / (1 + j) for j in wilson(hits, either)]],
        "averagePrecision": [ap, scipy.optimize.brentq(outside, 0, ap, xtol=1e-15), scipy.optimize.brentq(outside, ap, 1, xtol=1e-15)],
    }
    return {"decisions": {name: [float(value) for value in values] for name, values in figures.items()}}


def newcombe(auc, m, n):
    """Newcombe 2006, part 2, method 5: the ends solve (auc - t)^2 = z^2 V(t), here by Brent's method."""
    z, rest = scipy.stats.norm.ppf(0.975), (m + n) / 2 - 1
    def outside(t):
        return (auc - t) ** 2 - z**2 * t * (1 - t) * (1 + rest * ((1 - t) / (2 - t) + t / (1 + t))) / (m * n)
    low = scipy.optimize.brentq(outside, 0, min(auc, 1 - 1e-12), xtol=1e-15) if auc > 0 else 0.0
    high = scipy.optimize.brentq(outside, max(auc, 1e-12), 1, xtol=1e-15) if auc < 1 else 1.0
    return {"auc": auc, "positives": m, "negatives": n, "lower": low, "upper": high}


def separation_case(m, n, mistakes):
    """Rows in the order of their scores 0, 1, 2, ...: all negatives before all positives but for some swaps of neighbours at the border."""
    targets = np.array([0.0] * n + [1.0] * m)
    for swap in range(mistakes):
        targets[n - 1 - swap], targets[n + swap] = 1.0, 0.0
    auc = metrics.roc_auc_score(targets, np.arange(m + n))
    return {"targets": targets.tolist(), **newcombe(float(auc), m, n)}


def binary_case(n, rate, decimals):
    targets = (random.random(n) < rate).astype(float)
    # Few decimals make ties.
    a = np.round(np.clip(0.3 + 0.3 * targets + 0.25 * random.standard_normal(n), 0.01, 0.99), decimals)
    b = np.round(np.clip(0.5 * a + 0.25 + 0.2 * random.standard_normal(n), 0.01, 0.99), decimals)
    right = int(((a >= 0.5) == (targets > 0.5)).sum())
    interval = scipy.stats.binomtest(right, n).proportion_ci(0.95, method="wilson")
    return {
        "targets": targets.tolist(), "a": a.tolist(), "b": b.tolist(),
        "auc": metrics.roc_auc_score(targets, a), "aucB": metrics.roc_auc_score(targets, b),
        "aucVariance": covariance(a, a, targets),
        "differenceVariance": covariance(a, a, targets) + covariance(b, b, targets) - 2 * covariance(a, b, targets),
        **decisions(a, targets),
        "newcombe": newcombe(float(metrics.roc_auc_score(targets, a)), int(targets.sum()), int(n - targets.sum())),
        "logLoss": metrics.log_loss(targets, a), "brier": metrics.brier_score_loss(targets, a),
        "accuracy": metrics.accuracy_score(targets, a >= 0.5), "accuracyLower": interval.low, "accuracyUpper": interval.high,
    }


def regression_case(n):
    targets = random.gamma(2, 10, n)
    scores = targets + 5 * random.standard_normal(n) + 1
    losses = (scores - targets) ** 2
    low, high = scipy.stats.norm.interval(0.95, losses.mean(), scipy.stats.sem(losses))
    return {
        "targets": targets.tolist(), "scores": scores.tolist(), "rmse": metrics.root_mean_squared_error(targets, scores),
        "mae": metrics.mean_absolute_error(targets, scores), "medianError": metrics.median_absolute_error(targets, scores),
        "r2": metrics.r2_score(targets, scores), "bias": float((scores - targets).mean()),
        "rmseLower": float(np.sqrt(low)), "rmseUpper": float(np.sqrt(high)),
    }


def multiclass_case(n, classes, decimals):
    targets = random.integers(0, classes, n)
    logits = random.standard_normal((n, classes)) + 1.5 * np.eye(classes)[targets]
    a = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    a = np.round(a, decimals)
    a[:, -1] += 1 - a.sum(axis=1)
    answers = a.argmax(axis=1)
    # The variance of a mean of areas: the mean of all pairs' covariances (DeLong's, from the definition).
    total = 0.0
    for k in range(classes):
        for j in range(classes):
            # Components by row: positives of one class may be negatives of another.
            def rows(index):
                own = (targets == index).astype(float)
                v10, v01 = delong_components(a[:, index], own)
                area = metrics.roc_auc_score(own, a[:, index])
                result = np.zeros(n)
                result[own == 1] = (v10 - area) / np.sqrt(len(v10) * (len(v10) - 1))
                result[own == 0] = (v01 - area) / np.sqrt(len(v01) * (len(v01) - 1))
                return result
            total += rows(k) @ rows(j) / classes**2
    return {
        "classes": classes, "targets": targets.astype(float).tolist(), "scores": a.ravel().tolist(),
        "auc": metrics.roc_auc_score(targets, a, multi_class="ovr", average="macro"), "aucVariance": total,
        "logLoss": metrics.log_loss(targets, a), "accuracy": metrics.accuracy_score(targets, answers),
        "balancedAccuracy": metrics.balanced_accuracy_score(targets, answers), "macroF1": metrics.f1_score(targets, answers, average="macro"),
        "brier": float(((a - np.eye(classes)[targets]) ** 2).sum(axis=1).mean()),
        "recalls": metrics.recall_score(targets, answers, average=None).tolist(),
        "precisions": metrics.precision_score(targets, answers, average=None, zero_division=0).tolist(),
    }


common.write(
    "evaluation.json",
    {"binary": [binary_case(24, 0.4, 1), binary_case(60, 0.15, 2), binary_case(80, 0.6, 6)], "regression": [regression_case(30), regression_case(75)],
     "separation": [separation_case(5, 7, 0), separation_case(6, 54, 0), separation_case(6, 54, 3), separation_case(40, 400, 0), separation_case(5, 5, 5)],
     "multiclass": [multiclass_case(60, 3, 2), multiclass_case(120, 5, 6)]},
    np, scipy, sklearn)

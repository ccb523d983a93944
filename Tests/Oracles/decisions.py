"""Confusion, curves and gains of a small vector by scikit-learn and numpy: the figures in LearningTests/DecisionTableTests.swift, printed."""
import numpy as np
import sklearn
import sklearn.metrics as metrics

print(f"numpy {np.__version__}, scikit-learn {sklearn.__version__}")
# The same numbers in Swift: no generator to share, and ties on purpose.
n = 60
scores = np.array([((i * 37) % 53) / 53 for i in range(n)])
targets = np.array([1 if (i * 37) % 53 + (i * 29) % 23 > 40 else 0 for i in range(n)])
print("positives", targets.sum())

for threshold in (0.3, 0.5, 0.75):
    calls = scores >= threshold
    tn, fp, fn, tp = metrics.confusion_matrix(targets, calls).ravel()
    print(threshold, [int(c) for c in (tp, fp, fn, tn)], [float(f) for f in (
        metrics.precision_score(targets, calls), metrics.recall_score(targets, calls), metrics.f1_score(targets, calls),
        metrics.matthews_corrcoef(targets, calls), metrics.balanced_accuracy_score(targets, calls))])

fpr, tpr, cuts = metrics.roc_curve(targets, scores, drop_intermediate=False)
print("roc", len(cuts), [float(v) for v in (fpr.sum(), tpr.sum())], float(np.trapezoid(tpr, fpr)))
precision, recall, steps = metrics.precision_recall_curve(targets, scores)
print("pr", len(steps), [float(v) for v in (precision[:-1].sum(), recall[:-1].sum())])

best = {}
for name, figure in [("f1", metrics.f1_score), ("mcc", metrics.matthews_corrcoef), ("balanced-accuracy", metrics.balanced_accuracy_score)]:
    values = [(figure(targets, scores >= t), t) for t in np.unique(scores)]
    print("best", name, [float(v) for v in max(values)])

for fp_cost, fn_cost in ((1, 1), (1, 5), (5, 1)):
    values = []
    for t in list(np.unique(scores)) + [np.inf]:
        tn, fp, fn, tp = metrics.confusion_matrix(targets, scores >= t).ravel()
        values.append((-(fp * fp_cost + fn * fn_cost), t))
    print("costs", fp_cost, fn_cost, [float(v) for v in max(values)])

# Gains: where a tenth cuts equal scores, as many of its positives as are expected in any order.
order = np.argsort(-scores, kind="stable")
gains = []
for tenth in range(1, 11):
    rows = n * tenth // 10
    cut = scores[order[rows - 1]]
    above, at = targets[scores > cut], targets[scores == cut]
    gains.append((rows, float(above.sum() + at.sum() * (rows - len(above)) / len(at)), float(cut)))
print("gains", gains)

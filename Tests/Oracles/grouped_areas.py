"""The area under a ROC curve where rows go together, by the definition: every pair of a positive and a negative row, and the sums of each
group's components (Obuchowski, Biometrics 53, 1997, pages 567 to 578), with each class's number of groups in the place of its rows.

Needs NumPy only; written with 2.4. Prints the figures of Tests/LearningTests/RowGroupsTests.swift."""
import numpy as np

rows = np.arange(240)
scores = (rows * 37 % 101) / 101
targets = ((rows * 53 % 97) / 97 + 0.4 * scores > 0.8).astype(float)
other = (rows * 29 % 89) / 89 + 0.3 * targets
groups = rows * rows % 67


def parts(scores):
    pairs = scores[targets == 1][:, None] - scores[targets == 0][None, :]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    area = wins.mean()
    pull = np.zeros(len(rows))
    for truth, component in ((1, wins.mean(axis=1)), (0, wins.mean(axis=0))):
        m = (targets == truth).sum()
        count = len(set(groups[targets == truth]))
        pull[targets == truth] = (component - area) / m * np.sqrt(count / (count - 1))
    return area, np.array([pull[groups == g].sum() for g in sorted(set(groups))])


def worth(taken):
    sizes = np.array([(groups[taken] == g).sum() for g in set(groups[taken])])
    return sizes.sum() ** 2 / (sizes**2).sum()


(a, own), (b, rival) = parts(scores), parts(other)
print("area", repr(a), "variance", repr((own**2).sum()))
print("difference", repr(a - b), "variance", repr(((own - rival) ** 2).sum()))
print("worth", repr(worth(rows >= 0)), repr(worth(targets == 1)))
losses = (scores - targets) ** 2
sums = np.array([(losses - losses.mean())[groups == g].sum() for g in set(groups)])
print("brier", repr(losses.mean()), "variance", repr((sums**2).sum() / len(rows) ** 2 * len(sums) / (len(sums) - 1)))

"""What `RowFoldTests` and docs/decisions/judging.md say of cross-validation.

folds: the parts of scikit-learn's TimeSeriesSplit and GroupKFold. coverage KIND:ROWS:REPETITIONS …: how often 95 % intervals hold the quality
of the model that is kept, which learnt all rows: of a hold-out of a fifth, of pooled out-of-fold scores, and of the folds' figures with the
correction of Nadeau and Bengio (2003).

    python3 cross_validation.py folds
    python3 cross_validation.py coverage logistic:150:400 logistic:500:300 trees:300:60
"""
import sys

import numpy as np
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, GroupKFold, TimeSeriesSplit

def made(n, rng):
    x = rng.uniform(-2, 2, (n, 6))
    z = -0.5 + 0.8 * x[:, 0] - 0.5 * x[:, 1] + 0.5 * x[:, 0] * x[:, 2] + 0.4 * x[:, 1] * x[:, 3]
    return x, (rng.uniform(size=n) < 1 / (1 + np.exp(-z))).astype(int)

def delong(s, y):
    p, q = s[y == 1], s[y == 0]
    r = stats.rankdata(s); rp = stats.rankdata(p); rq = stats.rankdata(q)
    m, n = len(p), len(q)
    v = (r[y == 1] - rp) / n; w = 1 - (r[y == 0] - rq) / m
    return v.mean(), np.sqrt(v.var(ddof=1) / m + w.var(ddof=1) / n)

def loss(s, y):
    s = np.clip(s, 1e-12, 1 - 1e-12)
    return -(y * np.log(s) + (1 - y) * np.log(1 - s))

def model(kind):
    return LogisticRegression() if kind == 'logistic' else HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=10)

def run(kind, n, reps):
    rng = np.random.default_rng(7)
    tx, ty = made(20000, rng)
    hit = {}
    def note(name, truth, mid, half):
        h = hit.setdefault(name, [0, 0, 0.0, 0.0]); h[0] += abs(truth - mid) <= half; h[1] += 1; h[2] += 2 * half; h[3] += mid - truth
    for _ in range(reps):
        x, y = made(n, rng)
        final = model(kind).fit(x, y); f = final.predict_proba(tx)[:, 1]
        auc, ll = delong(f, ty)[0], loss(f, ty).mean()
        cut = n * 4 // 5
        if 5 <= y[cut:].sum() <= n - cut - 5:
            h = model(kind).fit(x[:cut], y[:cut]); hs = h.predict_proba(x[cut:])[:, 1]; hf = h.predict_proba(tx)[:, 1]
            a, e = delong(hs, y[cut:]); note('auc hold-out', delong(hf, ty)[0], a, 1.96 * e)
            l = loss(hs, y[cut:]); note('loss hold-out', loss(hf, ty).mean(), l.mean(), 1.96 * l.std(ddof=1) / np.sqrt(len(l)))
        for k in (5, 10):
            s = np.zeros(n); per = []; perl = []
            for tr, te in StratifiedKFold(k, shuffle=True, random_state=1).split(x, y):
                s[te] = model(kind).fit(x[tr], y[tr]).predict_proba(x[te])[:, 1]
                per.append(delong(s[te], y[te])[0]); perl.append(loss(s[te], y[te]).mean())
            a, e = delong(s, y); note(f'auc pooled {k}', auc, a, 1.96 * e)
            l = loss(s, y); note(f'loss pooled {k}', ll, l.mean(), 1.96 * l.std(ddof=1) / np.sqrt(n))
            t = stats.t.ppf(0.975, k - 1); c = np.sqrt(1 / k + 1 / (k - 1))
            note(f'auc NB {k}', auc, np.mean(per), t * c * np.std(per, ddof=1)); note(f'loss NB {k}', ll, np.mean(perl), t * c * np.std(perl, ddof=1))
    for name, (a, b, w, d) in sorted(hit.items()): print(f'{kind} n={n} {name}: coverage {a/b:.3f} of {b}, width {w/b:.3f}, bias {d/b:+.4f}', flush=True)


def folds():
    print("TimeSeriesSplit(4), 23 rows:", [(int(a[0]), int(a[-1]), b.tolist()) for a, b in TimeSeriesSplit(4).split(np.zeros(23))])
    sizes = [9, 7, 6, 4, 3, 2, 1]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    parts = [sorted(set(groups[b].tolist())) for _, b in GroupKFold(3).split(np.zeros(len(groups)), groups=groups)]
    print(f"GroupKFold(3), groups of {sizes} rows:", parts)


if sys.argv[1] == "folds":
    folds()
else:
    for arg in sys.argv[2:]:
        kind, n, reps = arg.split(":")
        run(kind, int(n), int(reps))

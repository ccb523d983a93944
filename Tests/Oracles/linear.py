"""Coefficients of scikit-learn's logistic, multinomial and ridge regression on the first 80 % of the flights sample.

The design matrix is made here by the rules that the product documents: numbers standardised (population deviation, missing at the mean) with an
indicator where any is missing; one column for each text of at least 20 rows, one for the others together, one for missing; one column for each
hour, weekday (1 is Monday) and month of the local time that at least 20 rows have.
"""
import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge

import common

data = pd.read_csv(common.TESTS / "Fixtures" / "flights-sample.csv", dtype={"carrier": str, "origin": str, "dest": str}, na_values=[""])
train = data.iloc[: len(data) - round(len(data) * 0.2)]
columns, names = [], []
for name in data.columns:
    if name in ("time", "dep_delay", "late"):
        continue
    values = train[name]
    if name in ("carrier", "origin", "dest"):
        counts = values.value_counts()
        frequent = [text for text in counts.index if counts[text] >= 20]
        for text in frequent:
            columns.append((values == text).astype(float)), names.append(f"{name}={text}")
        if len(frequent) < len(counts):
            columns.append((~values.isin(frequent) & values.notna()).astype(float)), names.append(f"{name} other")
        if values.isna().any():
            columns.append(values.isna().astype(float)), names.append(f"{name} missing")
        continue
    deviation = values.std(ddof=0)
    if deviation == 0 or values.isna().all():
        continue
    columns.append(((values - values.mean()) / deviation).fillna(0.0)), names.append(name)
    if values.isna().any():
        columns.append(values.isna().astype(float)), names.append(f"{name} missing")
local = pd.to_datetime(train["time"]).dt
for part, values in (("hour", local.hour), ("weekday", local.isocalendar().day), ("month", local.month)):
    for value in sorted(values.unique()):
        if 20 <= (values == value).sum() < len(train):
            columns.append((values == value).astype(float)), names.append(f"time {part}={value}")
matrix = np.column_stack(columns)
target = (train["late"] == "yes").to_numpy()
delay = train["dep_delay"].to_numpy()


def case(penalty, model, target):
    model.fit(matrix, target)
    return {"l2": penalty, "intercept": float(np.ravel(model.intercept_)[0]), "weights": dict(zip(names, np.ravel(model.coef_).tolist()))}


def fitted(weights, target, **settings):
    model = LogisticRegression(**{"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1_000, **settings}).fit(matrix, target)
    return {**weights, "intercept": float(model.intercept_[0]), "weights": dict(zip(names, model.coef_[0].tolist()))}


def softmax(penalty, balance, l1=0.0):
    # Three classes of about a third each, in the order of their names.
    classes = np.array(["early", "late", "on time"])
    target = classes[np.where(delay < -4, 0, np.where(delay > 4, 1, 2))]
    solver = {"solver": "newton-cg", "tol": 1e-10, "max_iter": 10_000}
    if l1:
        solver = {"solver": "saga", "random_state": 0, "l1_ratio": l1 / (l1 + penalty), "tol": 1e-9, "max_iter": 200_000}
    model = LogisticRegression(C=1 / (penalty + l1), class_weight=balance, **solver).fit(matrix, target)
    assert list(model.classes_) == list(classes)
    return {
        "l2": penalty, "l1": l1, "balanced": balance is not None, "classes": list(classes), "intercepts": model.intercept_.tolist(),
        "weights": [dict(zip(names, line.tolist())) for line in model.coef_],
    }


def sparse(l1, l2):
    """Elastic net: C (l1_ratio ‖w‖₁ + ½ (1 − l1_ratio) ‖w‖²) in scikit-learn's terms."""
    return fitted(
        {"l1": l1, "l2": l2}, target, solver="saga", random_state=0, C=1 / (l1 + l2), l1_ratio=l1 / (l1 + l2), tol=1e-9, max_iter=200_000)


common.write(
    "linear.json",
    {
        "softmax": [softmax(1.0, None), softmax(100.0, "balanced"), softmax(1.0, None, 10.0)],
        "balanced": fitted({"l2": 1.0}, target, C=1.0, class_weight="balanced"),
        "weighted": fitted({"l2": 1.0}, target, C=1.0, class_weight={True: 3.0, False: 0.5}),
        "sparse": [sparse(5.0, 1.0), sparse(20.0, 0.000001)],
        "rows": len(train),
        "logistic": [
            case(penalty, LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-12, max_iter=1_000), target)
            for penalty in (0.1, 1.0, 100.0)
        ],
        "ridge": [case(penalty, Ridge(alpha=penalty, solver="cholesky"), delay) for penalty in (0.1, 1.0, 100.0)],
    }, np, sklearn)

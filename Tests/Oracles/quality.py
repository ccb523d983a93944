"""Quality without labels by NannyML, and with few labels by the reference code of prediction-powered inference.

Needs an environment of its own: pip install nannyml==0.13.1 ppi-python==0.2.3
"""
import logging
import types
import warnings

import numpy as np
import pandas as pd

import common

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import importlib.metadata

import nannyml
import ppi_py

random = np.random.default_rng(21)
CHUNK = 1_000


def frame(p):
    p = np.round(p, 4)
    return pd.DataFrame({"p": p, "prediction": (p >= 0.5).astype(int), "y": (random.random(len(p)) < p).astype(int)})


def estimated():
    """Chunks whose population moves, probabilities that keep their word."""
    reference = frame(random.beta(2, 3, 20_000))
    chunks = [frame(random.beta(a, b, CHUNK)) for a, b in ((2, 3), (3, 2), (0.6, 0.6))]
    estimator = nannyml.CBPE(
        metrics=["roc_auc", "f1", "precision", "recall", "accuracy"], y_pred_proba="p", y_pred="prediction", y_true="y",
        problem_type="classification_binary", chunk_size=CHUNK)
    estimator.fit(reference)
    result = estimator.estimate(pd.concat(chunks, ignore_index=True)).filter(period="analysis").to_df()
    names = {"roc_auc": "auc", "f1": "f1", "precision": "precision", "recall": "recall", "accuracy": "accuracy"}
    return [
        {"scores": chunk["p"].tolist(), "figures": {ours: float(result[(theirs, "value")].iloc[i]) for theirs, ours in names.items()}}
        for i, chunk in enumerate(chunks)]


def powered():
    """Losses of rows with a truth, what was expected of them, and of rows without."""
    cases = []
    for n, others, noise in ((200, 1_500, 0.5), (300, 700, 2.0), (250, 1_000, 20.0)):
        base = np.round(random.normal(1, 1, n + others), 4)
        truths = np.round(base[:n] * 0.8 + random.normal(0.1, noise, n), 4)
        interval = ppi_py.ppi_mean_ci(truths, base[:n], base[n:], alpha=0.05)
        point = ppi_py.ppi_mean_pointestimate(truths, base[:n], base[n:])
        cases.append({
            "truths": truths.tolist(), "estimates": base[:n].tolist(), "others": base[n:].tolist(), "value": float(np.ravel(point)[0]),
            "lower": float(np.ravel(interval[0])[0]), "upper": float(np.ravel(interval[1])[0])})
    return cases


def module(name, package):
    return types.SimpleNamespace(__name__=name, __version__=importlib.metadata.version(package))


common.write(
    "quality.json", {"estimated": estimated(), "powered": powered()}, np, module("nannyml", "nannyml"), module("ppi_py", "ppi-python"),
    tests="MonitoringTests")

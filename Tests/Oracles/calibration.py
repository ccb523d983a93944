"""Isotonic regression and Platt's curve by scikit-learn on small vectors, and the figures of the calibration report by their definition."""
import numpy as np
import sklearn
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

import common

random = np.random.default_rng(11)


def case(n, decimals):
    logits = 2 * random.standard_normal(n)
    # Overconfident, so that there is something to correct.
    outcomes = (random.random(n) < 1 / (1 + np.exp(-0.5 * logits + 0.3))).astype(float)
    scores = np.round(1 / (1 + np.exp(-logits)), decimals)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(scores, outcomes)
    sigmoid = _SigmoidCalibration().fit(logits, outcomes)
    asked = np.linspace(0, 1, 41)
    # The group of a score by the rank of its first equal, so that equal ones stay together.
    groups = np.searchsorted(np.sort(scores), scores, "left") * 10 // n
    error = 0.0
    for group in np.unique(groups):
        part = groups == group
        error += part.sum() / n * abs(scores[part].mean() - outcomes[part].mean())
    return {
        "logits": logits.tolist(), "scores": scores.tolist(), "outcomes": outcomes.tolist(), "asked": asked.tolist(),
        "isotonic": isotonic.predict(asked).tolist(), "slope": -float(sigmoid.a_), "shift": -float(sigmoid.b_), "error": float(error),
    }


common.write("calibration.json", {"cases": [case(40, 1), case(200, 2), case(500, 8)]}, np, sklearn)

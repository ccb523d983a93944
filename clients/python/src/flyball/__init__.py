"""Client of a Flyball engine: predictions, labels, explanations, versions, promotions.

    from flyball import Client

    client = Client("http://127.0.0.1:8080")
    answers = client.predict(rows, model="churn")       # a data frame, a list of dicts, a dict of columns, or one dict
    client.label(answers, truths)

It needs the standard library alone; a pandas data frame is taken where there is pandas.
"""
from .answers import (
    Explanation, Health, LabelResult, LabelResults, ModelState, Output, Prediction, Predictions, Receipt, Version,
)
from .client import Client
from .errors import (
    CellError, ConnectionFailed, EngineError, EngineNotRunning, FlyballError, LabelsRefused, NotAuthorised, NotFound, RateLimited,
    StateChanged, Unavailable,
)
from .model import Feature, Model

__all__ = [
    "CellError", "Client", "ConnectionFailed", "EngineError", "EngineNotRunning", "Explanation", "Feature", "FlyballError", "Health",
    "LabelResult", "LabelResults", "LabelsRefused", "Model", "ModelState", "NotAuthorised", "NotFound", "Output", "Prediction",
    "Predictions", "RateLimited", "Receipt", "StateChanged", "Unavailable", "Version",
]

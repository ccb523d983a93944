"""The client."""
from __future__ import annotations

import json
import os
import ssl
from typing import Any, Dict, Iterable, List, Optional, Tuple, Union
from urllib.parse import quote

from . import cells, rows as rows_of, workspace
from .answers import (
    Explanation, Health, LabelResult, LabelResults, ModelState, Output, Part, Predictions, Receipt, Version,
)
from .errors import CellError, EngineError, LabelsRefused, NotAuthorised, Unavailable
from .model import Model
from .transport import Transport

#: Labels and explained rows that one request may have.
_LABELS, _EXPLAINED = 1_000, 64
#: Bytes of a request's body that every engine takes; a larger one is sent in parts.
_BODY_BYTES = 4_000_000
_AGENT = "flyball-python/1.0"

AnyVersion = Union[int, str]


class Client:
    """Asks one engine over HTTP. Threads may share it; each has a connection of its own.

    Parameters:
        url: `http://HOST:PORT` or `https://HOST:PORT`, perhaps with the path under which a proxy serves the engine.
        token: what `flyball token create` printed; an engine on this machine needs none for predictions and labels.
        model: the deployment that calls are about which name none.
        timeout: seconds until a connection or a piece of an answer counts as lost.
        patience: seconds within which a request is sent again that came to nothing: nobody listened yet, or the engine turned it away and said
            when to come back (429, 503). A lost answer is asked for again only where twice is as good as once, so never for a change. 0: never.
        context: for https, another idea of whom to trust: `ssl.create_default_context(cafile=…)`.

    Every failure is a `FlyballError`. Proxies of the environment are not used, redirections not followed.
    """

    def __init__(
        self, url: str, token: Optional[str] = None, *, model: Optional[str] = None, timeout: float = 30.0, patience: float = 10.0,
        context: Optional[ssl.SSLContext] = None,
    ) -> None:
        self._transport = Transport(url, token, timeout, patience, context, _AGENT)
        self._default = model
        self._models: Dict[str, Model] = {}

    @classmethod
    def of(cls, path: "Optional[Union[str, os.PathLike[str]]]" = None, token: Optional[str] = None, **options: Any) -> "Client":
        """A client of the engine that serves a workspace of this machine: its address stands in the workspace's `run/engine.json`.

        Without a path the workspace is the one that the command takes: `$FLYBALL_WORKSPACE` or the default; without a token, `$FLYBALL_TOKEN`.

        Raises `EngineNotRunning` where no engine serves it.
        """
        return cls(workspace.address(path), token or os.environ.get("FLYBALL_TOKEN") or None, **options)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        transport = getattr(self, "_transport", None)
        if transport is not None:
            transport.close()

    def __repr__(self) -> str:
        return f"<flyball.Client {self.address}>"

    def close(self) -> None:
        """Closes the calling thread's connection; the client may be used on."""
        self._transport.close()

    @property
    def address(self) -> str:
        """The engine's address."""
        return self._transport.address

    # What there is.

    def health(self) -> Health:
        """Whether the engine lives and answers. Raises only where nobody is there."""
        live = self._transport.document("GET", "/v2/health/live").get("live", True)
        try:
            self._transport.call("GET", "/v2/health/ready", repeatable=False)
        except Unavailable as error:
            return Health(bool(live), False, error.message)
        return Health(bool(live), True)

    def status(self) -> Dict[str, Any]:
        """The engine's present as `flyball status --json` prints it. A token needs the scope `metrics`."""
        return dict(self._transport.document("GET", "/v1/status"))

    def models(self) -> List[ModelState]:
        """All deployments."""
        found = self._transport.document("POST", "/v2/repository/index", {})
        return [
            ModelState(one["name"], int(one["version"]) if one.get("version") else None, one.get("state") == "READY", one.get("reason", ""))
            for one in found]

    def model(self, model: Optional[str] = None) -> Model:
        """What a deployment takes and gives, asked anew."""
        name = self._named(model)
        self._models[name] = Model.read(self._transport.document("GET", _model_path(name)))
        return self._models[name]

    def versions(self, model: Optional[str] = None) -> List[Version]:
        """The versions that the engine has in memory, newest first: champion, challengers, and what a roll back returns to.

        What was archived, and figures and gates, are told by `flyball versions NAME --json`: they have no address over HTTP.
        """
        found = self.model(model)
        roles: Dict[int, Dict[str, Any]] = {}
        counts: Dict[int, Dict[str, Any]] = {}
        try:
            deployments = self.status()["deployments"]
            arms: List[Dict[str, Any]] = next((one["arms"] for one in deployments if one["name"] == found.name), [])
            roles = {int(arm["version"][1:]): arm for arm in arms if arm["version"][1:].isdigit()}
        except NotAuthorised:
            # A token for one deployment does not see all of them.
            roles = {} if found.champion is None else {found.champion: {"role": "champion"}}
        try:
            statistics = self._transport.document("GET", _model_path(found.name) + "/stats")["model_stats"]
            counts = {int(one["version"]): one for one in statistics}
        except NotAuthorised:
            pass
        return [_version(number, roles.get(number, {}), counts.get(number)) for number in sorted(found.versions, reverse=True)]

    # Predictions.

    def predict(
        self, rows: Any, model: Optional[str] = None, *, version: Optional[AnyVersion] = None, request_id: Optional[str] = None
    ) -> Predictions:
        """Scores rows, and has them logged: labels and explanations ask for them by their ids.

        Parameters:
            rows: a pandas data frame, a list of dicts, a dict of columns, or one dict. Columns that the model does not take are passed over.
            model: the deployment.
            version: one that is in memory, in place of the one that answers.
            request_id: an id of your own, logged with the rows.

        None, NaN, `pandas.NA` and `NaT` are missing. Raises `CellError` for a value that cannot be sent as what the column holds, before anything
        is sent. More rows than one request may have go in several.
        """
        name = self._named(model)
        table = rows_of.read(rows)
        found = self._known(name)
        parts: List[Part] = []
        outputs: List[float] = []
        if table.count == 0:
            return Predictions(found, parts, outputs, table.index)
        path = _model_path(name, version) + "/infer"
        extra: Dict[str, Any] = {"parameters": {"binary_data_output": True}}
        if request_id is not None:
            extra["id"] = request_id
        for headers, content, count in self._answers(path, table, found, found.maximum_rows, extra):
            part, scores = _scores(headers, content, count, found.outputs)
            parts.append(part)
            outputs += scores
        return Predictions(found, parts, outputs, table.index)

    def explain(self, rows: Any, model: Optional[str] = None) -> List[Explanation]:
        """Why the champion gives rows their scores; nothing is logged. A token needs the scope `explain`."""
        name = self._named(model)
        table = rows_of.read(rows)
        found: List[Explanation] = []
        if table.count == 0:
            return found
        for _, content, _ in self._answers(f"/v1/deployments/{quote(name, safe='')}/explain", table, self._known(name), _EXPLAINED, {}):
            found += _explanations(json.loads(content))
        return found

    # Labels.

    def label(
        self, ids: Union[Predictions, Iterable[str]], values: Iterable[Any], model: Optional[str] = None, *, correct: bool = False,
        check: bool = True,
    ) -> LabelResults:
        """Tells the engine the truth about rows that it has answered.

        Parameters:
            ids: of predictions, or what `predict` gave.
            values: a class, a number, True or False for each id.
            correct: whether they replace values that stand.
            check: whether labels that are not taken raise `LabelsRefused`; the others are taken all the same.

        The same label twice is as good as once: the second is a `duplicate`.
        """
        if isinstance(ids, Predictions):
            model = model or ids.model
            ids = ids.ids
        name = self._named(model)
        texts, truths = list(ids), list(values)
        if len(texts) != len(truths):
            raise CellError(f"{len(texts)} ids and {len(truths)} values: a value for each id is wanted")
        labels = [{"id": _id(one, row), "value": _truth(value, row), **({"correct": True} if correct else {})}
                  for row, (one, value) in enumerate(zip(texts, truths))]
        found: List[LabelResult] = []
        for start in range(0, len(labels), _LABELS):
            answer = self._transport.document(
                "POST", f"/v1/deployments/{quote(name, safe='')}/labels", {"labels": labels[start: start + _LABELS]})
            found += [LabelResult(one["id"], one["outcome"], one.get("reason")) for one in answer["results"]]
        results = LabelResults(found)
        if check and results.refused:
            raise LabelsRefused(results)
        return results

    # Changes: each needs a token with the scope `admin`, and is a row of the journal.

    def promote(
        self, model: str, version: AnyVersion, reason: Optional[str] = None, *, expected_champion: Optional[AnyVersion] = None
    ) -> Receipt:
        """Makes a version the champion; it answers the next request.

        `expected_champion`: the change is not made (`StateChanged`) where another version is champion by then.
        """
        return self._change("promote", model, reason, expected_champion, version=_number(version))

    def rollback(
        self, model: str, version: Optional[AnyVersion] = None, reason: Optional[str] = None, *,
        expected_champion: Optional[AnyVersion] = None,
    ) -> Receipt:
        """Goes back to the last known good version, or to the one named."""
        return self._change("rollback", model, reason, expected_champion, version=None if version is None else _number(version))

    def share(self, model: str, version: AnyVersion, share: float, reason: Optional[str] = None) -> Receipt:
        """Changes a challenger's share of the traffic, 0 to 1."""
        return self._change("share", model, reason, None, version=_number(version), share=float(share))

    def abort(self, model: str, version: Optional[AnyVersion] = None, reason: Optional[str] = None) -> Receipt:
        """Takes a challenger out of the traffic."""
        return self._change("abort", model, reason, None, version=None if version is None else _number(version))

    def pause(self, model: str, fallback: Optional[str] = None, reason: Optional[str] = None) -> Receipt:
        """Stops a deployment from answering; `fallback` is `503`, `constant`, `constant=VALUE` or `last-known-good`."""
        return self._change("pause", model, reason, None, fallback=fallback)

    def resume(self, model: str, reason: Optional[str] = None) -> Receipt:
        """Lets it answer again."""
        return self._change("resume", model, reason, None)

    def freeze(self, model: Optional[str] = None, scope: Optional[str] = None, reason: Optional[str] = None) -> Receipt:
        """Stops what happens by itself, in one deployment or in all; `scope` is `learning`, `promotion`, `traffic` or `all`."""
        return self._change("freeze", model, reason, None, scope=scope)

    def unfreeze(self, model: Optional[str] = None, scope: Optional[str] = None, reason: Optional[str] = None) -> Receipt:
        """Lets it happen again."""
        return self._change("unfreeze", model, reason, None, scope=scope)

    # Inside.

    def _change(self, verb: str, model: Optional[str], reason: Optional[str], expected: Optional[AnyVersion], **members: Any) -> Receipt:
        body = {name: value for name, value in members.items() if value is not None}
        if reason is not None:
            body["reason"] = reason
        if expected is not None:
            body["expected_champion"] = _number(expected)
        place = f"/v1/{verb}" if model is None else f"/v1/deployments/{quote(model, safe='')}/{verb}"
        found = self._transport.document("POST", place, body, repeatable=False)
        swap = found.get("swap_nanoseconds")
        return Receipt(
            found["summary"], found.get("deployment"), found.get("version"), found.get("journal_row"), found["at"],
            None if swap is None else swap / 1e9, found)

    def _named(self, model: Optional[str]) -> str:
        name = model or self._default
        if not name:
            raise ValueError("which model? pass model=…, here or to the client")
        return name

    def _known(self, name: str) -> Model:
        """A deployment's schema is frozen when it is made, so that once is enough."""
        return self._models.get(name) or self.model(name)

    def _answers(
        self, path: str, table: rows_of.Columns, model: Model, most: int, extra: Dict[str, Any]
    ) -> "List[Tuple[Dict[str, str], bytes, int]]":
        """The answers to requests of up to `most` rows, in the rows' order.

        All requests are made before the first is sent: a bad cell in the last row leaves nothing half done.
        """
        columns = table.chosen(model)
        most = max(1, most)
        bodies: List[Tuple[int, int, bytes, int]] = []
        for start in range(0, table.count, most):
            self._bodies(columns, model, start, min(start + most, table.count), extra, bodies)
        found = []
        for start, end, body, length in bodies:
            headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(length)}
            try:
                answer, content = self._transport.call("POST", path, body, headers)
            except EngineError as error:
                if error.status in (400, 404):
                    # The deployment may be another one by now.
                    self._models.pop(model.name, None)
                if len(bodies) > 1:
                    error.args = (f"{error.args[0]}; in the request of the rows {start} to {end - 1}",)
                raise
            found.append((answer, content, end - start))
        return found

    def _bodies(
        self, columns: Dict[str, Any], model: Model, start: int, end: int, extra: Dict[str, Any], into: List[Tuple[int, int, bytes, int]]
    ) -> None:
        tensors = [
            cells.tensor(feature, rows_of.part(columns[feature.name], start, end), model, start)
            for feature in model.features if feature.name in columns]
        text = json.dumps({**extra, "inputs": [header for header, _ in tensors]}, ensure_ascii=False, allow_nan=False).encode()
        body = text + b"".join(content for _, content in tensors)
        if len(body) <= _BODY_BYTES or end - start == 1:
            into.append((start, end, body, len(text)))
            return
        middle = (start + end) // 2
        self._bodies(columns, model, start, middle, extra, into)
        self._bodies(columns, model, middle, end, extra, into)


def _model_path(name: str, version: Optional[AnyVersion] = None) -> str:
    path = f"/v2/models/{quote(name, safe='')}"
    return path if version is None else f"{path}/versions/{_number(version)}"


def _number(version: AnyVersion) -> int:
    """`3` of 3, "3" and "v3"."""
    text = str(version)
    text = text[1:] if text[:1] in ("v", "V") else text
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{version!r} is no version: write 3 or 'v3'")
    return int(text)


def _id(value: Any, row: int) -> str:
    if not isinstance(value, str) or not value:
        raise CellError(f"{value!r} is no id of a prediction", "ids", row)
    return value


def _truth(value: Any, row: int) -> Any:
    found = cells.plain(value)
    if found is None:
        raise CellError("no value: leave the label out until it is known", "values", row)
    if isinstance(found, (str, bool, int)):
        return found
    try:
        number = float(found)
    except (TypeError, ValueError):
        raise CellError(f"{found!r}: a class, a number, True or False is wanted", "values", row) from None
    if number in (float("inf"), float("-inf")):
        raise CellError("infinite: a finite number is wanted", "values", row)
    return number


def _scores(headers: Dict[str, str], content: bytes, count: int, outputs: int) -> Tuple[Part, List[float]]:
    length = int(headers.get("inference-header-content-length", len(content)))
    document = json.loads(content[:length])
    output = next(one for one in document["outputs"] if one["name"] == "score")
    scores = output["data"] if "data" in output else cells.doubles(content[length: length + output["parameters"]["binary_data_size"]])
    if len(scores) != count * outputs:
        raise EngineError(200, f"{len(scores)} scores for {count} rows of {outputs}", document["model_name"])
    parameters = document.get("parameters", {})
    part = Part(
        parameters["prediction_id"], int(document["model_version"]), parameters.get("arm", ""), parameters.get("answered_by"),
        parameters.get("fallback"), count, float(parameters.get("threshold", 0.5)))
    return part, scores


def _explanations(document: Dict[str, Any]) -> List[Explanation]:
    def number(value: Optional[float]) -> float:
        return float("nan") if value is None else value

    return [
        Explanation(
            int(document["model_version"]), document["method"], document["unit"], document.get("calibration", "none"),
            tuple(
                Output(
                    one["name"], number(one["base"]), number(one["score"]), one.get("probability"),
                    {column: number(value) for column, value in one["contributions"].items()})
                for one in entry["outputs"]))
        for entry in document["explanations"]]


def _version(number: int, arm: Dict[str, Any], counted: Optional[Dict[str, Any]]) -> Version:
    inference = (counted or {}).get("inference_stats", {})
    success, failure = (int(inference.get(name, {}).get("count", 0)) for name in ("success", "fail"))
    return Version(
        number, arm.get("role"), arm.get("share"), arm.get("observedShare"), success + failure if counted else None,
        int(counted["inference_count"]) if counted and "inference_count" in counted else None, failure if counted else None)

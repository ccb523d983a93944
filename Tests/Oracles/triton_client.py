"""Speaks to a running engine with Triton's public client, over HTTP and its asynchronous form.

usage: triton_client.py HOST:PORT MODEL ROWS.csv

Every row goes as binary tensors and as JSON, plain and packed, with binary and JSON answers; all must say the same. Prints one line at the end.
"""

import asyncio
import csv
import itertools
import sys

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

TYPES = {"FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_}


def columns(metadata, rows):
    """One array a feature, `[n, 1]`; gaps are NaN, or an empty text."""
    found = {}
    for feature in metadata["inputs"]:
        cells = [row[feature["name"]] for row in rows]
        datatype = feature["datatype"]
        if datatype == "BYTES":
            found[feature["name"]] = (datatype, np.array([[cell] for cell in cells], dtype=object))
        elif datatype == "INT64" and all(cells):
            found[feature["name"]] = (datatype, np.array([[int(cell)] for cell in cells], dtype=np.int64))
        else:
            found[feature["name"]] = ("FP64", np.array([[float(cell or "nan")] for cell in cells], dtype=np.float64))
    return found


def inputs(arrays, binary, client=triton):
    result = []
    for name, (datatype, array) in arrays.items():
        tensor = client.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        result.append(tensor)
    return result


def main(address, model, path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    client = triton.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
    assert client.is_model_ready(model, "1") and not client.is_model_ready("no-such-model")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert [entry["name"] for entry in client.get_model_repository_index()] == [model]
    metadata = client.get_model_metadata(model)
    configuration = client.get_model_config(model)
    assert [one["name"] for one in configuration["input"]] == [one["name"] for one in metadata["inputs"]]
    arrays = columns(metadata, rows)
    whole = {name: entry for name, entry in arrays.items() if entry[0] == "BYTES" or not np.any(np.isnan(entry[1]))}

    reference = client.infer(model, inputs(arrays, True)).as_numpy("score")
    assert reference.shape[0] == len(rows) and np.all(np.isfinite(reference))
    asked = 1
    packings = [None, "gzip", "deflate"]
    outputs = [None, [triton.InferRequestedOutput("score", binary_data=True)], [triton.InferRequestedOutput("score", binary_data=False)]]
    for packed, unpacked, output in itertools.product(packings, packings, outputs):
        answer = client.infer(
            model, inputs(arrays, True), outputs=output, request_id="night", request_compression_algorithm=packed,
            response_compression_algorithm=unpacked)
        asked += 1
        assert np.array_equal(answer.as_numpy("score"), reference), (packed, unpacked)
        document = answer.get_response()
        assert document["id"] == "night" and document["model_version"] == "1" and document["parameters"]["prediction_id"]
    # JSON has no NaN for the client to write: the features without gaps go as JSON, the others stay binary.
    mixed = []
    for name, (datatype, array) in arrays.items():
        tensor = triton.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=name not in whole)
        mixed.append(tensor)
    assert np.array_equal(client.infer(model, mixed).as_numpy("score"), reference)
    assert np.array_equal(client.infer(model, inputs(arrays, True), model_version="1").as_numpy("score"), reference)
    pending = [client.async_infer(model, inputs(arrays, True)) for _ in range(8)]
    assert all(np.array_equal(one.get_result().as_numpy("score"), reference) for one in pending)
    asked += 10
    for wrong in (
        lambda: client.infer(model, inputs(arrays, True)[1:]),
        lambda: client.infer(model, inputs(arrays, True), model_version="99"),
        lambda: client.infer("no-such-model", inputs(arrays, True)),
        lambda: client.infer(model, inputs(arrays, True), outputs=[triton.InferRequestedOutput("other")]),
        lambda: client.infer(model, inputs(arrays, True), outputs=[triton.InferRequestedOutput("score", class_count=2)]),
    ):
        try:
            wrong()
        except InferenceServerException as error:
            assert error.message()
        else:
            raise AssertionError("a wrong request was answered")

    async def later():
        async with triton_aio.InferenceServerClient(address) as other:
            assert await other.is_server_ready()
            answer = await other.infer(model, inputs(arrays, True, triton_aio))
            assert np.array_equal(answer.as_numpy("score"), reference)

    asyncio.run(later())
    statistics = client.get_inference_statistics(model)["model_stats"]
    assert [one["version"] for one in statistics] == ["1"] and statistics[0]["inference_stats"]["fail"]["count"] == 0
    print(f"{asked + 1} requests of {len(rows)} rows, all as the first")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Speaks to a running engine with Triton's public client over gRPC, waited for, asynchronous and as a stream.

usage: triton_client_grpc.py GRPC-HOST:PORT HTTP-HOST:PORT MODEL ROWS.csv

Every feature goes in every datatype that its metadata over HTTP names and that holds its values; all answers must say the same. Labels go to the ids that
came back. Prints one line at the end.
"""

import asyncio
import csv
import json
import queue
import sys
import urllib.request

import grpc
import numpy as np
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

TYPES = {
    "BOOL": np.bool_, "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "UINT8": np.uint8, "UINT16": np.uint16,
    "UINT32": np.uint32, "UINT64": np.uint64, "FP16": np.float16, "FP32": np.float32, "FP64": np.float64,
}
CONTENTS = {
    "BOOL": "bool_contents", "INT8": "int_contents", "INT16": "int_contents", "INT32": "int_contents", "INT64": "int64_contents",
    "UINT8": "uint_contents", "UINT16": "uint_contents", "UINT32": "uint_contents", "UINT64": "uint64_contents", "FP32": "fp32_contents",
    "FP64": "fp64_contents", "BYTES": "bytes_contents",
}


def columns(metadata, rows):
    """One array a feature, `[n, 1]`; gaps are NaN, or an empty text."""
    found = {}
    for feature in metadata.inputs:
        cells = [row[feature.name] for row in rows]
        if feature.datatype == "BYTES":
            found[feature.name] = ("BYTES", np.array([[cell] for cell in cells], dtype=object))
        else:
            found[feature.name] = ("FP64", np.array([[float(cell or "nan")] for cell in cells], dtype=np.float64))
    return found


def holds(array, datatype):
    """Whether the datatype has every value of the array exactly."""
    if datatype == "BYTES":
        return False
    kind = TYPES[datatype]
    if not np.issubdtype(kind, np.floating) and np.any(np.isnan(array)):
        return False
    with np.errstate(all="ignore"):
        return np.array_equal(array.astype(kind).astype(np.float64), array, equal_nan=True)


def inputs(arrays, client=triton):
    result = []
    for name, (datatype, array) in arrays.items():
        tensor = client.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array)
        result.append(tensor)
    return result


def typed(model, arrays):
    """The same as a message with typed contents."""
    request = service_pb2.ModelInferRequest(model_name=model)
    for name, (datatype, array) in arrays.items():
        tensor = request.inputs.add(name=name, datatype=datatype, shape=list(array.shape))
        values = [cell.encode() for cell in array.ravel()] if datatype == "BYTES" else array.ravel().tolist()
        getattr(tensor.contents, CONTENTS[datatype]).extend(values)
    return request


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return error.status()
    raise AssertionError("a wrong request was answered")


def main(address, http, model, path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    client = triton.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
    assert client.is_model_ready(model, "1") and not client.is_model_ready("no-such-model")
    assert "statistics" in client.get_server_metadata().extensions
    assert [entry.name for entry in client.get_model_repository_index().models] == [model]
    metadata = client.get_model_metadata(model)
    configuration = client.get_model_config(model).config
    assert [one.name for one in configuration.input] == [one.name for one in metadata.inputs]
    assert configuration.max_batch_size > 0 and list(configuration.version_policy.specific.versions) == [1]
    document = json.load(urllib.request.urlopen(f"http://{http}/v2/models/{model}"))
    taken = {one["name"]: one["parameters"]["datatypes"].split(",") for one in document["inputs"]}
    arrays = columns(metadata, rows)

    reference = client.infer(model, inputs(arrays)).as_numpy("score")
    assert reference.shape[0] == len(rows) and np.all(np.isfinite(reference))
    asked = 1
    channel = grpc.insecure_channel(address)
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)

    def agree(answer):
        assert np.array_equal(answer.as_numpy("score"), reference)

    datatypes = set()
    for name, (own, array) in arrays.items():
        for datatype in taken[name]:
            if own == "BYTES" or not holds(array, datatype):
                continue
            other = dict(arrays)
            other[name] = (datatype, array.astype(TYPES[datatype]))
            agree(client.infer(model, inputs(other)))
            asked += 1
            datatypes.add(datatype)
            if datatype != "FP16":
                answer = stub.ModelInfer(typed(model, other))
                assert np.array_equal(np.array(answer.outputs[0].contents.fp64_contents).reshape(reference.shape), reference), (name, datatype)
                asked += 1
    assert {"FP64", "INT64"} <= datatypes and "BYTES" in {own for own, _ in arrays.values()}, datatypes
    for packed in (None, "gzip", "deflate"):
        answer = client.infer(
            model, inputs(arrays), outputs=[triton.InferRequestedOutput("score")], request_id="night", compression_algorithm=packed,
            client_timeout=60)
        agree(answer)
        asked += 1
        response = answer.get_response()
        assert response.id == "night" and response.model_version == "1" and response.parameters["arm"].string_param == "champion"
    identity = response.parameters["prediction_id"].string_param
    agree(client.infer(model, inputs(arrays), model_version="1"))

    answers = queue.Queue()
    for _ in range(8):
        client.async_infer(model, inputs(arrays), callback=lambda result, error: answers.put((result, error)))
    for _ in range(8):
        result, error = answers.get(timeout=60)
        assert error is None
        agree(result)
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    for number in range(10):
        client.async_stream_infer(model if number != 4 else "no-such-model", inputs(arrays), request_id=str(number))
    for number in range(10):
        result, error = answers.get(timeout=60)
        if number == 4:
            assert "no such model" in error.message()
        else:
            assert error is None and result.get_response().id == str(number)
            agree(result)
    client.stop_stream()
    asked += 1 + 8 + 9

    assert refused(lambda: client.infer(model, inputs(arrays)[1:])) == "StatusCode.INVALID_ARGUMENT"
    assert refused(lambda: client.infer(model, inputs(arrays), model_version="99")) == "StatusCode.NOT_FOUND"
    assert refused(lambda: client.infer("no-such-model", inputs(arrays))) == "StatusCode.NOT_FOUND"
    assert refused(lambda: client.infer(model, inputs(arrays), outputs=[triton.InferRequestedOutput("other")])) == "StatusCode.INVALID_ARGUMENT"
    assert refused(lambda: client.infer(model, inputs(arrays), client_timeout=0.000001)) == "StatusCode.DEADLINE_EXCEEDED"
    assert refused(lambda: client.load_model(model)) == "StatusCode.UNIMPLEMENTED"

    async def later():
        async with triton_aio.InferenceServerClient(address) as other:
            assert await other.is_server_ready()
            agree(await other.infer(model, inputs(arrays, triton_aio)))

            async def requests():
                for _ in range(3):
                    yield {"model_name": model, "inputs": inputs(arrays, triton_aio)}

            count = 0
            async for result, error in other.stream_infer(requests()):
                assert error is None
                agree(result)
                count += 1
            assert count == 3

    asyncio.run(later())
    asked += 4

    # No stub of ours is published: a label is two texts and a field number each, and the channel takes bytes.
    def text(field, value):
        return bytes([field << 3 | 2, len(value)]) + value

    put = channel.unary_unary("/flyball.v1.LabelService/Put", request_serializer=bytes, response_deserializer=bytes)
    label = text(1, identity.encode()) + text(2, b"yes")
    answer = put(text(1, model.encode()) + text(2, label))
    assert b"accepted" in answer or b"pending" in answer, answer
    statistics = client.get_inference_statistics(model).model_stats
    assert [one.version for one in statistics] == ["1"] and statistics[0].inference_stats.fail.count == 0
    print(f"{asked} requests of {len(rows)} rows over gRPC in {len(datatypes) + 1} datatypes, all as the first")


if __name__ == "__main__":
    main(*sys.argv[1:])

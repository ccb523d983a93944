import Engine
import Foundation
import GRPCCore
import InferenceProtocol
import Serving
import SwiftProtobuf
import Tabular
import Testing

@Suite("gRPC, inference")
struct GRPCInferenceTests {
    @Test("a row in typed contents is scored; the answer names version, arm and prediction id, and has typed contents too")
    func typed() async throws {
        try await withGRPC { client, _ async throws in
            let answer = try await InferenceClient(wrapping: client).modelInfer(.numbers)
            #expect(answer.modelName == "numbers" && answer.modelVersion == "2" && answer.id.isEmpty)
            #expect(answer.outputs.map(\.name) == ["score"] && answer.outputs[0].shape == [1, 1] && answer.outputs[0].datatype == "FP64")
            #expect(answer.outputs[0].contents.fp64Contents == [2_004] && answer.rawOutputContents.isEmpty)
            #expect(answer.parameters["arm"]?.stringParam == "champion")
            #expect(PredictionID(answer.parameters["prediction_id"]?.stringParam ?? "") != nil)
        }
    }

    @Test("rows as raw contents are answered raw, on the loop and by the pool; a version can be named; the request's id comes back")
    func raw() async throws {
        try await withGRPC { client, _ async throws in
            let service = InferenceClient(wrapping: client)
            for rows in [1, 256, 257, 5_000] {
                var request = Inference_ModelInferRequest.matrix(rows: rows)
                request.modelVersion = "1"
                request.id = "night"
                let answer = try await service.modelInfer(request)
                #expect(answer.modelVersion == "1" && answer.id == "night" && answer.parameters["arm"]?.stringParam == "pinned")
                #expect(answer.outputs[0].shape == [Int64(rows), 1] && !answer.outputs[0].hasContents)
                #expect(answer.rawOutputContents.map(\.doubles) == [(0..<rows).map { 1_000 + Double($0) }])
            }
        }
    }

    @Test(
        "every datatype comes in typed and raw contents, and means the same",
        arguments: [
            ("a", "FP64", Data.raw([(2.5).bitPattern])), ("a", "FP32", Data.raw([Float(2.5).bitPattern])),
            ("a", "FP16", Data.raw([Float16(2.5).bitPattern])), ("b", "INT64", .raw([Int64(3)])), ("b", "INT32", .raw([Int32(3)])),
            ("b", "INT16", .raw([Int16(3)])), ("b", "INT8", .raw([Int8(3)])), ("b", "UINT64", .raw([UInt64(3)])),
            ("b", "UINT32", .raw([UInt32(3)])), ("b", "UINT16", .raw([UInt16(3)])), ("b", "UINT8", .raw([UInt8(3)])),
            ("c", "BOOL", Data([1])),
        ] as [(String, String, Data)])
    func datatypes(_ feature: String, _ datatype: String, _ bytes: Data) async throws {
        let values: [String: Double] = ["a": 2.5, "b": 3, "c": 1]
        try await withGRPC { client, _ async throws in
            let service = InferenceClient(wrapping: client)
            var raw = Inference_ModelInferRequest.with { $0.modelName = "numbers" }
            for (name, type, data) in [
                ("a", "FP64", Data.raw([(0.0).bitPattern])), ("b", "INT64", .raw([Int64(0)])), ("c", "BOOL", Data([0])),
            ] {
                raw.inputs.append(.of(name, name == feature ? datatype : type, [1]))
                raw.rawInputContents.append(name == feature ? bytes : data)
            }
            let answer = try await service.modelInfer(raw)
            #expect(answer.rawOutputContents[0].doubles == [2_000 + (values[feature] ?? 0)])
            guard datatype != "FP16" else { return }
            var typed = Inference_ModelInferRequest.numbers
            typed.inputs = ["a", "b", "c"].map { name in
                .of(name, name == feature ? datatype : "FP64", [1, 1]) { contents in
                    guard name == feature else { return contents.fp64Contents = [0] }
                    switch datatype {
                    case "FP64": contents.fp64Contents = [2.5]
                    case "FP32": contents.fp32Contents = [2.5]
                    case "INT64": contents.int64Contents = [3]
                    case "UINT64": contents.uint64Contents = [3]
                    case "BOOL": contents.boolContents = [true]
                    case _ where datatype.hasPrefix("U"): contents.uintContents = [3]
                    default: contents.intContents = [3]
                    }
                }
            }
            let same = try await service.modelInfer(typed)
            #expect(same.outputs[0].contents.fp64Contents == [2_000 + (values[feature] ?? 0)])
        }
    }

    @Test("texts, times and what is missing: BYTES typed and raw, NaN, an empty text")
    func missing() async throws {
        try await withGRPC { client, _ async throws in
            let service = InferenceClient(wrapping: client)
            func inputs(_ fill: Bool) -> [Inference_ModelInferRequest.InferInputTensor] {
                [
                    .of("carrier", "BYTES", [2], fill ? { $0.bytesContents = [Data("AA".utf8), Data()] } : nil),
                    .of("distance", "FP64", [2], fill ? { $0.fp64Contents = [100, .nan] } : nil),
                    .of("temp", "FP32", [2], fill ? { $0.fp32Contents = [1, .nan] } : nil),
                    .of("weekend", "FP64", [2], fill ? { $0.fp64Contents = [1, .nan] } : nil),
                    .of("time", "BYTES", [2], fill ? { $0.bytesContents = [Data(), Data()] } : nil),
                ]
            }
            let typed = try await service.modelInfer(
                .with {
                    $0.modelName = "flights"
                    $0.inputs = inputs(true)
                })
            let raw = try await service.modelInfer(
                .with {
                    $0.modelName = "flights"
                    $0.inputs = inputs(false)
                    $0.rawInputContents = [
                        .raw(texts: ["AA", ""]), .raw([(100.0).bitPattern, Double.nan.bitPattern]),
                        .raw([Float(1).bitPattern, Float.nan.bitPattern]), .raw([(1.0).bitPattern, Double.nan.bitPattern]),
                        .raw(texts: ["", ""]),
                    ]
                })
            #expect(typed.outputs[0].contents.fp64Contents == [1_102, 1_000])
            #expect(raw.rawOutputContents[0].doubles == [1_102, 1_000])
        }
    }

    @Test("several classes give as many scores a row; a trace and a key come by metadata")
    func classes() async throws {
        try await withGRPC { client, _ async throws in
            let request = Inference_ModelInferRequest.with {
                $0.modelName = "kinds"
                $0.inputs = [.of("x", "FP64", [2]) { $0.fp64Contents = [1, 2] }]
            }
            let answer = try await InferenceClient(wrapping: client).modelInfer(
                request, metadata: ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
            #expect(answer.outputs[0].shape == [2, 3])
            #expect(answer.outputs[0].contents.fp64Contents == [1_001, 1_002, 1_003, 1_002, 1_003, 1_004])
            #expect(answer.parameters["trace_id"]?.stringParam == "0af7651916cd43dd8448eb211c80319c")
        }
    }

    @Test("a stream answers in order, says what is wrong with one request, and goes on")
    func stream() async throws {
        try await withGRPC { client, _ async throws in
            var wrong = Inference_ModelInferRequest.numbers
            wrong.inputs.removeLast()
            wrong.id = "wrong"
            var last = Inference_ModelInferRequest.matrix(rows: 300)
            last.id = "last"
            last.parameters["triton_enable_empty_final_response"] = .with { $0.boolParam = true }
            let requests = [.numbers, wrong, last]
            let answers = try await InferenceClient(wrapping: client).modelStreamInfer { writer in
                for request in requests { try await writer.write(request) }
            } onResponse: { response in
                try await response.messages.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 3)
            #expect(answers[0].errorMessage.isEmpty && answers[0].inferResponse.outputs[0].contents.fp64Contents == [2_004])
            #expect(answers[1].errorMessage.contains("missing feature c") && answers[1].inferResponse.id == "wrong")
            #expect(answers[2].inferResponse.id == "last" && answers[2].inferResponse.rawOutputContents[0].doubles.count == 300)
            #expect(answers[2].inferResponse.parameters["triton_final_response"]?.boolParam == true)
        }
    }

    @Test("health, metadata, configuration, statistics and index say what HTTP says")
    func documents() async throws {
        try await withGRPC { client, server async throws in
            let service = InferenceClient(wrapping: client)
            #expect(try await service.serverLive(.init()).live)
            #expect(try await service.serverReady(.init()).ready)
            let told = try await service.serverMetadata(.init())
            #expect(told.name == "flyball" && told.extensions.contains("statistics"))
            for (name, version, isReady) in [
                ("numbers", "", true), ("numbers", "1", true), ("numbers", "9", false), ("resting", "", false), ("nobody", "", false),
            ] {
                let found = try await service.modelReady(
                    .with {
                        $0.name = name
                        $0.version = version
                    })
                #expect(found.ready == isReady, "\(name) \(version)")
            }
            let metadata = try await service.modelMetadata(.with { $0.name = "flights" })
            #expect(metadata.inputs.map(\.name) == ["carrier", "distance", "temp", "weekend", "time"])
            #expect(
                metadata.inputs.map(\.datatype) == ["BYTES", "INT64", "FP64", "BOOL", "BYTES"] && metadata.outputs[0].shape == [-1, 1])
            #expect(metadata.properties["task"] == "binary" && metadata.properties["class_1"] == "yes")
            let configuration = try await service.modelConfig(.with { $0.name = "numbers" }).config
            #expect(configuration.input.map(\.dataType) == [.typeFp64, .typeInt64, .typeBool] && configuration.maxBatchSize == 10_000)
            #expect(configuration.versionPolicy.specific.versions == [1, 2] && configuration.output[0].dims == [1])
            _ = try await service.modelInfer(.matrix(rows: 5))
            _ = await server.harvest(flushing: true)
            let statistics = try await service.modelStatistics(.with { $0.name = "numbers" }).modelStats
            #expect(
                statistics.map(\.version) == ["1", "2"] && statistics[1].inferenceCount == 5
                    && statistics[1].inferenceStats.success.count == 1)
            let index = try await service.repositoryIndex(.init()).models
            #expect(index.map(\.name) == ["broken", "empty", "flights", "kinds", "numbers", "resting"])
            #expect(index.filter { $0.state == "READY" }.count == 4 && index.first { $0.name == "resting" }?.reason == "paused")
            #expect(try await service.repositoryIndex(.with { $0.ready = true }).models.count == 4)
        }
    }
}

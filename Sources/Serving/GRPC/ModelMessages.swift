import Engine
import InferenceProtocol
import Tabular

/// What gRPC says of models: the same as the documents over HTTP.
extension ModelDocument {
    private var outputs: Int { schema.target.task == .multiclass ? schema.target.classes.count : 1 }

    /// As `GET /v2/models/{m}`; what is said of single inputs stands there only.
    var metadata: Inference_ModelMetadataResponse {
        var message = Inference_ModelMetadataResponse()
        message.name = name
        message.versions = versions.map { "\($0)" }
        message.platform = "flyball"
        message.inputs = schema.features.map { feature in
            var tensor = Inference_ModelMetadataResponse.TensorMetadata()
            tensor.name = feature.name
            tensor.datatype = TensorDatatype(feature.kind).rawValue
            tensor.shape = [-1, 1]
            return tensor
        }
        var output = Inference_ModelMetadataResponse.TensorMetadata()
        output.name = InferenceDecoder.outputName
        output.datatype = TensorDatatype.fp64.rawValue
        output.shape = [-1, Int64(outputs)]
        message.outputs = [output]
        message.properties = Dictionary(parameters.map { ($0.name, $0.value) }) { first, _ in first }
        return message
    }

    /// As `GET /v2/models/{m}/config`.
    var configuration: Inference_ModelConfigResponse {
        var message = Inference_ModelConfig()
        message.name = name
        message.platform = "flyball"
        message.backend = "flyball"
        message.maxBatchSize = Int32(clamping: maximumRows)
        message.versionPolicy.specific.versions = versions.map { Int64($0) }
        message.input = schema.features.map { feature in
            var input = Inference_ModelInput()
            input.name = feature.name
            input.dataType = Inference_DataType(TensorDatatype(feature.kind))
            input.dims = [1]
            input.optional = feature.optional
            return input
        }
        var output = Inference_ModelOutput()
        output.name = InferenceDecoder.outputName
        output.dataType = .typeFp64
        output.dims = [Int64(outputs)]
        message.output = [output]
        var response = Inference_ModelConfigResponse()
        response.config = message
        return response
    }
}

extension Inference_DataType {
    fileprivate init(_ datatype: TensorDatatype) {
        self =
            switch datatype {
            case .bool: .typeBool
            case .uint8: .typeUint8
            case .uint16: .typeUint16
            case .uint32: .typeUint32
            case .uint64: .typeUint64
            case .int8: .typeInt8
            case .int16: .typeInt16
            case .int32: .typeInt32
            case .int64: .typeInt64
            case .fp16: .typeFp16
            case .fp32: .typeFp32
            case .fp64: .typeFp64
            case .bytes: .typeString
            }
    }
}

extension ModelStatistics {
    /// As `GET /v2/models/{m}/stats`.
    static func message(
        _ asked: [(model: String, versions: [UInt32])], _ known: [String: ModelStatistics]
    ) -> Inference_ModelStatisticsResponse {
        func duration(_ count: Int64, _ nanoseconds: UInt64 = 0) -> Inference_StatisticDuration {
            var duration = Inference_StatisticDuration()
            duration.count = UInt64(max(0, count))
            duration.ns = nanoseconds
            return duration
        }
        var response = Inference_ModelStatisticsResponse()
        for (model, versions) in asked {
            for number in versions {
                let version = known[model]?.versions[number] ?? Version()
                var message = Inference_ModelStatistics()
                message.name = model
                message.version = "\(number)"
                message.lastInference = UInt64(max(0, version.lastAnswer))
                message.inferenceCount = UInt64(max(0, version.rows))
                message.executionCount = UInt64(max(0, version.answered))
                message.inferenceStats.success = duration(version.answered, version.nanoseconds)
                message.inferenceStats.fail = duration(version.failed)
                message.inferenceStats.queue = duration(version.answered)
                message.inferenceStats.computeInput = duration(version.answered)
                message.inferenceStats.computeInfer = duration(version.answered, version.nanoseconds)
                message.inferenceStats.computeOutput = duration(version.answered)
                message.inferenceStats.cacheHit = duration(0)
                message.inferenceStats.cacheMiss = duration(0)
                response.modelStats.append(message)
            }
        }
        return response
    }
}

extension HTTPLoop {
    /// As `POST /v2/repository/index`.
    func index(readyOnly: Bool) -> Inference_RepositoryIndexResponse {
        var response = Inference_RepositoryIndexResponse()
        for name in serving.table.routes.keys.sorted() {
            guard let route = serving.table.routes[name], route.answers || !readyOnly else { continue }
            var model = Inference_RepositoryIndexResponse.ModelIndex()
            model.name = name
            model.version = route.champion.map { "\($0.number)" } ?? ""
            model.state = route.answers ? "READY" : "UNAVAILABLE"
            model.reason = route.answers ? "" : route.state.rawValue
            response.models.append(model)
        }
        return response
    }
}

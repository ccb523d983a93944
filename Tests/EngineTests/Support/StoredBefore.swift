import Engine
import Foundation
import Testing

/// A store that an earlier release wrote, with what that release said of it: Tests/Fixtures tells how it was made.
enum StoredBefore {
    /// The formats of which there is a store.
    static let formats = [1, 2]

    /// Some minutes after the fixture's engine was stopped, UTC milliseconds.
    private static func later(_ format: Int) -> Int64 { format == 1 ? 1_795_906_300_000 : 1_796_048_700_000 }

    private static func folder(_ format: Int) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "Fixtures/store-\(format)")
    }

    /// Runs a body with a copy of the workspace.
    static func withCopy<T>(of format: Int = 1, _ body: (String, ManualClock) async throws -> T) async throws -> T {
        try await EngineHarness.withDirectory { directory in
            let unpacking = Process()
            unpacking.executableURL = URL(filePath: "/usr/bin/env")
            unpacking.arguments = ["tar", "-xzf", folder(format).appending(path: "workspace.tar.gz").path, "-C", directory]
            try unpacking.run()
            unpacking.waitUntilExit()
            try #require(unpacking.terminationStatus == 0)
            return try await body(directory + "/workspace", ManualClock(later(format)))
        }
    }

    /// Runs a body with an engine on a copy.
    static func run(
        of format: Int = 1, _ options: EngineHarness.Options = EngineHarness.Options(), _ body: (EngineHarness) async throws -> Void
    ) async throws {
        try await withCopy(of: format) { directory, clock in try await EngineHarness.run(in: directory, clock: clock, options, body) }
    }

    /// What the release of that time said.
    static func said(of format: Int = 1) throws -> Said {
        try JSONDecoder().decode(Said.self, from: Data(contentsOf: folder(format).appending(path: "said.json")))
    }

    /// The parts of it that must be said again.
    struct Said: Decodable {
        struct Version: Decodable {
            var version: String
            var state: String
            var algorithm: String
            var artefactHash: String
            var dataHash: String
            var blessed: Bool
            var createdBy: String
            var source: String
            var settings: [String: String]
            var seed: UInt64
            var trainRows: Int
            var metrics: [String: Double]
            var gates: [Gate]
            struct Gate: Decodable {
                var name: String
                var passed: Bool
                var detail: String
            }
        }

        struct Job: Decodable {
            var id: Int64
            var kind: String
            var deployment: String
            var state: String
            var algorithm: String
            var result: String?
            var error: String?
        }

        struct Alert: Decodable {
            var id: Int64
            var deployment: String
            var kind: String
            var state: String
            var title: String
            var note: String?
            var acknowledgedBy: String?
        }

        struct Prediction: Decodable {
            var id: String
            var version: String
            var score: Double
            var answer: String
            var label: String?
            var clientId: String?
        }

        struct Status: Decodable {
            struct Deployment: Decodable {
                var name: String
                var state: String
                var champion: String?
                var lastKnownGood: String?
                var predictions: Int64
                var labels: Int64
            }
            struct Freeze: Decodable {
                var deployment: String?
                var scope: String
                var by: String
            }
            var deployments: [Deployment]
            var frozen: [Freeze]
        }

        struct Answer: Decodable {
            struct Output: Decodable { var data: [Double] }
            struct Parameters: Decodable {
                var id: String
                private enum CodingKeys: String, CodingKey { case id = "prediction_id" }
            }
            var version: String
            var outputs: [Output]
            var parameters: Parameters
            private enum CodingKeys: String, CodingKey {
                case version = "model_version"
                case outputs, parameters
            }
        }

        struct Probe: Decodable {
            var delays: Answer
            var online: Answer
        }

        struct Odd: Decodable { var answer: Answer }

        var versions: [String: [Version]] = [:]
        var jobs: [Job]
        var alerts: [Alert]
        var predictions: [Prediction]
        var status: Status
        var policy: String
        var verification: String
        var probe: Probe
        var odd: Odd

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            func value<T: Decodable>(_ key: String) throws -> T { try values.decode(T.self, forKey: Key(stringValue: key)) }
            for key in values.allKeys where key.stringValue.hasPrefix("versions ") {
                versions[String(key.stringValue.dropFirst("versions ".count))] = try values.decode([Version].self, forKey: key)
            }
            jobs = try value("jobs")
            alerts = try value("alerts")
            predictions = try value("predictions delays")
            status = try value("status")
            policy = try value("policy delays")
            verification = try value("journal verify")
            probe = try value("probe")
            odd = try value("odd")
        }
    }
}

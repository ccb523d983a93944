import Foundation
import NIOCore
import Synchronization
import Workload

/// A source that gives so many requests with their numbers as bodies and labels, in pieces.
struct NumberedSource: LoadSource {
    private final class Cursor: Sendable {
        let next = Mutex(0)
    }

    let count: Int
    private let cursor = Cursor()

    init(_ count: Int) { self.count = count }

    func next(_ maximum: Int) async throws(WorkloadFailure) -> [LoadRequest] {
        let range = cursor.next.withLock { next in
            let first = next
            next = min(count, next + min(maximum, 37))
            return first..<next
        }
        return range.map { LoadRequest(body: Array("{\"row\":\($0)}".utf8), label: "\($0)", row: $0) }
    }
}

extension LoadOptions {
    static func test(
        _ server: TestServer, rate: Double? = nil, connections: Int = 4, timeoutMilliseconds: Int = 10_000, limit: Int? = nil
    ) -> LoadOptions {
        LoadOptions(
            endpoint: Endpoint(host: "127.0.0.1", port: server.port), path: "/v2/models/m/infer", schedule: ArrivalSchedule(rate: rate),
            connections: connections, timeoutMilliseconds: timeoutMilliseconds, limit: limit)
    }
}

/// A folder that goes away with its last user.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("workload-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String = "data.csv") throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// Values gathered from callbacks.
final class Gathered<Value: Sendable>: Sendable {
    private let list = Mutex<[Value]>([])

    var values: [Value] { list.withLock { $0 } }

    func append(_ value: Value) { list.withLock { $0.append(value) } }
}

/// Waits until something is so; false after ten seconds.
func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
    for _ in 0..<1_000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}

import Engine
import NIOCore

/// What became of each label, in words a client can act on, and how many of each there are.
enum LabelAnswer {
    static func write(_ labels: [IncomingLabel], _ results: [LabelResult], into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"results\":[")
        for (i, (label, result)) in zip(labels, results).enumerated() {
            buffer.writeStaticString(i == 0 ? "{\"id\":" : ",{\"id\":")
            buffer.writeJSON(label.id)
            buffer.writeString(",\"outcome\":\"\(result.rawValue)\"")
            if let reason = reason(result) {
                buffer.writeStaticString(",\"reason\":")
                buffer.writeJSON(reason)
            }
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString("],\"counts\":{")
        let counts = Dictionary(results.map { ($0.rawValue, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        for (i, count) in counts.enumerated() { buffer.writeString((i == 0 ? "" : ",") + "\"\(count.key)\":\(count.value)") }
        buffer.writeStaticString("}}")
    }

    private static func reason(_ result: LabelResult) -> String? {
        switch result {
        case .accepted, .duplicate, .corrected: nil
        case .conflict: "another value stands: send \"correct\":true to replace it"
        case .pending: "taken: its prediction has not reached the log yet"
        case .unknown: "no prediction with this id in the log"
        case .invalid: "the value is neither a class of the target nor a finite number"
        }
    }
}

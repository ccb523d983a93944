import Engine
import NIOCore
import Tabular

/// What became of each label, in words a client can act on, and how many of each there are.
enum LabelAnswer {
    static func write(_ labels: [IncomingLabel], _ results: [LabelResult], schema: Schema?, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"results\":[")
        for (i, (label, result)) in zip(labels, results).enumerated() {
            buffer.writeStaticString(i == 0 ? "{\"id\":" : ",{\"id\":")
            buffer.writeJSON(label.id)
            buffer.writeString(",\"outcome\":\"\(result.rawValue)\"")
            if let reason = reason(result, label, schema) {
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

    /// What to do about a label that was not simply taken; nil where nothing is to be done.
    static func reason(_ result: LabelResult, _ label: IncomingLabel, _ schema: Schema?) -> String? {
        switch result {
        case .accepted, .duplicate, .corrected: nil
        case .conflict: "another value stands: send \"correct\":true to replace it"
        case .pending: "taken: its prediction has not reached the log yet"
        case .unknown: "no prediction with this id in the log"
        case .invalid: schema.map { refusal(label.value, $0) } ?? "the value is neither a class of the target nor a finite number"
        }
    }

    /// Why a value is no truth, and what would be one.
    private static func refusal(_ value: String, _ schema: Schema) -> String {
        let target = schema.target
        let wanted = target.task == .regression ? "a decimal number is wanted" : "the classes are \(target.classList)"
        let shown = InferenceFailure.short(value)
        guard case .failure(let refusal) = target.reading(of: value, words: schema.missingWords) else { return wanted }
        switch refusal {
        case .noClass: return "\"\(shown)\" is neither a class of the target nor equal to one: \(wanted)"
        case .noNumber: return "\"\(shown)\" is neither a class of the target nor a finite number: \(wanted)"
        case .ambiguous: return "\"\(shown)\" may mean several classes: write it as one of them: \(wanted)"
        case .missing: return "\"\(shown)\" is a word for missing: send the label when it is known: \(wanted)"
        }
    }
}

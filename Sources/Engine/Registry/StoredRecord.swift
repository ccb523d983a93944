import Foundation
package import Store

/// A value that is stored as a JSON object which names its format: `"format": 2`; an object without the number is of format 1.
///
/// Whoever changes what is stored raises `format` and goes on reading the older ones in `init(from:)`. New optional fields need no new number.
package protocol StoredRecord: Codable {
    /// The format that this release writes, and the newest that it reads.
    static var format: Int { get }
}

/// Why a stored record cannot be used.
///
/// It is shown with its place, and left as it is.
package enum RecordFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A newer release wrote it.
    case newer(found: Int, known: Int)
    /// It is not what a record is.
    case unreadable(String)

    package var description: String {
        switch self {
        case .newer(let found, let known): "its format is \(found), this flyball knows \(known): use the newer flyball"
        case .unreadable(let reason): "\(reason): restore it from a backup"
        }
    }
}

extension StoredRecord {
    /// The record of a stored text.
    package init(stored text: String) throws(RecordFailure) { self = try decodeJSON(StoredForm<Self>.self, text).record }

    /// The text to be stored, with the number of its format.
    ///
    /// - Throws: `StoreFailure.invalid`; nothing is stored in its place.
    package func stored() throws(StoreFailure) -> String {
        do throws(EncodingFailure) { return try encodeJSON(StoredForm(record: self)) } catch {
            throw .invalid("\(Self.self): \(error.reason)")
        }
    }
}

/// The record's own object with one member more.
private struct StoredForm<Record: StoredRecord>: Codable {
    private enum Key: CodingKey { case format }

    var record: Record

    init(record: Record) { self.record = record }

    init(from decoder: any Decoder) throws {
        let found = try decoder.container(keyedBy: Key.self).decodeIfPresent(Int.self, forKey: .format) ?? 1
        guard found >= 1 else { throw RecordFailure.unreadable("format \(found) is none") }
        guard found <= Record.format else { throw RecordFailure.newer(found: found, known: Record.format) }
        record = try Record(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Record.format, forKey: .format)
    }
}

/// Why a value has no JSON.
package struct EncodingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What of it.
    package var reason: String

    package var description: String { "it cannot be written as JSON: \(reason): report this" }
}

/// Canonical JSON: sorted keys, no escaped slashes; what is no number is a text.
package func encodeJSON(_ value: some Encodable) throws(EncodingFailure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch { throw EncodingFailure(reason: "\(error)") }
}

/// The inverse of `encodeJSON`.
package func decodeJSON<T: Decodable>(_ type: T.Type, _ text: String) throws(RecordFailure) -> T {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { return try decoder.decode(type, from: Data(text.utf8)) } catch {
        if let failure = error as? RecordFailure { throw failure }
        throw .unreadable(reason(error))
    }
}

/// What a decoder complains about, and where: `metrics.0.value: …`.
private func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context, _ last: String? = nil) -> String {
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue } + [last].compactMap(\.self)
        return path.isEmpty ? "" : path.joined(separator: ".") + " "
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context, key.stringValue))is missing"
    case .valueNotFound(_, let context): "\(place(context))has no value"
    case .typeMismatch(let type, let context): "\(place(context))is no \(type)"
    case .dataCorrupted(let context):
        context.codingPath.isEmpty ? "it is no JSON" : "\(place(context))holds what is not known here: \(context.debugDescription)"
    @unknown default: "\(error)"
    }
}

/// A JSON object of texts, in the order of its keys.
///
/// For the details of journal entries: it cannot fail, and so neither can a roll back, a pause or a freeze.
func textsJSON(_ texts: [String: String]) -> String {
    func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
    return "{" + texts.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ",") + "}"
}

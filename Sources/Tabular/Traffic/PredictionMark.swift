/// A prediction's place in the order of the log: by time, then by id.
public struct PredictionMark: Codable, Hashable, Sendable, Comparable {
    /// When it was answered, UTC milliseconds.
    public var time: Int64
    /// Which one it is.
    public var id: RowID

    /// Makes a mark.
    public init(time: Int64, id: RowID) {
        self.time = time
        self.id = id
    }

    /// Orders by time, request, row.
    public static func < (a: PredictionMark, b: PredictionMark) -> Bool {
        (a.time, a.id.base, a.id.row) < (b.time, b.id.base, b.id.row)
    }
}

extension RowID: Codable {
    /// Reads what `text` gives.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RowID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no prediction id: \(SafeText.escape(text))")
        }
        self = id
    }

    /// Writes `text`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

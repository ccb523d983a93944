import Tabular

/// Reads the cells of requests: through the importer's own reader and parser of times, each alone, since a request's rows have no order.
struct RequestCells {
    private let readers: [CellReader]
    private var times: TimeParser?

    init(_ schema: Schema) {
        readers = schema.readers
        times = try? TimeParser(zone: schema.zone)
    }

    /// Whether a number stands for no value of the feature at a position.
    func isMissing(_ number: Double, at position: Int) -> Bool { readers[position].isMissing(number) }

    /// What a text means to the feature at a position.
    ///
    /// Nothing where the schema's zone is none, which no model that loads has.
    mutating func meaning(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> CellReader.Meaning {
        times?.meaning(of: bytes, by: readers[position]) ?? .misfit
    }
}

extension TimeParser {
    fileprivate mutating func meaning(of bytes: UnsafeBufferPointer<UInt8>, by reader: CellReader) -> CellReader.Meaning {
        reader.meaning(bytes, times: &self)
    }
}

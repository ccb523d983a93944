extension CSVScanner {
    /// A field of the record: a range of the buffer, quotes left out and doubled quotes already undone.
    struct Field {
        var start: Int
        var end: Int
        var hasDoubledQuotes: Bool
    }

    /// The current record's fields.
    ///
    /// Valid until the scanner moves: read it, never keep it.
    struct Record {
        let base: UnsafePointer<UInt8>
        let fields: UnsafePointer<Field>
        let count: Int

        /// The bytes of one field.
        subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
            @inline(__always) get {
                precondition(index >= 0 && index < count)
                let field = fields[index]
                return UnsafeBufferPointer(start: base + field.start, count: field.end - field.start)
            }
        }

        /// All bytes from the first field to the last: the record as it stands in the file, its line end left out, if no field has quotes.
        var plainText: UnsafeBufferPointer<UInt8> {
            guard count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
            return UnsafeBufferPointer(start: base + fields[0].start, count: fields[count - 1].end - fields[0].start)
        }
    }
}

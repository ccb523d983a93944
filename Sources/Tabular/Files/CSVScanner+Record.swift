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
    }
}

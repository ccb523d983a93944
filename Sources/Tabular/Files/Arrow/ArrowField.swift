/// A column of an Arrow schema: what its cells are, and how they lie in buffers.
///
/// Source: Apache Arrow, "Schema.fbs" and "Columnar.rst".
struct ArrowField {
    /// How the values lie.
    enum Layout: Equatable {
        case null
        case bits
        /// Numbers of so many bytes.
        case numbers(Int, isSigned: Bool)
        /// So many bytes a value.
        case fixed(Int)
        /// Offsets of four or eight bytes, and the bytes they lead to.
        case variable(offsetBytes: Int)
        /// Sixteen bytes a value, with the place of longer ones.
        case views
    }

    /// The numbers that stand for a dictionary's values.
    struct Dictionary {
        var id: Int64
        var indexBytes: Int
        var isSigned: Bool
    }

    /// Bytes of the longest name: several columns may lead to the same one.
    private static let longestName = 16 << 10

    let name: String
    let cell: TypedCell
    let layout: Layout
    let dictionary: Dictionary?

    /// - Throws: for a column that is no column of a flat table, by its name.
    init(_ table: FlatTable) throws(Damage) {
        name = try table.text(0) ?? ""
        guard name.utf8.count <= Self.longestName else { throw Damage(what: "a column's name of \(name.utf8.count) bytes") }
        let type = Int(try table.number(2, UInt8(0)))
        let about = try table.table(3)
        if let what = Self.nested[type] {
            throw Damage(
                what: "column '\(SafeText.escape(name))' holds \(what), which are no cells",
                remedy: "leave the column out when you write the file, or spread it over columns of its own")
        }
        guard let found = try Self.found(type, about) else {
            throw Damage(
                what: "column '\(SafeText.escape(name))' has a type that cannot be read here",
                remedy: "leave the column out when you write the file, or write it as text")
        }
        (cell, layout) = found
        guard let encoding = try table.table(4) else {
            dictionary = nil
            return
        }
        let index = try encoding.table(1)
        let bits = Int(try index?.number(0, Int32(32)) ?? 32)
        guard [8, 16, 32, 64].contains(bits) else { throw Damage(what: "numbers of \(bits) bits") }
        dictionary = Dictionary(
            id: try encoding.number(0, Int64(0)), indexBytes: bits / 8, isSigned: try index?.truth(1) ?? true)
    }

    private static let nested: [Int: String] = [
        12: "lists", 13: "groups of values", 14: "values of several types", 16: "lists", 17: "maps", 21: "lists", 25: "lists", 26: "lists",
    ]

    private static func found(_ type: Int, _ about: FlatTable?) throws(Damage) -> (TypedCell, Layout)? {
        guard let about else { return nil }
        switch type {
        case 1: return (.null, .null)
        case 2:
            let bits = Int(try about.number(0, Int32(0)))
            guard [8, 16, 32, 64].contains(bits) else { return nil }
            let isSigned = try about.truth(1)
            return (isSigned ? .signed : .unsigned(bits: bits), .numbers(bits / 8, isSigned: isSigned))
        case 3:
            switch try about.number(0, Int16(0)) {
            case 0: return (.half, .numbers(2, isSigned: false))
            case 1: return (.float, .numbers(4, isSigned: false))
            case 2: return (.double, .numbers(8, isSigned: false))
            default: return nil
            }
        case 4, 5: return (.text, .variable(offsetBytes: 4))
        case 19, 20: return (.text, .variable(offsetBytes: 8))
        case 23, 24: return (.text, .views)
        case 6: return (.boolean, .bits)
        case 7:
            let bits = Int(try about.number(2, Int32(128)))
            guard [32, 64, 128, 256].contains(bits) else { return nil }
            return (.decimal(scale: Int(try about.number(1, Int32(0)))), .fixed(bits / 8))
        case 8:
            return try about.number(0, Int16(1)) == 0
                ? (.date, .numbers(4, isSigned: true)) : (.dateMilliseconds, .numbers(8, isSigned: true))
        case 9:
            let bits = Int(try about.number(1, Int32(32)))
            guard bits == 32 || bits == 64, let unit = unit(try about.number(0, Int16(1))) else { return nil }
            return (.time(unit), .numbers(bits / 8, isSigned: true))
        case 10:
            guard let unit = unit(try about.number(0, Int16(0))) else { return nil }
            return (.timestamp(unit, isUTC: try about.text(1)?.isEmpty == false), .numbers(8, isSigned: true))
        // A length of time is a number of its unit, as the file counts it.
        case 18: return (.signed, .numbers(8, isSigned: true))
        case 15:
            let width = Int(try about.number(0, Int32(0)))
            return (1...CSVScanner.longestRecord).contains(width) ? (.text, .fixed(width)) : nil
        default: return nil
        }
    }

    private static func unit(_ number: Int16) -> TimeUnit? {
        switch number {
        case 0: .seconds
        case 1: .milliseconds
        case 2: .microseconds
        case 3: .nanoseconds
        default: nil
        }
    }

    /// Buffers of a column of that layout, without those of views, of which there may be more.
    static func buffers(of layout: Layout) -> Int {
        switch layout {
        case .null: 0
        case .bits, .numbers, .fixed, .views: 2
        case .variable: 3
        }
    }
}

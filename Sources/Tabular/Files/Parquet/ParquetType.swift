/// How a column's values lie in its pages, and what they are.
struct ParquetType {
    /// How the bytes lie.
    enum Physical: Equatable {
        case boolean
        case int32
        case int64
        case int96
        case float
        case double
        case bytes
        case fixed(Int)

        /// Bytes of a plain value; nil where they differ, and for bits.
        var width: Int? {
            switch self {
            case .boolean, .bytes: nil
            case .int32, .float: 4
            case .int64, .double: 8
            case .int96: 12
            case .fixed(let width): width
            }
        }
    }

    let physical: Physical
    let cell: TypedCell
    /// Whether a value may be missing.
    let isOptional: Bool

    /// What the file says of a column.
    ///
    /// - Throws: for a column that is no column of a flat table: lists, maps, groups, intervals.
    init(_ element: ParquetElement) throws(Damage) {
        if let what = Self.nested(element) {
            throw Damage(
                what: "column '\(SafeText.escape(element.name))' holds \(what), which are no cells",
                remedy: "leave the column out when you write the file, or spread it over columns of its own")
        }
        let physical: Physical
        switch element.type {
        case 0: physical = .boolean
        case 1: physical = .int32
        case 2: physical = .int64
        case 3: physical = .int96
        case 4: physical = .float
        case 5: physical = .double
        case 6: physical = .bytes
        case 7 where (1...1 << 20).contains(element.length): physical = .fixed(element.length)
        default: throw Damage(what: "column '\(SafeText.escape(element.name))' has no known type")
        }
        guard let cell = Self.cell(element, physical) else {
            throw Damage(
                what: "column '\(SafeText.escape(element.name))' has a type that cannot be read here",
                remedy: "leave the column out when you write the file, or write it as text")
        }
        self.physical = physical
        self.cell = cell
        isOptional = element.repetition == 1
    }

    /// What a column holds that is not one value a row; nil for one that is flat.
    private static func nested(_ element: ParquetElement) -> String? {
        if element.repetition == 2 { return "lists" }
        guard element.children > 0 || element.type == nil else { return nil }
        switch (element.logical, element.converted) {
        case (.list?, _), (nil, 3): return "lists"
        case (.map?, _), (nil, 1), (nil, 2): return "maps"
        default: return "groups of values"
        }
    }

    private static func cell(_ element: ParquetElement, _ physical: Physical) -> TypedCell? {
        if element.logical.map({ if case .null = $0 { true } else { false } }) == true { return .null }
        switch physical {
        case .boolean: return .boolean
        case .float: return .float
        case .double: return .double
        case .int96: return .julian
        case .int32, .int64: return whole(element, bits: physical == .int32 ? 32 : 64)
        case .bytes, .fixed:
            switch (element.logical, element.converted) {
            case (.decimal?, _), (nil, 5): return .decimal(scale: element.scale)
            case (.half?, _): return physical == .fixed(2) ? .half : nil
            case (.uuid?, _): return physical == .fixed(16) ? .uuid : nil
            // An interval is months, days and milliseconds.
            case (nil, 21): return nil
            default: return .text
            }
        }
    }

    private static func whole(_ element: ParquetElement, bits: Int) -> TypedCell? {
        switch element.logical {
        case .decimal?: return .decimal(scale: element.scale)
        case .date?: return .date
        case .time(let unit)?: return .time(unit)
        case .timestamp(let unit, let isUTC)?: return .timestamp(unit, isUTC: isUTC)
        case .integer(let isSigned)?: return isSigned ? .signed : .unsigned(bits: bits)
        default: break
        }
        // The older way of saying it, in which instants are UTC.
        switch element.converted {
        case 5: return .decimal(scale: element.scale)
        case 6: return .date
        case 7: return .time(.milliseconds)
        case 8: return .time(.microseconds)
        case 9: return .timestamp(.milliseconds, isUTC: true)
        case 10: return .timestamp(.microseconds, isUTC: true)
        case 11, 12, 13, 14: return .unsigned(bits: bits)
        default: return .signed
        }
    }
}

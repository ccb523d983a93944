import Tabular

/// What trees may ask about a row: its values, and after them the hour, the weekday and the month of each time.
struct TreeInputs: Sendable {
    /// Values of a raw row.
    let width: Int
    /// The features of kind time.
    let times: [Int]
    /// The feature that is an exposure.
    let exposure: Int?
    private let clock: ZoneClock

    init(_ schema: Schema) {
        width = schema.width
        times = schema.features.indices.filter { schema.features[$0].kind == .time }
        clock = schema.clock
        exposure = schema.index(of: .exposure)
    }

    /// Number of inputs.
    var count: Int { width + times.count * TimePart.allCases.count }
    /// Number of inputs that are parts of times.
    var parts: Int { count - width }

    /// The feature that an input comes from.
    func feature(of input: Int) -> Int { input < width ? input : times[(input - width) / TimePart.allCases.count] }

    /// The part of a time that an input is; nil for a value.
    func part(of input: Int) -> TimePart? { input < width ? nil : TimePart(rawValue: (input - width) % TimePart.allCases.count) }

    /// Writes the parts of a row's times, in the order of the inputs.
    @inline(__always)
    func writeParts(_ row: UnsafePointer<Double>, into parts: UnsafeMutablePointer<Double>) {
        for index in times.indices {
            let target = parts + index * 3
            if let local = clock.parts(row[times[index]]) {
                target[0] = Double(local.hour)
                target[1] = Double(local.weekday)
                target[2] = Double(local.month)
            } else {
                for part in 0..<3 { target[part] = .nan }
            }
        }
    }

    /// One input of all rows.
    ///
    /// Complexity: O(rows).
    func column(_ input: Int, _ rows: LabelledRows) -> [Double] {
        let feature = feature(of: input)
        let values = (0..<rows.count).map { rows.features[$0 * width + feature] }
        guard let part = part(of: input) else { return values }
        return values.map { clock.parts($0).map { Double(part.value($0)) } ?? .nan }
    }
}

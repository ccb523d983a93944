import Tabular

/// How often each text of a column occurs, the most frequent first.
struct CategoryCounts {
    var texts: [(text: String, count: Int)]
    /// Rows whose code has no text: what a full dictionary could not take.
    var beyond = 0
    var missing = 0

    init(_ rows: LabelledRows, _ column: Int) {
        let table = rows.categories[rows.schema.features[column].name].table
        var byCode: [Int32: Int] = [:]
        for row in 0..<rows.count {
            let value = rows.features[row * rows.schema.width + column]
            if !value.isFinite {
                missing += 1
            } else if let code = Int32(exactly: value), table.name(of: code) != nil {
                byCode[code, default: 0] += 1
            } else {
                beyond += 1
            }
        }
        texts = byCode.compactMap { code, count in table.name(of: code).map { ($0, count) } }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}

/// How often each slot of the time parts occurs.
struct TimeCounts {
    var slots = [Int](repeating: 0, count: TimePart.slots.count)
    var missing = 0

    init(_ rows: LabelledRows, _ column: Int) {
        let clock = rows.schema.clock
        for row in 0..<rows.count {
            guard let parts = clock.parts(rows.features[row * rows.schema.width + column]) else {
                missing += 1
                continue
            }
            let (hour, weekday, month) = TimePart.slots(parts)
            slots[hour] += 1
            slots[weekday] += 1
            slots[month] += 1
        }
    }
}

/// Mean and standard deviation of a column's finite values, by Welford's update: stable for large means.
struct Moments {
    var count = 0
    var mean = 0.0
    var deviation = 0.0

    init(_ rows: LabelledRows, _ column: Int) {
        // In units of the largest value, where squares could overflow.
        var largest = 0.0
        for row in 0..<rows.count {
            let value = abs(rows.features[row * rows.schema.width + column])
            if value.isFinite { largest = max(largest, value) }
        }
        let unit = largest > 1e150 ? largest : 1
        var squares = 0.0
        for row in 0..<rows.count {
            let raw = rows.features[row * rows.schema.width + column]
            guard raw.isFinite else { continue }
            count += 1
            let value = raw / unit
            let delta = value - mean
            mean += delta / Double(count)
            squares += delta * (value - mean)
        }
        deviation = count > 1 ? (squares / Double(count)).squareRoot() * unit : 0
        mean *= unit
    }
}

import Tabular

/// What one column of a file holds, in bounded memory.
struct ColumnSummary: Sendable {
    /// Its name and kind.
    var column: FileColumn
    /// Rows without a value.
    private(set) var missing = 0
    /// Cells that are nothing the column can hold.
    private(set) var misfits = 0
    /// The first of them.
    var firstMisfit: ColumnReading.Misfit?
    /// A column of numbers: its numbers, their mean and spread.
    private(set) var numbers = ValueSketch()
    private(set) var moments = StreamMoments()
    /// A column of names: rows by code, and rows of texts that have none.
    private(set) var codes: [Int] = []
    private(set) var others = 0
    /// The texts by code.
    var texts: [String] = []
    /// Its longest stretch of one value.
    private(set) var run = ConstantRun()

    init(_ column: FileColumn) { self.column = column }

    /// Adds the next rows.
    ///
    /// Complexity: O(rows), without allocation while the sketch has room.
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        if column.isNumeric { addNumbers(values) } else { addNames(values) }
    }

    private mutating func addNumbers(_ values: UnsafeBufferPointer<Double>) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { room in
            var (sum, count, run) = (0.0, 0, run)
            for value in values {
                if value.isFinite {
                    run.add(value)
                    sum += value
                    room[count] = value
                    count &+= 1
                } else if value.isNaN {
                    missing += 1
                } else {
                    misfits += 1
                }
            }
            self.run = run
            let present = UnsafeBufferPointer(rebasing: room[..<count])
            numbers.add(present)
            moments.add(sum, count: count) { mean in
                var squares = 0.0
                for value in present { squares += (value - mean) * (value - mean) }
                return squares
            }
        }
    }

    private mutating func addNames(_ values: UnsafeBufferPointer<Double>) {
        for value in values {
            if value.isNaN {
                missing += 1
            } else if value == ColumnReading.misfit {
                misfits += 1
            } else if value < 0 {
                others += 1
            } else {
                run.add(value)
                let code = Int(value)
                while codes.count <= code { codes.append(0) }
                codes[code] += 1
            }
        }
    }

    /// Rows with a value that the column can hold.
    var present: Int { numbers.count + others + codes.reduce(0, +) }

    /// Why its texts are no groups of rows that could be compared; nil where they are, and for numbers.
    ///
    /// As at import: few rows prove nothing.
    var namesRows: String? {
        guard column.kind == .categorical else { return nil }
        if others > 0 { return "more than \(ColumnReading.mostTexts) distinct texts: it names rows, and no groups of them" }
        guard codes.count > 20, codes.count * 2 > present else { return nil }
        return "\(codes.count) distinct texts in \(present) rows: it names rows, and no groups of them"
    }

    /// What the longest stretch says, for people.
    var runText: String {
        guard run.longest > 0 else { return "" }
        if column.isNumeric { return Int64(exactly: run.value).map { String($0) } ?? "\(run.value)" }
        return texts.indices.contains(Int(run.value)) ? texts[Int(run.value)] : ""
    }
}

import Engine
import Serving
import Tabular
import Testing

/// What a binary protocol would do: tensors of bytes and numbers, without a word of JSON.
@Suite("Tensors into rows")
struct TensorRowsTests {
    private struct Written {
        var rows: TensorRows
        let buffer: RowBuffer
        let lane: Lane

        init(_ schema: Schema = Fixture.mixed, maximumRows: Int = 100) {
            buffer = RowBuffer()
            lane = LoopState(loop: 0, epoch: 1).lane(of: Fixture.route("flight-delay", schema))
            rows = TensorRows(plan: RowPlan(schema), lane: lane, buffer: buffer, maximumRows: maximumRows)
        }

        mutating func begin(
            _ name: String, _ datatype: TensorDatatype, rank: Int = 1, rows count: Int, columns: Int = 1
        ) throws(TensorFailure) {
            let shape = TensorShape(datatype: datatype, rank: rank, rows: count, columns: columns)
            let bytes = Array(name.utf8)
            try bytes.withUnsafeBufferPointer { bytes throws(TensorFailure) in try rows.begin(bytes, shape) }
        }

        mutating func text(_ text: String) throws(TensorFailure) {
            let bytes = Array(text.utf8)
            try bytes.withUnsafeBufferPointer { bytes throws(TensorFailure) in try rows.text(bytes) }
        }

        mutating func whole(_ value: Int64) throws(TensorFailure) {
            let bytes = Array("\(value)".utf8)
            try bytes.withUnsafeBufferPointer { digits throws(TensorFailure) in
                try rows.number(Double(value), whole: value, digits: digits)
            }
        }
    }

    @Test("Columns of numbers, truths, texts and instants stand in the rows that the schema lays out, and a feature left out is missing")
    func columns() throws {
        var written = Written()
        try written.begin("carrier", .bytes, rows: 2)
        for text in ["UA", "new"] { try written.text(text) }
        try written.rows.end()
        try written.begin("weekend", .bool, rank: 2, rows: 2)
        try written.rows.truth(true)
        try written.rows.missing()
        try written.rows.end()
        try written.begin("temp", .fp32, rows: 2)
        for value in [39.5, -2] { try written.rows.number(value, whole: nil, digits: nil) }
        try written.rows.end()
        try written.begin("distance", .int64, rows: 2)
        for value: Int64 in [1_400, 7] { try written.whole(value) }
        try written.rows.end()
        #expect(try written.rows.finish() == 2)
        let found = (0..<10).map { written.buffer.rows[$0] }
        let expected: [Double?] = [1, 1_400, 39.5, 1, nil, 2, 7, -2, nil, nil]
        #expect(found.map { $0.isNaN ? nil : $0 } == expected)
    }

    @Test("What a tensor may be called, carry and hold is refused in the same words whoever brings it")
    func refused() throws {
        func failure(_ body: (inout Written) throws(TensorFailure) -> Void) -> TensorFailure? {
            var written = Written()
            do throws(TensorFailure) {
                try body(&written)
                return nil
            } catch { return error }
        }
        #expect(
            failure { w throws(TensorFailure) in try w.begin("carier", .bytes, rows: 1) }
                == .tensor("no such feature: did you mean carrier?"))
        #expect(
            failure { w throws(TensorFailure) in try w.begin("late", .bytes, rows: 1) }
                == .tensor("this is the target, which is predicted: leave it out"))
        #expect(
            failure { w throws(TensorFailure) in try w.begin("temp", .bytes, rows: 1) }
                == .tensor("datatype BYTES cannot carry a numeric feature: send FP64, FP32 or an INT type"))
        #expect(failure { w throws(TensorFailure) in try w.begin("temp", .fp64, rows: 101) } == .tooManyRows(101, limit: 100))
        #expect(
            failure { w throws(TensorFailure) in
                try w.begin("temp", .fp64, rows: 1)
                try w.rows.missing()
                try w.rows.missing()
            } == .tensor("data: more than the 1 values that the shape says"))
        #expect(
            failure { w throws(TensorFailure) in
                try w.begin("temp", .fp64, rows: 2)
                try w.rows.missing()
                try w.rows.end()
            } == .tensor("data: 1 values, but the shape says 2 values"))
        #expect(
            failure { w throws(TensorFailure) in
                try w.begin("distance", .uint8, rows: 1)
                try w.whole(256)
            } == .element("out of the range of UINT8"))
        #expect(
            failure { w throws(TensorFailure) in
                try w.begin("temp", .fp64, rows: 1)
                try w.rows.missing()
                try w.rows.end()
                try w.begin("temp", .fp64, rows: 1)
            } == .tensor("this feature was sent already: send it once"))
    }

    @Test("A reader that appends without a tensor, or goes on after a failure, writes nothing outside of the rows")
    func confined() throws {
        var written = Written()
        #expect(throws: TensorFailure.self) { try written.rows.missing() }
        try written.begin("temp", .fp64, rows: 1)
        try written.rows.missing()
        for _ in 0..<5_000 { #expect(throws: TensorFailure.self) { try written.rows.missing() } }
        #expect(throws: TensorFailure.self) { try written.begin("weekend", .bool, rows: 2) }
        for _ in 0..<5_000 { _ = try? written.rows.truth(true) }
    }
}

import Tabular

/// Reads the rows of a file as requests, in constant memory, on a queue of its own.
actor ReplayRows: LoadSource {
    private let executor = QueueExecutor(label: "flyball.replay")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private let loops: Bool
    private let layout: ReplayLayout
    private let writer: RequestWriter
    private var reader: CSVRecordReader
    private var times: TimeParser
    private var order = TimeOrder()
    /// The time of the row at hand, if it has one.
    private var rowTime: Int64?
    private var rows = 0
    private var rowsOfThisTurn = 0
    private var isAtEnd = false

    /// Opens the file and matches its columns with the model's inputs.
    init(_ options: ReplayOptions, model: ModelMetadata) throws(WorkloadFailure) {
        path = options.path
        loops = options.loops
        writer = RequestWriter(inputs: model.inputs)
        let header: [String]
        do throws(TabularFailure) {
            let opened = try CSVRecordReader(path: options.path)
            header = opened.header
            reader = opened
            times = try TimeParser(zone: model.zone)
        } catch { throw .table(error) }
        layout = try ReplayLayout(
            options, model: model, header: header, file: DataReference.title(of: options.path))
    }

    /// The next rows in the time window.
    func next(_ maximum: Int) async throws(WorkloadFailure) -> [LoadRequest] {
        var requests: [LoadRequest] = []
        do throws(TabularFailure) {
            while requests.count < maximum, !isAtEnd {
                guard let cells = try reader.next() else {
                    try restart()
                    continue
                }
                guard try isWanted(cells) else { continue }
                rows += 1
                rowsOfThisTurn += 1
                requests.append(LoadRequest(body: try body(cells), label: try label(cells), row: rows))
            }
        } catch { throw .table(error) }
        if requests.isEmpty, rows == 0 {
            throw .noRows(file: DataReference.title(of: path), why: !layout.hasWindow ? "the file has none" : "none is in the time window")
        }
        return requests
    }

    /// Begins again, or ends; a turn without a row is the last, or the loop would spin for ever.
    private func restart() throws(TabularFailure) {
        guard loops, rowsOfThisTurn > 0 else {
            isAtEnd = true
            return
        }
        rowsOfThisTurn = 0
        order = TimeOrder()
        reader = try CSVRecordReader(path: path)
    }

    /// The row's time is read once, in the order of the file, which tells the later of two equal local hours.
    private func isWanted(_ cells: [String]) throws(TabularFailure) -> Bool {
        rowTime = nil
        guard let column = layout.clock else { return true }
        var text = cells[column]
        rowTime = text.withUTF8 { times.milliseconds(bytes: $0, in: &self.order) }
        guard layout.hasWindow else { return true }
        guard let rowTime else {
            return try value(cells, column, CellReading(CellReader(kind: .time, words: layout.words))) != .missing
        }
        return layout.from.map { $0 <= rowTime } ?? true && layout.until.map { rowTime < $0 } ?? true
    }

    private func body(_ cells: [String]) throws(TabularFailure) -> [UInt8] {
        var values: [InputValue?] = []
        values.reserveCapacity(layout.columns.count)
        for column in layout.columns {
            guard let column else {
                values.append(nil)
                continue
            }
            if column.position == layout.clock, let rowTime {
                values.append(.time(rowTime))
            } else {
                values.append(try value(cells, column.position, column.reading))
            }
        }
        return writer.body(values)
    }

    /// The label's text: a class as it is written, a number in plain form; nil for a row whose truth is missing.
    private func label(_ cells: [String]) throws(TabularFailure) -> String? {
        guard let label = layout.label else { return nil }
        switch try value(cells, label.position, label.reading) {
        case .number(let number): return Int64(exactly: number).map { String($0) } ?? number.description
        case .word(let word): return word
        default: return nil
        }
    }

    private func value(_ cells: [String], _ position: Int, _ reading: CellReading) throws(TabularFailure) -> InputValue {
        if let value = reading.value(cells[position], times: &times) { return value }
        throw .badValue(
            text: String(cells[position].prefix(80)), expected: reading.expectation, at: reader.location(column: position),
            remedy: reading.remedy(cells[position]))
    }
}

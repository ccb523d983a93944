import Tabular

/// Which columns of a file a replay sends, and which rows.
struct ReplayLayout: Sendable {
    struct Column: Sendable {
        var position: Int
        var reading: CellReading
    }

    /// The file's column for each input of the model; nil for an optional input that the file does not have.
    let columns: [Column?]
    /// The column that orders the rows, where the file has it.
    let clock: Int?
    /// Whether only the rows of a time window are sent.
    let hasWindow: Bool
    /// UTC milliseconds, inclusive.
    let from: Int64?
    /// UTC milliseconds, exclusive.
    let until: Int64?
    /// Words that stand for no value.
    let words: MissingWords
    /// The target's column and how its cells are read; nil when no labels are wanted.
    let label: (position: Int, reading: CellReading)?

    init(_ options: ReplayOptions, model: ModelMetadata, header: [String], file: String) throws(WorkloadFailure) {
        let file = File(name: file, header: header)
        let words = MissingWords(ofSchema: model.missing)
        self.words = words
        columns = try model.inputs.map { input throws(WorkloadFailure) in
            if input.optional, !header.contains(input.name) { return nil }
            return Column(position: try file.position(of: input.name), reading: CellReading(input, words: words))
        }
        from = try Self.instant(options.from, option: "--from", zone: model.zone)
        until = try Self.instant(options.until, option: "--until", zone: model.zone)
        hasWindow = options.from != nil || options.until != nil
        if hasWindow {
            guard let name = model.timeColumn else {
                throw .missingMetadata(
                    model: model.name, what: "time column", remedy: "leave --from and --until out, or deploy with --time")
            }
            clock = try file.position(of: name)
        } else {
            clock = model.timeColumn.flatMap { header.firstIndex(of: $0) }
        }
        if options.sendsLabels {
            guard let name = model.target, let task = model.task else {
                throw .missingMetadata(model: model.name, what: "target", remedy: "leave --labels out")
            }
            let reader = CellReader(
                kind: task == .regression ? .numeric : .categorical, format: model.targetFormat,
                words: model.targetKeepsWords ? .none : words)
            label = (try file.position(of: name), CellReading(reader))
        } else {
            label = nil
        }
    }

    private struct File {
        var name: String
        var header: [String]

        func position(of column: String) throws(WorkloadFailure) -> Int {
            guard !column.isEmpty, let position = header.firstIndex(of: column) else {
                throw .missingInput(name: column, file: name, nearest: Names.nearest(to: column, in: header))
            }
            return position
        }
    }

    private static func instant(_ text: String?, option: String, zone: String) throws(WorkloadFailure) -> Int64? {
        guard let text else { return nil }
        let milliseconds: Int64?
        do throws(TabularFailure) {
            var times = try TimeParser(zone: zone)
            milliseconds = times.milliseconds(text)
        } catch { throw .table(error) }
        guard let milliseconds else {
            throw .badOption(what: "\(option) '\(SafeText.escape(text))' is no time", remedy: "write it as 2013-04-01 or 2013-04-01T06:00")
        }
        return milliseconds
    }
}

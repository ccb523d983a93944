import Tabular

extension RowCoding {
    /// What begins a coding's bytes.
    private enum Layout {
        static let none = 0
        /// Every category by its target and nothing else: the only coding of earlier builds, whose bytes it keeps.
        static let targets = 1
        /// Each feature with its own kind: 0 as it is, 1 and 2 as `TextCodes.Kind`, 3 as cycles, 4 withheld.
        static let mixed = 2
        static let cycles = 3
        static let withheld = 4
    }

    /// Nil where everything is left to the algorithm.
    static func read(_ reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) -> RowCoding? {
        let layout = try reader.integer(in: Layout.none...Layout.mixed)
        guard layout != Layout.none else { return nil }
        var columns: [Column] = []
        for feature in schema.features {
            let kind =
                layout == Layout.targets
                ? (feature.kind == .categorical ? TextCodes.Kind.target.rawValue : 0) : try reader.integer(in: 0...Layout.withheld)
            switch (feature.kind, TextCodes.Kind(rawValue: kind)) {
            case _ where kind == Layout.withheld: columns.append(.withheld)
            case (.categorical, let kind?):
                columns.append(.texts(try texts(&reader, kind, width: kind == .target ? schema.target.outputs : 1)))
            case (.time, _) where kind == Layout.cycles: columns.append(.cycles)
            case _ where kind == 0: columns.append(.asIs)
            default: throw .corruptArtefact("a feature's coding does not fit its kind")
            }
        }
        guard columns.contains(where: { $0.width > 0 }) else { throw .corruptArtefact("it sees no feature") }
        return RowCoding(columns: columns)
    }

    private static func texts(
        _ reader: inout ArtefactReader, _ kind: TextCodes.Kind, width: Int
    ) throws(LearningFailure) -> TextCodes {
        let codes = TextCodes(
            kind: kind, texts: try reader.texts(), values: try reader.reals(), missing: try reader.reals(), unseen: try reader.reals())
        let (needed, overflow) = codes.texts.count.multipliedReportingOverflow(by: width)
        guard !overflow, codes.values.count == needed, codes.missing.count == width, codes.unseen.count == width, codes.isFinite else {
            throw .corruptArtefact("its categories' numbers do not fit its target")
        }
        return codes
    }

    static func write(_ coding: RowCoding?, into writer: inout ArtefactWriter, schema: Schema) {
        guard let coding else {
            writer.integer(Layout.none)
            return
        }
        let isMixed = zip(schema.features, coding.columns).contains { feature, column in
            switch column {
            case .asIs: feature.kind == .categorical
            case .texts(let codes): codes.kind != .target
            case .cycles, .withheld: true
            }
        }
        writer.integer(isMixed ? Layout.mixed : Layout.targets)
        for column in coding.columns {
            switch column {
            case .asIs: if isMixed { writer.integer(0) }
            case .cycles: writer.integer(Layout.cycles)
            case .withheld: writer.integer(Layout.withheld)
            case .texts(let codes):
                if isMixed { writer.integer(codes.kind.rawValue) }
                writer.texts(codes.texts)
                writer.reals(codes.values)
                writer.reals(codes.missing)
                writer.reals(codes.unseen)
            }
        }
    }
}

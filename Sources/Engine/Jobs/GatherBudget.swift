package import Tabular

/// How many labels a training may gather with the memory that it may take: decided before anything is read.
package struct GatherBudget: Equatable {
    /// Labels that one training learns from at most: the newest ones.
    package static let labelLimit = 2_000_000
    /// Bytes of a label while it waits for its row, about.
    private static let labelBytes = 100
    /// Copies of a row at the worst moment: as it is joined (the array grows by doubling), in the order of time, with the import.
    private static let rowCopies = 4
    /// Copies of the import at the worst moment: the file, its rows, with the labelled ones.
    private static let importCopies = 3

    /// Labels to gather, the newest ones; nil: not even the fewest that anything is learnt from.
    package let labels: Int?
    /// Bytes that the fewest would take, about.
    package let needed: Int

    /// - Parameters:
    ///   - memory: bytes that it may take; nil: no bound.
    ///   - fewest: labels without which nothing is learnt.
    package init(schema: Schema, importBytes: Int, memory: Int?, fewest: Int) {
        let row = Self.labelBytes + Self.rowCopies * (schema.width + 3) * 8
        let imported = importBytes.multipliedReportingOverflow(by: Self.importCopies)
        let fixed = imported.overflow ? .max / 2 : imported.partialValue
        needed = fixed + row * fewest
        guard let memory else {
            labels = Self.labelLimit
            return
        }
        labels = needed <= memory ? min(Self.labelLimit, (memory - fixed) / row) : nil
    }
}

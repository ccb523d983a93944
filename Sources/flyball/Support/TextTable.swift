import Tabular

/// Rows in aligned columns, for people.
struct TextTable {
    private let header: [String]
    private let rightAligned: Set<Int>
    private var rows: [[String]] = []

    /// - Parameter rightAligned: columns of numbers, from 0.
    init(_ header: [String], rightAligned: Set<Int> = []) {
        self.header = header
        self.rightAligned = rightAligned
    }

    /// Adds a row; outside text in it is made harmless.
    mutating func add(_ cells: [String]) { rows.append(cells.map { SafeText.escape($0) }) }

    /// The lines, header first, without trailing blanks.
    var lines: [String] {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "") + (rightAligned.contains(column) ? blanks + cell : cell + blanks)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Writes the lines to standard output.
    func print() throws(CommandFailure) { try Output.lines(lines) }
}

/// One cell of a surface: a character with at most two combining marks, and its style.
///
/// Sixteen bytes without references.
package struct Cell: Hashable, Sendable {
    /// The base character's scalar value; 0 in the right half of a wide character.
    package var scalar: UInt32
    /// The first combining mark, 0 when there is none.
    package var firstMark: UInt32
    /// The second combining mark, 0 when there is none.
    ///
    /// Further marks are not kept: no terminal cell holds arbitrarily many.
    package var secondMark: UInt32
    /// Columns taken: 1, 2, or 0 in the right half of a wide character.
    package var columns: UInt8
    package var style: Style

    package init(_ scalar: Unicode.Scalar, columns: UInt8 = 1, style: Style) {
        self.scalar = scalar.value
        firstMark = 0
        secondMark = 0
        self.columns = columns
        self.style = style
    }

    /// An empty cell.
    package static func blank(_ style: Style = .text) -> Cell { Cell(" ", style: style) }

    /// The right half of a wide character.
    package static func continuation(_ style: Style) -> Cell {
        var cell = Cell(" ", columns: 0, style: style)
        cell.scalar = 0
        return cell
    }

    /// Whether it is the right half of a wide character.
    package var isContinuation: Bool { columns == 0 }

    /// Adds a combining mark; a third one is dropped.
    package mutating func combine(_ mark: Unicode.Scalar) {
        if firstMark == 0 {
            firstMark = mark.value
        } else if secondMark == 0 {
            secondMark = mark.value
        }
    }

    /// The characters of the cell in order: base, then marks; nothing in the right half of a wide character.
    package func append(to text: inout String.UnicodeScalarView) {
        for value in [scalar, firstMark, secondMark] where value != 0 {
            if let scalar = Unicode.Scalar(value) { text.append(scalar) }
        }
    }
}

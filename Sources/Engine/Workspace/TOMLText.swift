package import TOMLKit

/// Why a text is no TOML.
package struct TOMLTextFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1; nil where the parser does not say.
    package var line: Int?
    package var reason: String

    package var description: String {
        guard let line, !reason.contains("line ") else { return reason }
        return "line \(line): \(reason)"
    }
}

/// TOML as people write it, or somebody sends it: read by the library, once nothing is left in it that ends the process there.
package enum TOMLText {
    /// The table of a text.
    package static func table(_ text: String) throws(TOMLTextFailure) -> TOMLTable {
        if let line = badHeader(text) {
            throw TOMLTextFailure(
                line: line, reason: "a section's name begins with a letter, a digit, - or _, or stands in quotes")
        }
        do { return try TOMLTable(string: text) } catch let error as TOMLParseError {
            throw TOMLTextFailure(line: error.source.begin.line, reason: error.description)
        } catch { throw TOMLTextFailure(line: nil, reason: "\(error)") }
    }

    /// The line of the first section whose name begins as no name can, where the library's parser trusts that it does (an assertion).
    ///
    /// Follows strings, comments and brackets only as far as it must to know where a section begins. Complexity: O(bytes).
    private static func badHeader(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        var index = 0
        var line = 1
        var depth = 0
        var isLineStart = true
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                isLineStart = true
                index += 1
                continue
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                index += 1
                continue
            case UInt8(ascii: "#"):
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"): index = endOfString(bytes, index, &line)
            case UInt8(ascii: "[") where isLineStart && depth == 0:
                guard isHeader(bytes, index + 1) else { return line }
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                index += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth = max(0, depth - 1)
                index += 1
            default: index += 1
            }
            isLineStart = false
        }
        return nil
    }

    /// Whether a name, or what the parser itself refuses, follows a section's first bracket.
    private static func isHeader(_ bytes: [UInt8], _ start: Int) -> Bool {
        var index = start
        for _ in 0..<2 {
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
            guard index < bytes.count else { return true }
            switch bytes[index] {
            case UInt8(ascii: "["): index += 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "]"):
                return true
            default: return false
            }
        }
        // A third bracket is no name either.
        return false
    }

    /// Behind a string, whether it ends or not: in three quotes over several lines, in one at most to the line's end.
    private static func endOfString(_ bytes: [UInt8], _ start: Int, _ line: inout Int) -> Int {
        let quote = bytes[start]
        let isLong = start + 2 < bytes.count && bytes[start + 1] == quote && bytes[start + 2] == quote
        var index = start + (isLong ? 3 : 1)
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") {
                if !isLong { return index }
                line += 1
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                index += 1
            } else if byte == quote {
                if !isLong { return index + 1 }
                if index + 2 < bytes.count, bytes[index + 1] == quote, bytes[index + 2] == quote { return index + 3 }
            }
            index += 1
        }
        return index
    }
}

public import ArgumentParser
import Engine
import Foundation
import Learning
import Tabular

/// A version as people write it: `v7` or `7`.
struct VersionArgument: ExpressibleByArgument {
    let number: UInt32

    init?(argument: String) {
        let digits = argument.hasPrefix("v") ? argument.dropFirst() : Substring(argument)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt32(digits), number > 0 else {
            return nil
        }
        self.number = number
    }
}

/// A length of time: `250ms`, `5s`, `10m`, `24h`, `30d`.
struct DurationArgument: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        guard let value = DurationText.milliseconds(argument) else { return nil }
        milliseconds = value
    }
}

/// A size: `0`, `512KiB`, `8MiB`, `2GiB`.
struct SizeArgument: ExpressibleByArgument {
    let bytes: Int64

    init?(argument: String) {
        let units: [(String, Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)]
        for (unit, factor) in units where argument.hasSuffix(unit) {
            guard let number = Int64(argument.dropLast(unit.count)), number >= 0, number < Int64.max / factor else { continue }
            bytes = number * factor
            return
        }
        return nil
    }
}

extension PredictionTask: ExpressibleByArgument {}
extension SplitRule.Choice: ExpressibleByArgument {}
extension FreezeScope: ExpressibleByArgument {}
extension Fallback: ExpressibleByArgument {}

/// What a command makes of the texts that it is given.
enum Given {
    /// Words between commas, each in quotes where it holds one.
    static func words(_ text: String) -> [String] {
        CSVText.fields(text).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// UTC milliseconds of a time, which stands in a zone when it carries no offset; nil for nil.
    static func time(_ text: String?, zone: String, option: String) throws -> Int64? {
        guard let text else { return nil }
        var parser = try TimeParser(zone: zone)
        if let time = parser.milliseconds(text) { return time }
        throw CommandFailure.usage(
            "not a time: \(option) \(SafeText.escape(text)): write 2013-04-01, 2013-04-01T06:00 or 2013-04-01T06:00:00Z")
    }

    /// The absolute path of a file that can be read: the engine may live in another directory.
    static func readableFile(_ path: String) throws(CommandFailure) -> String {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        guard access(absolute, R_OK) == 0 else {
            throw CommandFailure(
                "\(SafeText.escape(path)): \(String(cString: strerror(errno)).lowercased()): check the path and its permissions")
        }
        return (absolute as NSString).standardizingPath
    }

    /// The absolute path of a directory, there or not.
    static func directory(_ path: String) throws(CommandFailure) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw CommandFailure.usage("an empty path is no directory: name one") }
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return (absolute as NSString).standardizingPath
    }

    /// Settings written `key=value`.
    static func settings(_ texts: [String]) throws(CommandFailure) -> [String: String] {
        var result: [String: String] = [:]
        for text in texts {
            guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
                throw CommandFailure.usage("not a setting: --set \(SafeText.escape(text)): write KEY=VALUE, such as trees=200")
            }
            let name = String(text[..<sign])
            guard result.updateValue(String(text[text.index(after: sign)...]), forKey: name) == nil else {
                throw CommandFailure.usage("given twice: --set \(SafeText.escape(name)): give each setting once")
            }
        }
        return result
    }
}

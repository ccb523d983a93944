import ArgumentParser
import Foundation
import Tabular

/// How the text of a table's file is written, for every command that takes one.
struct DialectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What separates the fields of a text: ';', tab, '|'; a comma when left out.", valueName: "sign"))
    var separator: String?
    @Option(help: ArgumentHelp("The decimal sign of a text: ',' or '.'; a point when left out.", valueName: "sign"))
    var decimal: String?

    /// What a door is given for some paths: absolute ones, patterns resolved, what comes in by a pipe or `-` put into a private file first.
    ///
    /// - Parameter outlives: whether somebody else may read the data after this command has ended, so that a private file would be gone.
    func reference(_ given: [String], outlives: Bool = false) throws -> String {
        var reference = DataReference(paths: [])
        for text in given {
            if text == "-" {
                if outlives {
                    throw CommandFailure.usage("--data -: the data is gone when this command ends: say --wait, or save it to a file")
                }
                reference.paths.append(try Spool.file(of: STDIN_FILENO, name: "stdin"))
                continue
            }
            let one = try DataReference(text)
            guard reference.table == nil, one.table == nil || given.count == 1 else {
                throw CommandFailure.usage("a table of a database stands alone: give one --data")
            }
            reference.table = one.table
            reference.separator = one.separator ?? reference.separator
            reference.decimal = one.decimal ?? reference.decimal
            for path in try one.expanded() { reference.paths.append(try Self.whole(path, outlives: outlives)) }
        }
        if let separator { reference.separator = try DataReference.sign(separator, "separator") }
        if let decimal { reference.decimal = try DataReference.sign(decimal, "decimal") }
        // Its own text says whether all of it goes together.
        return try DataReference(reference.text).text
    }

    /// An absolute path of a file: the engine may live in another directory.
    private static func whole(_ path: String, outlives: Bool) throws -> String {
        let absolute = try Given.readableFile(path)
        var status = stat()
        guard stat(absolute, &status) == 0 else { return absolute }
        let isStream = [S_IFIFO, S_IFSOCK, S_IFCHR].contains(status.st_mode & S_IFMT) || absolute.hasPrefix("/dev/fd/")
        guard isStream else { return absolute }
        if outlives {
            throw CommandFailure.usage(
                "\(SafeText.escape(path)) is a stream, which is gone when this command ends: say --wait, or save it to a file")
        }
        let descriptor = open(absolute, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(
                "\(SafeText.escape(path)): \(String(cString: strerror(errno)).lowercased()): check the path and its permissions")
        }
        defer { close(descriptor) }
        return try Spool.file(of: descriptor, name: (path as NSString).lastPathComponent)
    }
}

/// What an option that takes a table says in the help.
enum DataHelp {
    static func text(_ what: String) -> String {
        "\(what): CSV or JSON lines, plain or packed, a pattern in quotes, sqlite:FILE?TABLE, or - for standard input; several times for several files."
    }
}

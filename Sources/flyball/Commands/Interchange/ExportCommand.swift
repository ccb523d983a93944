import ArgumentParser
import Dispatch
import Engine
import Foundation
import Interchange
import Learning
import Tabular

/// The verb `export`.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a version as ONNX, or as a function, for whatever else is to answer with it.",
        discussion: """
            ONNX (opset 17, ai.onnx.ml 3) holds all that the version does to a raw row. It reads one matrix X where every column is a number, else an \
            input a column: texts as strings, the empty one missing; numbers with NaN missing; a time as three, its hour, weekday (1 is Monday) and \
            month in the deployment's zone. The file is read back, and answers the version's golden rows, before the verb ends.

            `label` follows the version's threshold (`flyball threshold`).

            --code writes trees and linear models as a small function that needs no library.

            flyball export flight-delay v2 flight-delay.onnx
            flyball export flight-delay v2 flight-delay.onnx --double
            flyball export flight-delay v2 score.c --code c
            """)

    /// What a version is written as.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case c, swift, python, sql
    }

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version.") var version: VersionArgument
    @Argument(help: ArgumentHelp("Where it goes; it must not exist.", valueName: "file"), completion: .file()) var output: String
    @Option(help: ArgumentHelp("A function in this language instead of ONNX.", valueName: "c|swift|python|sql")) var code: Form?
    @Flag(help: "Numbers go in and come out in double precision; single when left out, as most callers have them.") var double = false
    @OptionGroup var json: JSONOption

    func validate() throws {
        if code != nil, double { throw ValidationError("--double is about ONNX: a function takes doubles") }
    }

    func run() async throws {
        let (number, artefact, threshold) = try await Session.with(place, .reading) { session in
            let model = try await session.ask(.model(deployment: name, version: version.number), \.asModel)
            return (model.version, Array(model.artefact), try await session.version(model.version, of: name).decidesFrom)
        }
        let (title, isDouble, target, form) = ("\(name) v\(number)", double, output, code)
        // Writing, reading back and comparing block: a queue of their own.
        let summary = try await onQueue(DispatchQueue(label: "flyball.export")) {
            Result { try Self.write(artefact, title: title, to: target, form: form, isDouble: isDouble, threshold: threshold) }
        }.get()
        if json.isJSON { return try Output.json(summary) }
        Output.remark("written: \(SafeText.escape(output)), \(summary.bytes) bytes: \(summary.proof)")
    }

    /// What `export --json` prints.
    private struct Summary: Encodable {
        var model: String
        var output: String
        var form: String
        var bytes: Int
        var inputs: [String]
        var goldenRows: Int?
        var largestDifference: Double?

        var proof: String {
            guard let goldenRows else {
                return inputs.isEmpty
                    ? "the file as it came" : "a function of \(inputs.map { SafeText.escape($0) }.joined(separator: ", "))"
            }
            return "\(goldenRows) golden rows answered as by the version, within \(largestDifference ?? 0)"
        }
    }

    private static func write(_ artefact: [UInt8], title: String, to path: String, form: Form?, isDouble: Bool, threshold: Double)
        throws -> Summary
    {
        let model = try Model.decode(artefact)
        let file = try NewFile(path)
        var summary = Summary(model: title, output: path, form: form?.rawValue ?? "onnx", bytes: 0, inputs: [])
        let bytes: [UInt8]
        if let form {
            let written = try CodeExport(model, name: title, language: CodeLanguage(rawValue: form.rawValue) ?? .c)
            (bytes, summary.inputs) = (Array(written.text.utf8), written.inputs)
        } else if let own = model.foreignFile {
            // A model that came as ONNX goes as it came.
            bytes = own
        } else {
            let export = try ModelExport(model, name: title, isDouble: isDouble, threshold: threshold)
            (bytes, summary.inputs) = (export.file, export.inputs)
            (summary.goldenRows, summary.largestDifference) = (export.proven, export.difference)
        }
        try file.write(bytes)
        try file.finish()
        summary.bytes = bytes.count
        return summary
    }
}

import ArgumentParser
import Crypto
import Dispatch
import Engine
import Foundation
import Interchange
import Learning
import Store
import Tabular

/// The verb `import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring a model of another library in as a version; it waits for a promotion.",
        discussion: """
            The file is ONNX, as scikit-learn, LightGBM, XGBoost, PyTorch and Keras write it. Its inputs are bound to the deployment's columns by name, or \
            its one matrix to all columns in their order; --map says otherwise. Nothing is trained: the version is judged on held-out rows of the \
            deployment's data (or of --data), passes the same gates as any other, and is shadowed, promoted and rolled back alike.

            flyball import churn model.onnx --wait
            flyball import churn model.onnx --map X=age,income,tenure --wait
            flyball import churn net.onnx --output logits --scores softmax --classes no,yes --wait
            """)

    /// How a model's answers are read.
    enum Scores: String, ExpressibleByArgument, CaseIterable {
        case plain, logistic, softmax, label
    }

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: ArgumentHelp("The file of ONNX.", valueName: "file"), completion: .file()) var model: String
    @Option(help: ArgumentHelp("An input with its columns: INPUT=A,B,C; may be repeated.", valueName: "input=columns")) var map: [String] =
        []
    @Option(help: ArgumentHelp("The output that is read; found when left out.", valueName: "output")) var output: String?
    @Option(
        help: ArgumentHelp(
            "plain: probabilities or numbers as they are; logistic, softmax: of scores; label: the class alone. Found when left out.",
            valueName: "how"))
    var scores: Scores?
    @Option(help: ArgumentHelp("The model's names of the classes, in the order of its answers: A,B.", valueName: "classes")) var classes:
        String?
    @Option(help: ArgumentHelp("A data file to be judged on.", valueName: "file"), completion: .file()) var data: String?
    @Flag(help: "Wait until the version is judged.") var wait = false
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let (file, path) = (try Given.readableFile(model), try data.map { text throws(CommandFailure) in try Given.readableFile(text) })
        let wishes = try wishes()
        let directory = place.path + "/models"
        try await Session.with(place, wait ? .working : .changing) { session in
            guard let schema = try await session.deployment(name).schema else {
                throw CommandFailure("\(SafeText.escape(name)) has no schema yet: wait for its first version")
            }
            // Reading and proving a large file blocks: a queue of its own.
            let (settings, notes) = try await onQueue(DispatchQueue(label: "flyball.import")) {
                Result { try Self.prepare(file, schema, wishes, keptIn: directory) }
            }.get()
            for note in notes { Output.remark(note) }
            let order = TrainOrder(
                deployment: name, path: path, from: nil, until: nil, window: nil,
                training: TrainingRequest(algorithm: OnnxImport.name, settings: settings))
            try await session.orderWork(.train(order), reason: why.reason, isWaiting: wait, untilServing: false, json: json)
        }
    }

    private func wishes() throws -> BindingWishes {
        var wishes = BindingWishes()
        for text in map {
            guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
                throw CommandFailure.usage("not a mapping: --map \(SafeText.escape(text)): write INPUT=COLUMN, or INPUT=A,B,C")
            }
            wishes.columns[String(text[..<sign])] = Given.words(String(text[text.index(after: sign)...]))
        }
        wishes.output = output
        wishes.reading = scores.flatMap { OnnxBinding.Reading(rawValue: $0.rawValue) }
        wishes.classes = classes.map { Given.words($0) } ?? []
        return wishes
    }

    /// Binds the file, and keeps a copy under the hash of its content: a training that is repeated finds it.
    private static func prepare(
        _ path: String, _ schema: Schema, _ wishes: BindingWishes, keptIn directory: String
    ) throws -> (settings: [String: String], notes: [String]) {
        let bytes = try OnnxImport.read(path)
        let (binding, notes) = try BindingSearch.find(bytes, schema: schema, wishes: wishes)
        _ = try OnnxFitted(file: bytes, binding: binding, schema: schema)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let kept = "\(directory)/\(HexText.encode(SHA256.hash(data: bytes))).onnx"
        if !FileManager.default.fileExists(atPath: kept) {
            let file = try NewFile(kept)
            try file.write(bytes)
            try file.finish()
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (["model": kept, "binding": String(decoding: try encoder.encode(binding), as: UTF8.self)], notes)
    }
}

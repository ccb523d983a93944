public import Learning
import Tabular

/// A language that a function is written in.
public enum CodeLanguage: String, Sendable, CaseIterable {
    /// C99.
    case c
    /// Swift.
    case swift
    /// Python 3.
    case python
    /// SQL, as most databases speak it: a query over a table called `rows`.
    case sql
}

/// A tree or linear model as a small function that needs nothing but its language.
///
/// It answers with the positive class's probability, with one a class, or with the number; missing is what the language has for it.
public struct CodeExport: Sendable {
    /// The source.
    public let text: String
    /// What the function takes, as the deployment calls it.
    public let inputs: [String]

    /// Writes a model down.
    ///
    /// - Throws: `.unfit` for kinds that are not written as code. Complexity: O(size of the model).
    public init(_ model: Model, name: String, language: CodeLanguage) throws(OnnxFailure) {
        guard let form = model.form else { throw .unfit("a model of kind \(SafeText.escape(model.algorithm)) is not written as code") }
        let program = try CodeProgram(form)
        inputs = program.parameters.map(\.name)
        // Nobody's name ends a comment.
        let title = SafeText.escape(name).filter { $0 != "*" && $0 != "/" }
        switch language {
        case .c: text = BlockCode(syntax: CSyntax()).write(program, title: title)
        case .swift: text = BlockCode(syntax: SwiftSyntax()).write(program, title: title)
        case .python: text = BlockCode(syntax: PythonSyntax()).write(program, title: title)
        case .sql: text = QueryCode.write(program, title: title)
        }
    }
}

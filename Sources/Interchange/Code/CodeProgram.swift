import Foundation
import Learning
import Tabular

/// A model as a function.
///
/// What it takes, what it adds up, and what is made of the sums. Languages write it down.
struct CodeProgram {
    /// Something that a function takes.
    struct Parameter: Equatable {
        /// As the deployment calls it.
        var name: String
        /// As code calls it.
        var word: String
        var isText: Bool
    }

    /// What parts rows; nothing missing makes it true unless it says so.
    enum Condition: Equatable {
        case atMost(word: String, threshold: Double, missing: Bool)
        /// Whether a text is one of some; `isNot`: of others than these.
        case oneOf(word: String, texts: [String], isNot: Bool, missing: Bool)
        /// Whether a whole number is that one.
        case equals(word: String, value: Int)
        case isMissing(word: String, isText: Bool)
    }

    /// A number that depends on a row.
    indirect enum Term {
        case value(Double)
        /// (x − mean) · scale within bounds, times a weight.
        case scaled(word: String, mean: Double, scale: Double, weight: Double)
        case test(Condition, Term, Term)
    }

    /// What sums become.
    enum Link { case none, logistic, softmax }

    var parameters: [Parameter] = []
    /// Columns that stand for texts and times, in their order.
    var definitions: [(word: String, term: Term)] = []
    /// A sum an output, the first of which are constants.
    var sums: [(start: Double, terms: [Term])] = []
    var link = Link.none
    var classes: [String] = []

    /// A model's function.
    ///
    /// - Throws: `.unfit` for networks, corrected models, and models that came from elsewhere.
    init(_ form: ModelForm) throws(OnnxFailure) {
        guard form.corrections.isEmpty else {
            throw .unfit("a model whose probabilities are corrected is not written as code: export it as ONNX")
        }
        classes = form.schema.target.classes
        link = form.schema.target.task == .binary ? .logistic : form.schema.target.task == .multiclass ? .softmax : .none
        let columns = addColumns(form)
        switch form.core {
        case .constants(let values):
            link = .none
            sums = values.map { ($0, []) }
        case .linear(let design, let weights):
            for line in weights { sums.append((line[design.columns], LinearTerms.terms(design, line, columns))) }
        case .trees(let forest) where forest.isLogarithmic:
            throw .unfit("a model of logarithms is not written as code: export it as ONNX")
        case .trees(let forest): sums = ForestTerms.sums(forest, columns)
        case .network: throw .unfit("a network is not written as code: export it as ONNX")
        }
    }

    /// A column of coded rows as code calls it: one word, or the three of a time.
    struct Column {
        var words: [String]
        var isText: Bool
    }

    private mutating func addColumns(_ form: ModelForm) -> [Column] {
        var columns: [Column] = []
        for (feature, coding) in zip(form.schema.features, form.coding) {
            let isText = feature.kind == .categorical
            let names = feature.kind == .time ? ExportInputs.parts.map { "\(feature.name) \($0)" } : [feature.name]
            let words = names.map { name in
                let word = word(name)
                parameters.append(Parameter(name: name, word: word, isText: isText))
                return word
            }
            switch coding {
            case .asIs: columns.append(Column(words: words, isText: isText))
            case .withheld: break
            case .texts(let codes):
                for place in 0..<codes.width { columns.append(define("\(feature.name) as number", Self.lookUp(codes, place, words[0]))) }
            case .cycles:
                for (index, length) in [24, 7, 12].enumerated() {
                    for isSine in [true, false] {
                        columns.append(define("\(names[index]) circle", Self.circle(words[index], index, length, isSine)))
                    }
                }
            }
        }
        return columns
    }

    private mutating func define(_ name: String, _ term: Term) -> Column {
        let word = word(name)
        definitions.append((word, term))
        return Column(words: [word], isText: false)
    }

    private static func lookUp(_ codes: TextForm, _ place: Int, _ word: String) -> Term {
        var term = Term.value(codes.unseen[place])
        for (index, text) in codes.texts.enumerated().reversed() {
            let value = codes.values[index * codes.width + place]
            term = .test(.oneOf(word: word, texts: [text], isNot: false, missing: false), .value(value), term)
        }
        return .test(.isMissing(word: word, isText: true), .value(codes.missing[place]), term)
    }

    private static func circle(_ word: String, _ part: Int, _ length: Int, _ isSine: Bool) -> Term {
        var term = Term.value(.nan)
        for place in (0..<length).reversed() {
            let angle = 2 * Double.pi * Double(place) / Double(length)
            let value = isSine ? sin(angle) : cos(angle)
            term = .test(.equals(word: word, value: part == 0 ? place : place + 1), .value(value), term)
        }
        return term
    }

    /// A name that all languages take, and that nothing else has.
    private func word(_ name: String) -> String {
        var word = ""
        for byte in name.utf8 {
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
            let isDigit = byte >= 0x30 && byte <= 0x39
            word.unicodeScalars.append(Unicode.Scalar(isLetter || isDigit ? byte : 0x5F))
        }
        // No word of any of the languages begins so.
        word = "v_" + word.prefix(48)
        let taken = Set(parameters.map(\.word) + definitions.map(\.word))
        guard taken.contains(word) else { return word }
        var number = 2
        while taken.contains("\(word)_\(number)") { number += 1 }
        return "\(word)_\(number)"
    }
}

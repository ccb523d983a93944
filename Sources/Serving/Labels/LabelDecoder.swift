package import Engine

/// Reads the body of a labels request: `{"labels":[…]}`, an array alone, or one label.
package struct LabelDecoder {
    /// Labels in one request.
    package static let maximumLabels = 1_000

    private var scanner: JSONScanner

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { scanner = JSONScanner(bytes) }

    /// The labels in the order sent, at least one.
    ///
    /// Complexity: O(bytes).
    package mutating func decode() throws(LabelFailure) -> [IncomingLabel] {
        var labels: [IncomingLabel] = []
        if scanner.peek() == 0x5B { try array(into: &labels) } else { try object(into: &labels) }
        do throws(JSONFailure) { try scanner.end() } catch { throw .json(error) }
        guard !labels.isEmpty else { throw .label(nil, "no labels: send {\"labels\":[{\"id\",\"value\"}]}") }
        return labels
    }

    private mutating func array(into labels: inout [IncomingLabel]) throws(LabelFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        while try nextElement(&first) {
            guard labels.count < Self.maximumLabels else { throw .tooMany }
            var label = PartialLabel()
            try open()
            var isFirst = true
            while let key = try nextKey(&isFirst) { try member(key, of: &label, index: labels.count) }
            labels.append(try label.whole(index: labels.count))
        }
    }

    /// An object is either the envelope or one label: its first known key tells.
    private mutating func object(into labels: inout [IncomingLabel]) throws(LabelFailure) {
        try open()
        var label = PartialLabel()
        var hasLabels = false
        var first = true
        while let key = try nextKey(&first) {
            if scanner.equals(key, "labels") {
                guard !hasLabels else { throw .json(JSONFailure(offset: key.start, reason: .duplicateKey)) }
                hasLabels = true
                try array(into: &labels)
            } else {
                try member(key, of: &label, index: 0)
            }
        }
        guard hasLabels else {
            labels.append(try label.whole(index: 0))
            return
        }
        guard !label.hasAny else { throw .label(nil, "either \"labels\" or one label, not both") }
    }

    private mutating func member(_ key: JSONText, of label: inout PartialLabel, index: Int) throws(LabelFailure) {
        let isRepeated: Bool
        if scanner.equals(key, "id") {
            isRepeated = label.id != nil
            label.id = try string(index, "id")
        } else if scanner.equals(key, "value") {
            isRepeated = label.value != nil
            label.value = try value(index)
        } else if scanner.equals(key, "correct") {
            isRepeated = label.correct != nil
            guard scanner.peek() == 0x74 || scanner.peek() == 0x66 else { throw .label(index, "correct: true or false is wanted") }
            do throws(JSONFailure) { label.correct = try scanner.boolean() } catch { throw .json(error) }
        } else {
            let name = InferenceFailure.short(scanner.text(key))
            throw .label(index, "unknown member \"\(name)\": a label has id, value and, to replace an earlier value, correct")
        }
        guard !isRepeated else { throw .json(JSONFailure(offset: key.start, reason: .duplicateKey)) }
    }

    private mutating func string(_ index: Int, _ member: String) throws(LabelFailure) -> String {
        guard scanner.peek() == 0x22 else { throw .label(index, "\(member): a string is wanted") }
        let text: JSONText
        do throws(JSONFailure) { text = try scanner.string() } catch { throw .json(error) }
        guard text.length > 0, text.length <= 1_024 else { throw .label(index, "\(member): 1 to 1,024 bytes are wanted") }
        return scanner.text(text)
    }

    /// A class or a number, as text: a whole number without its decimals, so that `1.0` names the class `1`.
    private mutating func value(_ index: Int) throws(LabelFailure) -> String {
        switch scanner.peek() {
        case 0x22: return try string(index, "value")
        case 0x74, 0x66:
            do throws(JSONFailure) { return try scanner.boolean() ? "true" : "false" } catch { throw .json(error) }
        case 0x2D, 0x30...0x39:
            do throws(JSONFailure) {
                let number = try scanner.number()
                if let integer = number.integer { return String(integer) }
                let value = try scanner.double(number)
                return Int64(exactly: value).map { String($0) } ?? value.description
            } catch { throw .json(error) }
        case 0x6E: throw .label(index, "value: null is no label: leave it out until it is known")
        default: throw .label(index, "value: a string, a number or a boolean is wanted")
        }
    }

    private mutating func open() throws(LabelFailure) {
        do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
    }

    private mutating func nextKey(_ first: inout Bool) throws(LabelFailure) -> JSONText? {
        do throws(JSONFailure) { return try scanner.nextKey(first: &first) } catch { throw .json(error) }
    }

    private mutating func nextElement(_ first: inout Bool) throws(LabelFailure) -> Bool {
        do throws(JSONFailure) { return try scanner.nextElement(first: &first) } catch { throw .json(error) }
    }
}

private struct PartialLabel {
    var id: String?
    var value: String?
    var correct: Bool?

    var hasAny: Bool { id != nil || value != nil || correct != nil }

    func whole(index: Int) throws(LabelFailure) -> IncomingLabel {
        guard let id else { throw .label(index, "id: missing: the prediction_id of the answer") }
        guard let value else { throw .label(index, "value: missing: the true class or number") }
        return IncomingLabel(id: id, value: value, correct: correct ?? false)
    }
}

/// Why a labels request is refused as a whole.
package enum LabelFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not JSON.
    case json(JSONFailure)
    /// One label, or (nil) the request.
    case label(Int?, String)
    /// Too many in one request.
    case tooMany

    /// The status of the answer.
    package var status: Int { self == .tooMany ? 413 : 400 }

    package var description: String {
        switch self {
        case .json(let failure): failure.description
        case .label(let index, let problem): (index.map { "labels[\($0)]: " } ?? "") + problem
        case .tooMany: "labels: more than \(LabelDecoder.maximumLabels): send them in several requests"
        }
    }
}

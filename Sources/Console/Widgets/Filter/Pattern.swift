/// Why a regular expression cannot be used.
package struct PatternFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// A regular expression that every text is matched against in time proportional to its length, whatever the expression is.
///
/// An operator types it while the engine serves in the same process, so a backtracking matcher, which some expressions keep busy for ever, is out of the question.
/// It is Thompson's simulation of all states at once ("Regular Expression Search Algorithm", CACM 11, 1968). Known: literals, `.`, `[a-z]`, `[^…]`,
/// `\d \w \s \D \W \S`, `^`, `$`, groups, `|`, `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`. Letter case counts only when the expression has a capital.
package struct Pattern: Sendable, Equatable {
    /// One step of the program.
    enum Step: Sendable, Equatable {
        case one(UInt32)
        case any
        case set(CharacterSet)
        case start, end
        case jump(Int)
        case split(Int, Int)
        case match
    }

    /// Ranges of characters, or all but them.
    struct CharacterSet: Sendable, Equatable {
        var ranges: [ClosedRange<UInt32>] = []
        var isInverted = false

        func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } != isInverted }
    }

    /// The longest expression, characters.
    package static let limit = 256

    private let steps: [Step]
    private let isCaseSensitive: Bool

    /// Reads an expression.
    package init(_ text: String) throws(PatternFailure) {
        guard text.unicodeScalars.count <= Pattern.limit else {
            throw PatternFailure("the pattern is longer than \(Pattern.limit) characters")
        }
        isCaseSensitive = text.unicodeScalars.contains { $0.properties.isUppercase }
        var compiler = PatternCompiler(text)
        steps = try compiler.compile()
    }

    /// Whether any part of a text matches.
    ///
    /// Complexity: O(length of the text · length of the expression).
    package func matches(_ text: String) -> Bool {
        var current = StateSet(capacity: steps.count)
        var next = StateSet(capacity: steps.count)
        var isAtStart = true
        var scalars = text.unicodeScalars.makeIterator()
        var scalar = scalars.next()
        while true {
            let isAtEnd = scalar == nil
            if follow(0, into: &current, isAtStart: isAtStart, isAtEnd: isAtEnd) { return true }
            guard let value = scalar.map({ isCaseSensitive ? $0.value : Pattern.lowered($0) }) else { return false }
            let following = scalars.next()
            next.clear()
            for state in current.members where accepts(steps[state], value) {
                if follow(state + 1, into: &next, isAtStart: false, isAtEnd: following == nil) { return true }
            }
            swap(&current, &next)
            scalar = following
            isAtStart = false
        }
    }

    /// Adds a state with all that it reaches without a character; true when that is the end.
    private func follow(_ first: Int, into set: inout StateSet, isAtStart: Bool, isAtEnd: Bool) -> Bool {
        var pending = [first]
        while let state = pending.popLast() {
            guard set.insert(state) else { continue }
            switch steps[state] {
            case .match: return true
            case .jump(let target): pending.append(target)
            case .split(let a, let b): pending += [b, a]
            case .start: if isAtStart { pending.append(state + 1) }
            case .end: if isAtEnd { pending.append(state + 1) }
            case .one, .any, .set: break
            }
        }
        return false
    }

    private func accepts(_ step: Step, _ value: UInt32) -> Bool {
        switch step {
        case .one(let wanted): wanted == value
        case .any: true
        case .set(let set): set.contains(value)
        case .start, .end, .jump, .split, .match: false
        }
    }

    private static func lowered(_ scalar: Unicode.Scalar) -> UInt32 {
        if scalar.isASCII { return scalar.value >= 65 && scalar.value <= 90 ? scalar.value + 32 : scalar.value }
        return scalar.properties.lowercaseMapping.unicodeScalars.first?.value ?? scalar.value
    }
}

/// States of a simulation, in order of arrival, each once.
private struct StateSet {
    private(set) var members: [Int] = []
    private var isMember: [Bool]

    init(capacity: Int) { isMember = Array(repeating: false, count: capacity) }

    mutating func insert(_ state: Int) -> Bool {
        guard !isMember[state] else { return false }
        isMember[state] = true
        members.append(state)
        return true
    }

    mutating func clear() {
        for state in members { isMember[state] = false }
        members.removeAll(keepingCapacity: true)
    }
}

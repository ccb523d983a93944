import Engine
import Monitoring

/// What could come next on the command line.
struct CompletionList: Sendable, Equatable {
    var completions: [Completion] = []
    /// What the first one would add behind the cursor.
    var ghost = ""
    var doc = ""
    /// The line in front of the word that is being typed.
    var before = ""

    /// The line with a completion in the place of the word.
    func line(_ word: String) -> String { before + word }
}

/// Completes command lines: names first, then what each command takes.
struct Completer {
    /// Completions that are listed.
    private static let limit = 100

    let call: CommandCall

    /// What fits behind the text so far.
    ///
    /// Complexity: O(commands), O(deployments) for their names.
    func complete(_ text: String) -> CompletionList {
        let start = text.lastIndex(of: " ").map { text.index(after: $0) } ?? text.startIndex
        let word = String(text[start...])
        var list = CompletionList(before: String(text[..<start]))
        let words = text[..<start].split(separator: " ").map(String.init)
        if let name = words.first {
            guard let command = CommandTable.named(name) else { return list }
            list.doc = Self.doc(command, reason: reason(command, Array(words.dropFirst())))
            list.completions = arguments(command, after: Array(words.dropFirst()), word)
        } else {
            list.completions = names(word)
            let exact = CommandTable.named(word) ?? list.completions.first.flatMap { word.isEmpty ? nil : CommandTable.named($0.text) }
            if let exact { list.doc = Self.doc(exact, reason: reason(exact, [])) }
        }
        if !word.isEmpty, let best = list.completions.first(where: { $0.text.hasPrefix(word) && $0.text != word }),
            !list.completions.contains(where: { $0.text == word })
        {
            list.ghost = String(best.text.dropFirst(word.count))
        }
        return list
    }

    private func names(_ word: String) -> [Completion] {
        let all = CommandTable.all.map { Completion($0.name, doc: $0.doc, disabledReason: reason($0, [])) }
        guard !word.isEmpty else { return all }
        let beginning = all.filter { $0.text.hasPrefix(word) }
        let aliased = CommandTable.all.filter { command in command.aliases.contains { $0.hasPrefix(word) } && !command.name.hasPrefix(word)
        }
        let inside = all.filter { !$0.text.hasPrefix(word) && $0.text.contains(word) && !aliased.map(\.name).contains($0.text) }
        return beginning + aliased.map { Completion($0.name, doc: $0.doc, disabledReason: reason($0, [])) } + inside
    }

    private func arguments(_ command: Command, after words: [String], _ word: String) -> [Completion] {
        var result: [Completion] = []
        for kind in remaining(command.arguments, words) {
            result += candidates(kind, words, word).filter { word.isEmpty || $0.text.hasPrefix(word) }
        }
        return Array(result.prefix(Self.limit))
    }

    /// The arguments that the words so far leave open.
    private func remaining(_ kinds: [Command.Argument], _ words: [String]) -> [Command.Argument] {
        var open = kinds
        for word in words {
            let index = open.firstIndex { kind in
                kind == .version ? word.hasPrefix("v") : CommandArguments.candidates(kind, call.context.snapshot).contains(word)
            }
            if let index { open.removeSubrange(...index) } else if !open.isEmpty { open.removeFirst() }
        }
        return open
    }

    private func candidates(_ kind: Command.Argument, _ words: [String], _ word: String) -> [Completion] {
        let snapshot = call.context.snapshot
        switch kind {
        case .version:
            let name = words.first { snapshot.deployment($0) != nil } ?? call.subject.deployment
            let versions = name.flatMap { snapshot.deployment($0)?.versions } ?? []
            return versions.map { Completion($0.name, doc: "\($0.state.rawValue), \($0.algorithm)") }
        case .job:
            return snapshot.jobs.map { Completion("\($0.id)", doc: "\($0.kind.rawValue) \($0.deployment), \($0.state.rawValue)") }
        case .alert:
            return snapshot.alerts.filter { $0.state != .resolved }.map { Completion("\($0.id)", doc: $0.title) }
        case .deployment:
            let fitting = snapshot.deployments.lazy.filter { word.isEmpty || $0.name.hasPrefix(word) }.prefix(Self.limit)
            return fitting.map { Completion($0.name, doc: $0.healthWords) }
        default: return CommandArguments.candidates(kind, snapshot).map { Completion($0) }
        }
    }

    private func reason(_ command: Command, _ words: [String]) -> String? {
        var call = call
        call.arguments = words
        return command.disabledReason(call)
    }

    private static func doc(_ command: Command, reason: String?) -> String {
        "\(command.usage): \(command.doc)" + (reason.map { " Not now: \($0)." } ?? "")
    }
}

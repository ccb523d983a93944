/// The line at the bottom: a command or a filter being typed.
struct PromptState: Sendable {
    /// What it is for.
    enum Kind: Equatable, Sendable {
        case command
        /// With the filter to go back to.
        case filter(before: String)
    }

    /// What a key made of it.
    enum Step: Equatable, Sendable {
        case stay
        case cancel
        case changed
        case submit(String)
    }

    let kind: Kind
    private(set) var field: TextField
    private var completion = CompletionList()
    private var selected: Int?
    /// Lines that were entered before, oldest first.
    private let history: [String]
    private var historyIndex: Int?
    var error: String?
    /// Whether the line was entered and waits for what it is about to be looked up.
    var isWaiting = false

    init(_ kind: Kind, text: String, history: [String] = []) {
        self.kind = kind
        self.history = history
        field = TextField(text, limit: 512)
    }

    mutating func press(_ key: Key) -> Step {
        isWaiting = false
        switch (key.code, key.modifiers) {
        case (.escape, _), (.character("c"), .control): return .cancel
        case (.backspace, []) where field.text.isEmpty: return .cancel
        case (.enter, []): return submit()
        case (.tab, []): return complete()
        case (.right, []), (.end, []), (.character("e"), .control):
            if field.cursor == field.text.count && !completion.ghost.isEmpty { return take(field.text + completion.ghost) }
            _ = field.accept(key)
        case (.down, []), (.character("n"), .control): return choose(1)
        case (.up, []), (.character("p"), .control): return selected == nil ? recall() : choose(-1)
        case (.backTab, _): return choose(-1)
        default:
            guard field.accept(key) else { return .stay }
            return changed()
        }
        return .stay
    }

    mutating func paste(_ text: String) -> Step {
        field.insert(text)
        return changed()
    }

    /// Takes what could come next.
    mutating func offer(_ list: CompletionList) {
        completion = list
        if let selected, selected >= list.completions.count { self.selected = nil }
    }

    func widget() -> CommandLine {
        CommandLine(
            prompt: kind == .command ? ":" : "/", field: field, completions: completion.completions, selected: selected,
            ghost: field.cursor == field.text.count && selected == nil ? completion.ghost : "", doc: completion.doc, error: error)
    }

    private mutating func changed() -> Step {
        error = nil
        selected = nil
        historyIndex = nil
        return .changed
    }

    private mutating func submit() -> Step {
        if let selected, completion.completions.indices.contains(selected) {
            let line = completion.line(completion.completions[selected].text)
            self.selected = nil
            field.replace(with: line)
        }
        return .submit(field.text)
    }

    private mutating func complete() -> Step {
        if kind != .command { return .stay }
        if selected == nil, !completion.ghost.isEmpty { return take(field.text + completion.ghost + " ") }
        if completion.completions.count == 1 { return take(completion.line(completion.completions[0].text) + " ") }
        return choose(1)
    }

    private mutating func take(_ text: String) -> Step {
        field.replace(with: text)
        return changed()
    }

    private mutating func choose(_ step: Int) -> Step {
        let count = completion.completions.count
        guard count > 0 else { return .stay }
        selected = selected.map { ($0 + step + count) % count } ?? (step > 0 ? 0 : count - 1)
        return .stay
    }

    private mutating func recall() -> Step {
        guard !history.isEmpty else { return .stay }
        let index = max(0, (historyIndex ?? history.count) - 1)
        field.replace(with: history[index])
        let step = changed()
        historyIndex = index
        return step
    }
}

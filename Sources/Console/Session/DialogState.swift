import Engine

/// A preview that waits for an answer: the action, what the operator saw when it was asked for, and what has been typed so far.
struct DialogState: Sendable {
    /// What a key made of it.
    enum Step: Equatable, Sendable {
        case stay
        case cancel
        case confirm(reason: String?)
        case refused(String)
    }

    /// One action, or the same one for several deployments.
    let actions: [Action]
    let preview: ActionPreview
    let tier: Consequence
    /// The name to type for a grave one.
    let expected: String?
    /// The key that says yes: never the one that opened the dialog.
    let confirmKey: Key
    private var reason = TextField("", limit: 400)
    private var typed = TextField("", limit: 80)
    private var focus = DialogFocus.cancel

    init(actions: [Action], preview: ActionPreview, tier: Consequence, expected: String?, trigger: Key?) {
        self.actions = actions
        self.preview = preview
        self.tier = tier
        self.expected = tier == .grave ? expected : nil
        confirmKey = trigger == .character("y") ? .character("Y") : .character("y")
        if self.expected != nil { focus = .typed }
    }

    private var isArmed: Bool { expected.map { $0 == typed.text } ?? true }
    private var order: [DialogFocus] { expected == nil ? [.cancel, .reason, .confirm] : [.typed, .reason, .confirm, .cancel] }

    mutating func press(_ key: Key) -> Step {
        switch (key.code, key.modifiers) {
        case (.escape, _), (.character("c"), .control): return .cancel
        case (.tab, []), (.down, []): move(1)
        case (.backTab, _), (.up, []): move(-1)
        case (.enter, []): return enter()
        default: return other(key)
        }
        return .stay
    }

    /// Pasted text fills the reason, and nothing else: a name that is pasted was not read.
    mutating func paste(_ text: String) -> Step {
        guard focus == .reason else { return .refused(focus == .typed ? "the name is typed, not pasted" : "pasted text never confirms") }
        reason.insert(text)
        return .stay
    }

    private mutating func other(_ key: Key) -> Step {
        switch focus {
        case .reason: if reason.accept(key) { return .stay }
        case .typed: if typed.accept(key) { return .stay }
        case .cancel, .confirm:
            if key == confirmKey { return confirm() }
            if key == .character("r") {
                focus = .reason
                return .stay
            }
            if key == .character("n") || key == .character("q") { return .cancel }
            if key.code == .left || key.code == .right { focus = focus == .cancel ? .confirm : .cancel }
            if key.text != nil { return .refused("\(confirmKey.name) confirms, esc cancels, r gives a reason") }
        }
        return .stay
    }

    private mutating func enter() -> Step {
        switch focus {
        case .cancel: return .cancel
        case .confirm: return confirm()
        case .reason: focus = isArmed ? .confirm : .typed
        case .typed:
            guard isArmed else { return .refused("type \(expected ?? "") first") }
            focus = .confirm
        }
        return .stay
    }

    private func confirm() -> Step {
        guard isArmed else { return .refused("type \(expected ?? "") first") }
        let text = reason.text.trimmingBlanks
        return .confirm(reason: text.isEmpty ? nil : text)
    }

    private mutating func move(_ step: Int) {
        let places = order
        let index = places.firstIndex(of: focus) ?? 0
        focus = places[(index + step + places.count) % places.count]
    }

    /// The dialog as it is drawn over a present that may have moved on since it was opened.
    func widget(_ snapshot: Snapshot) -> Dialog {
        var facts = preview.lines.map { line in
            DialogFact(line.label, StyledText(line.text, Style(line.isConcern ? .warn : .text, on: .dialog)))
        }
        if facts.isEmpty { facts = [DialogFact("", StyledText("no more is known"))] }
        let changed = actions.count == 1 ? changes(snapshot) : nil
        return Dialog(
            title: preview.title, tier: tier, facts: facts, warning: changed ?? preview.warning, reason: reason,
            typed: expected == nil ? nil : typed,
            expected: expected, buttons: [DialogButton(key: confirmKey.name, label: preview.button)], focus: focus)
    }

    /// What no longer is as it was seen.
    private func changes(_ snapshot: Snapshot) -> String? {
        guard let expected = preview.expected, let name = actions.first?.deployment else { return nil }
        guard let status = snapshot.deployment(name) else { return "\(name) is gone meanwhile: cancel" }
        if let champion = expected.champion, champion != status.champion {
            return "changed meanwhile: v\(champion) no longer answers: cancel and look again"
        }
        if let state = expected.state, state != status.state {
            return "changed meanwhile: \(name) is \(status.state.rawValue) now: cancel and look again"
        }
        return nil
    }
}

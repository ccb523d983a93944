import Engine

/// A preview that waits for an answer: the action, what the operator saw when it was asked for, and what has been typed so far.
///
/// What is typed is the reason, from the first letter on. No letter confirms or cancels: that takes `ctrl-s`, or `enter` on the button.
struct DialogState: Sendable {
    /// What a key made of it.
    enum Step: Equatable, Sendable {
        case stay
        case cancel
        case confirm(reason: String?)
        case refused(String)
    }

    /// The key that confirms from anywhere in the dialog.
    static let confirmKey = Key(.character("s"), .control)
    private static let enterKey = Key(.enter)

    /// One action, or the same one for several deployments.
    private(set) var actions: [Action]
    private(set) var preview: ActionPreview
    /// Ways of the one action among which ← and → choose; empty where there is one only.
    private let ways: [(action: Action, preview: ActionPreview)]
    private(set) var way = 0
    let tier: Consequence
    /// The name to type for a grave one.
    let expected: String?
    /// Whether `enter` opened it and nothing was pressed since: held down, that key must not go on to the button and through it.
    private var isEnterHeld: Bool
    private var reason = TextField("", limit: 400)
    private var typed = TextField("", limit: 80)
    private(set) var focus = DialogFocus.reason

    init(
        actions: [Action], preview: ActionPreview, ways: [(action: Action, preview: ActionPreview)] = [], tier: Consequence,
        expected: String?, trigger: Key?
    ) {
        self.actions = actions
        self.preview = preview
        self.ways = ways
        self.tier = tier
        self.expected = tier == .grave ? expected : nil
        isEnterHeld = trigger == Self.enterKey
    }

    private var isArmed: Bool { expected.map { $0 == typed.text } ?? true }
    private var order: [DialogFocus] { expected == nil ? [.reason, .confirm, .cancel] : [.reason, .typed, .confirm, .cancel] }

    /// Takes a key.
    ///
    /// - Parameter isSeen: whether the dialog, as it is, has been on the screen: else nothing confirms it.
    mutating func press(_ key: Key, isSeen: Bool) -> Step {
        defer { if key != Self.enterKey { isEnterHeld = false } }
        switch (key.code, key.modifiers) {
        case (.escape, _), (.character("c"), .control): return .cancel
        case (.tab, []), (.down, []): move(1)
        case (.backTab, _), (.up, []): move(-1)
        case (.enter, .alt), (Self.confirmKey.code, Self.confirmKey.modifiers): return confirm(isSeen: isSeen)
        case (.enter, []): return enter(isSeen: isSeen)
        default: return other(key)
        }
        return .stay
    }

    /// Pasted text is a reason, and nothing else: a name that is pasted was not read.
    mutating func paste(_ text: String) -> Step {
        guard focus != .typed else { return .refused("the name is typed, not pasted") }
        focus = .reason
        reason.insert(text)
        return .stay
    }

    private mutating func other(_ key: Key) -> Step {
        switch focus {
        case .typed: _ = typed.accept(key)
        // In a reason that has begun they move about.
        case .reason where reason.text.isEmpty && (key.code == .left || key.code == .right): choose(key.code == .left ? -1 : 1)
        case .reason: _ = reason.accept(key)
        case .cancel, .confirm:
            if key.code == .left || key.code == .right {
                focus = focus == .cancel ? .confirm : .cancel
            } else if reason.accept(key) {
                focus = .reason
            }
        }
        return .stay
    }

    private mutating func enter(isSeen: Bool) -> Step {
        if isEnterHeld { return .refused("\(Self.confirmKey.name) confirms, or tab to the button; esc cancels") }
        switch focus {
        case .cancel: return .cancel
        case .confirm: return confirm(isSeen: isSeen)
        case .reason: focus = isArmed ? .confirm : .typed
        case .typed:
            guard isArmed else { return .refused("type \(expected ?? "") first") }
            focus = .confirm
        }
        return .stay
    }

    private mutating func confirm(isSeen: Bool) -> Step {
        guard isArmed else {
            focus = .typed
            return .refused("type \(expected ?? "") first")
        }
        guard isSeen else { return .refused("that key came before the dialog was on the screen: read it, then press the key again") }
        let text = reason.text.trimmingBlanks
        return .confirm(reason: text.isEmpty ? nil : text)
    }

    private mutating func choose(_ step: Int) {
        guard ways.count > 1 else { return }
        way = (way + step + ways.count) % ways.count
        actions = [ways[way].action]
        preview = ways[way].preview
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
        if ways.count > 1 {
            let text = StyledText("\(way + 1) of \(ways.count): ← → before a reason is typed", Style(.muted, on: .dialog))
            facts.append(DialogFact("ways", text))
        }
        if facts.isEmpty { facts = [DialogFact("", StyledText("no more is known"))] }
        let changed = actions.count == 1 ? changes(snapshot) : nil
        return Dialog(
            title: preview.title, tier: tier, facts: facts, warning: changed ?? preview.warning, reason: reason,
            typed: expected == nil ? nil : typed,
            expected: expected, buttons: [DialogButton(key: Self.confirmKey.name, label: preview.button)], focus: focus)
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

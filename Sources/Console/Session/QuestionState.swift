import Engine

/// A form that is being filled in.
struct QuestionState: Sendable {
    /// What a key made of it.
    enum Step: Sendable {
        case stay
        case cancel
        case submit(Action)
    }

    let question: Question
    private(set) var fields: [FormField]
    private(set) var focus = 0
    private(set) var error: String?

    init(_ question: Question) {
        self.question = question
        fields = question.fields
        follow()
    }

    /// Lets the later fields follow from the earlier ones; what was typed in a field that stays is kept.
    private mutating func follow() {
        guard let following = question.following else { return }
        fields = following(fields)
        focus = min(focus, max(0, fields.count - 1))
    }

    mutating func press(_ key: Key) -> Step {
        defer { follow() }
        switch (key.code, key.modifiers) {
        case (.escape, _), (.character("c"), .control): return .cancel
        case (.tab, []), (.down, []): focus = (focus + 1) % max(1, fields.count)
        case (.backTab, _), (.up, []): focus = (focus + max(1, fields.count) - 1) % max(1, fields.count)
        case (.left, []) where isChoice: choose(-1)
        case (.right, []) where isChoice: choose(1)
        case (.enter, []):
            if focus + 1 < fields.count { focus += 1 } else { return submit() }
        case (.enter, .alt), (.character("s"), .control): return submit()
        default: if fields.indices.contains(focus), fields[focus].field.accept(key) { error = nil }
        }
        return .stay
    }

    mutating func paste(_ text: String) {
        guard fields.indices.contains(focus) else { return }
        fields[focus].field.insert(text)
        follow()
    }

    private var isChoice: Bool {
        fields.indices.contains(focus) && (fields[focus].choices.contains(fields[focus].field.text) || fields[focus].field.text.isEmpty)
            && !fields[focus].choices.isEmpty
    }

    private mutating func choose(_ step: Int) {
        let choices = fields[focus].choices
        let index = choices.firstIndex(of: fields[focus].field.text).map { $0 + step } ?? 0
        fields[focus].field.replace(with: choices[(index + choices.count) % choices.count])
    }

    private mutating func submit() -> Step {
        for index in fields.indices { fields[index].error = nil }
        switch question.action(fields.map(\.field.text)) {
        case .success(let action): return .submit(action)
        case .failure(let refusal):
            error = refusal.reason
            // The words of a refusal begin with the field's label; without one it stands at the field in hand.
            focus = fields.firstIndex { refusal.reason.hasPrefix($0.label + ":") } ?? focus
            if fields.indices.contains(focus) { fields[focus].error = refusal.reason }
            return .stay
        }
    }

    /// From more fields on the hint names the key that skips the rest.
    private static let longForm = 3

    /// Draws the form as a box in the middle.
    func draw(on surface: inout Surface, in area: Rect) {
        let height = fields.count + 2
        let box = area.centred(width: min(area.width, 72), height: min(area.height, height + 3))
        surface.fill(box, style: Style(.dialog))
        surface.cursor = nil
        let panel = Panel(title: StyledText(question.title, Style(.strong, on: .dialog)), role: .dialogBorder)
        let body = panel.frame(on: &surface, in: box).inset(x: 1, y: 0)
        let isLast = focus == fields.count - 1
        let isLong = fields.count > Self.longForm
        Form(fields: fields, focus: focus).draw(on: &surface, in: body.dropBottom(1))
        surface.restyle(body) { $0.ground == .text ? $0.on(.dialog) : $0 }
        let hint =
            StyledText("esc cancel   ", Style(.muted, on: .dialog))
            + StyledText("enter \(isLast ? question.button : "next")", Style(.key, on: .dialog))
            + StyledText(isLong && !isLast ? "   ctrl-s \(question.button)" : "", Style(.key, on: .dialog))
        Label(hint, alignment: .right).draw(on: &surface, in: body.bottom(1))
    }
}

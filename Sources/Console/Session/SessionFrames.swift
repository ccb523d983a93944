import Engine

/// What a caller who asks for a frame gets.
enum FrameStep: Sendable {
    case nothing
    /// Nothing yet; ask again after so many milliseconds.
    case wait(Int64)
    case draw(Picture)
}

/// A frame about to be drawn: a copy of all that it needs, so that the drawing holds no lock.
struct Picture: Sendable {
    var layout: ChromeLayout
    var glyphs: GlyphLevel
    var context: ScreenContext
    var place: Place
    var screen: any Screen
    var overlay: Overlay
    var toast: Toast?

    /// Draws it.
    ///
    /// A pure function of the values above.
    func draw() -> Surface {
        var surface = Surface(size: layout.size, glyphs: glyphs)
        guard !layout.isTooSmall else {
            layout.drawRefusal(on: &surface)
            return surface
        }
        let chrome = Chrome(context: context, place: place, detail: screen.detail)
        chrome.drawHeader(on: &surface, in: layout.header)
        chrome.drawBanner(on: &surface, in: layout.banner)
        screen.draw(context, on: &surface, in: layout.body)
        chrome.drawStatus(on: &surface, in: layout.status, toast: toast)
        chrome.drawHints(on: &surface, in: layout.hints, hints, hasStatus: !layout.status.isEmpty, toast: toast)
        drawOverlay(on: &surface)
        return surface
    }

    /// The keys that do something now: of the dialog or line that has the keyboard, else of the screen, with the help at the end.
    ///
    /// What is disabled is left out: the help says why.
    private var hints: [KeyHint] {
        switch overlay {
        case .none:
            let call = CommandCall(context: context, place: place, subject: screen.subject(context))
            return CommandTable.hinted(at: place.kind).filter { $0.disabledReason(call) == nil }.map { KeyHint($0.keys[0], $0.label) }
        case .dialog(let dialog):
            return [KeyHint("tab", "next"), KeyHint(DialogState.confirmKey.name, dialog.preview.button), KeyHint("esc", "cancel")]
        case .question(let question):
            return [KeyHint("tab", "next"), KeyHint(DialogState.confirmKey.name, question.question.button), KeyHint("esc", "cancel")]
        case .prompt(let prompt):
            let isCommand = prompt.kind == .command
            return (isCommand ? [KeyHint("tab", "complete")] : []) + [
                KeyHint("enter", isCommand ? "do it" : "keep"), KeyHint("esc", "leave"),
            ]
        }
    }

    private func drawOverlay(on surface: inout Surface) {
        let whole = surface.bounds
        switch overlay {
        case .none: break
        case .prompt(let prompt): prompt.widget().draw(on: &surface, in: whole.dropTop(1))
        case .dialog(let dialog): dialog.widget(context.snapshot).draw(on: &surface, in: layout.overlay)
        case .question(let question): question.draw(on: &surface, in: layout.overlay)
        }
    }
}

extension SessionState {
    /// Decides whether a frame is due and takes what it needs; asks for the pages that its screen lacks.
    mutating func beginFrame() -> (FrameStep, [SessionWork]) {
        guard !frame.isDrawing else { return (.nothing, []) }
        if frame.hadToast && toasts.current(now) == nil { pacer.note(.key) }
        switch pacer.verdict(now) {
        case .nothing: return (toasts.remaining(now).map(FrameStep.wait) ?? .nothing, [])
        case .wait(let milliseconds): return (.wait(min(milliseconds, toasts.remaining(now) ?? milliseconds)), [])
        case .draw: break
        }
        pacer.took(now)
        frame.isDrawing = true
        let toast = toasts.current(now)
        frame.hadToast = toast != nil
        if !layout.isTooSmall { attention.frameBegan() }
        let (context, wanted) = view()
        let missing = pages.want(wanted, now: now)
        let picture = Picture(
            layout: layout, glyphs: glyphs, context: context, place: navigation.place, screen: navigation.screen, overlay: overlay,
            toast: toast)
        return (.draw(picture), missing.isEmpty ? [] : [.fetch(missing)])
    }

    /// Takes the frame that was drawn; no delta when it looks like the one before and nothing else is to be told.
    ///
    /// - Returns: also after how many milliseconds to ask again, when something on it goes away by itself.
    mutating func endFrame(_ surface: Surface) -> (delta: FrameDelta?, again: Int64?) {
        frame.isDrawing = false
        var delta = surface.delta(from: frame.shown)
        delta.effects = frame.effects
        frame.effects = []
        frame.shown = surface
        attention.frameEnded(isNew: !delta.isEmpty)
        return (delta.isEmpty ? nil : delta, toasts.remaining(now))
    }
}

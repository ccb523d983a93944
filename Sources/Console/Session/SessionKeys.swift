import Engine

/// From input to commands, and from commands to what they do.
extension SessionState {
    /// Takes an input event; returns what is to be done outside.
    mutating func take(_ event: InputEvent) -> [SessionWork] {
        switch event {
        case .resize(let newer):
            guard newer != size || frame.shown == nil else { return [] }
            size = newer
        case .hangup: ending = ending ?? .hangup
        // A console that is not in front may still be watched.
        case .focus: return []
        case .saved(let path, let failure):
            say(failure.map { "not saved: \(path): \($0)" } ?? "saved \(path)", failure == nil ? .ok : .warn)
        case .paste(let text): paste(text)
        case .key(let key):
            pacer.note(.key)
            return press(key)
        }
        pacer.note(.key)
        return []
    }

    private mutating func press(_ key: Key) -> [SessionWork] {
        if layout.isTooSmall {
            if ["q", "ctrl-c"].contains(key.name) { ending = .detached }
            return []
        }
        switch overlay {
        case .none:
            if attention.dropsKeys { return [] }
            guard let command = CommandTable.command(for: key, at: navigation.place.kind) else {
                if let other = CommandTable.elsewhere(for: key, at: navigation.place.kind) {
                    return refuse(other.label, other.disabledReason(call()) ?? "the key works on \(other.placeNames) only: go there first")
                }
                say("\(key.name) does nothing here: ? lists the keys", .warn)
                return []
            }
            return run(command, [], trigger: key)
        case .prompt(var prompt):
            let step = prompt.press(key)
            overlay = .prompt(prompt)
            return follow(step, prompt)
        case .dialog(var dialog):
            let (before, way) = (dialog.focus, dialog.way)
            let step = dialog.press(key, isSeen: attention.isCurrent)
            if dialog.focus != before || dialog.way != way { attention.asks() }
            overlay = .dialog(dialog)
            return follow(step, dialog)
        case .question(var question):
            let step = question.press(key)
            overlay = .question(question)
            switch step {
            case .stay: return []
            case .cancel:
                close()
                return []
            case .submit(let action):
                close()
                if let reason = action.disabledReason(in: context().snapshot, role: role) { return refuse(action.summary, reason) }
                return propose([action], trigger: key)
            }
        }
    }

    private mutating func paste(_ text: String) {
        switch overlay {
        case .none: if !attention.dropsKeys { say("pasted text is not taken for keys", .warn) }
        case .prompt(var prompt):
            let step = prompt.paste(text)
            overlay = .prompt(prompt)
            _ = follow(step, prompt)
        case .dialog(var dialog):
            if case .refused(let reason) = dialog.paste(text) { say(reason, .warn) }
            overlay = .dialog(dialog)
        case .question(var question):
            question.paste(text)
            overlay = .question(question)
        }
    }

    // MARK: Commands

    /// Runs a command by its key or name: says why not, or does it.
    ///
    /// With rows marked, a key means all of them.
    mutating func run(_ command: Command, _ arguments: [String], trigger: Key?) -> [SessionWork] {
        let call = call(arguments)
        let marked = arguments.isEmpty ? navigation.screen.marked(call.context) : []
        if marked.count > 1, let several = several(command, call, marked) { return propose(several, trigger: trigger) }
        if let reason = command.disabledReason(call) { return refuse(command.label, reason) }
        return apply(command.run(call), command, trigger: trigger)
    }

    /// The actions of a command on each marked row; nil for a command that is no action.
    private func several(_ command: Command, _ call: CommandCall, _ marked: [Subject]) -> [Action]? {
        var actions: [Action] = []
        for subject in marked {
            var one = call
            one.subject = subject
            guard command.disabledReason(one) == nil, case .act(let action) = command.run(one) else { continue }
            actions.append(action)
        }
        return actions.count > 1 ? actions : nil
    }

    private mutating func refuse(_ what: String, _ reason: String) -> [SessionWork] {
        say("\(what): \(reason)", .warn)
        return []
    }

    private mutating func apply(_ outcome: Outcome, _ command: Command, trigger: Key?) -> [SessionWork] {
        switch outcome {
        case .act(let action): return propose([action], trigger: trigger)
        case .go(let place): go(place)
        case .back: back()
        case .forward: if !navigation.forward() { say("there is nothing forward of here", .warn) }
        case .swap: if !navigation.swap() { say("there is no view before this one", .warn) }
        case .move(let movement):
            let context = context()
            follow(navigation.screen.move(movement, context, in: layout.body))
        case .screen(let name, let arguments):
            let context = context()
            follow(navigation.screen.perform(name, arguments: arguments, context))
        case .goScreen(let place, let name, let arguments):
            if place != navigation.place { go(place) }
            let context = context()
            follow(navigation.screen.perform(name, arguments: arguments, context))
        case .commandLine(let text): open(.command, text)
        case .filterLine:
            let context = context()
            let before = navigation.screen.filterState(context)
            if before == nil { return refuse("filter", "there is nothing to filter here") }
            open(.filter(before: before?.text ?? ""), before?.text ?? "")
        case .ask(let question): overlay = .question(QuestionState(question))
        case .undo: return takeBack(trigger)
        case .set(let setting): set(setting)
        case .report(let order):
            say("making the report of \(order.deployment)")
            return [.report(order)]
        case .effect(let effect): frame.effects.append(effect)
        case .detach: ending = .detached
        case .say(let text): say(text)
        case .refused(let reason): return refuse(command.label, reason)
        }
        return []
    }

    mutating func go(_ place: Place) {
        if place == navigation.place { say("this is \(place.kind.rawValue)") }
        navigation.go(place, subject: call().subject)
    }

    /// Back: first out of what is open inside the screen, then out of a filter, then to the place before.
    private mutating func back() {
        if navigation.screen.leaveInner() { return }
        let context = context()
        if let filter = navigation.screen.filterState(context), !filter.text.isEmpty {
            _ = navigation.screen.setFilter("", context)
        } else if !navigation.back() {
            say("this is the first view: q leaves the console", .info)
        }
    }

    private mutating func follow(_ step: ScreenStep) {
        switch step {
        case .done: break
        case .go(let place): go(place)
        case .say(let text): say(text)
        case .refused(let reason): say(reason, .warn)
        }
    }

    private mutating func set(_ setting: ConsoleSetting) {
        switch setting {
        case .theme(let name):
            frame.effects.append(.theme(name))
            say("theme \(name)", .ok)
        case .glyphs(let level): glyphs = level
        case .redraw: frame.shown = nil
        case .copy:
            frame.effects.append(.copy(frame.shown?.text ?? ""))
            say("the screen is on your clipboard, if your terminal allows it (OSC 52)", .ok)
        case .save(let path):
            toasts.clear()
            frame.effects.append(.save(path: path, content: nil))
        }
    }

    // MARK: Actions

    private mutating func takeBack(_ trigger: Key?) -> [SessionWork] {
        let context = context()
        switch undo.proposal(context) {
        case .failure(let refusal): return refuse("undo", refusal.reason)
        case .success(let action):
            if let reason = action.disabledReason(in: context.snapshot, role: role) { return refuse("undo: \(action.summary)", reason) }
            return propose([action], trigger: trigger)
        }
    }

    /// Does what is small, and shows the preview of what is not.
    private mutating func propose(_ actions: [Action], trigger: Key?) -> [SessionWork] {
        guard let first = actions.first else { return [] }
        let context = context()
        let snapshot = context.snapshot
        let isProduction = ChromeEnvironment(snapshot.engine.workspace) == .production
        var tier = actions.map(\.consequence).max() ?? .small
        if actions.count > 1 || (isProduction && tier == .serious) { tier = .grave }
        if tier == .small { return perform(first, expected: first.preview(in: snapshot).expected, reason: nil) }
        let preview =
            actions.count == 1
            ? first.preview(in: snapshot, report: Self.report(of: first, context)) : Self.preview(of: actions, snapshot)
        let name = actions.count > 1 ? "\(actions.count)" : first.deployment ?? snapshot.engine.workspace
        overlay = .dialog(
            DialogState(
                actions: actions, preview: preview, ways: actions.count == 1 ? ways(of: first, snapshot) : [], tier: tier, expected: name,
                trigger: trigger))
        attention.asks()
        toasts.clear()
        return []
    }

    /// The report of the version that a threshold is for: it says what that changes.
    private static func report(of action: Action, _ context: ScreenContext) -> VersionReport? {
        guard case .setThreshold(let name, let version, _, _) = action else { return nil }
        return DecisionsPage.report(context, name, version)
    }

    /// A plain pause with each fallback that the deployment can answer with: the key asks for no more than the usual one.
    private func ways(of action: Action, _ snapshot: Snapshot) -> [(action: Action, preview: ActionPreview)] {
        guard case .pause(let name, .unavailable) = action else { return [] }
        return [Fallback.unavailable, .constant(nil), .lastKnownGood].map { Action.pause(deployment: name, fallback: $0) }
            .filter { $0.disabledReason(in: snapshot, role: role) == nil }.map { ($0, $0.preview(in: snapshot)) }
    }

    /// The preview of the same action on several deployments: one line each.
    private static func preview(of actions: [Action], _ snapshot: Snapshot) -> ActionPreview {
        let button = actions[0].preview(in: snapshot).button
        let total = actions.compactMap { $0.deployment.flatMap { snapshot.deployment($0)?.requestsPerSecond } }.reduce(0, +)
        var lines = actions.prefix(8).map { ActionPreview.Line($0.deployment ?? "", $0.summary) }
        if actions.count > 8 { lines.append(ActionPreview.Line("and", "\(actions.count - 8) more")) }
        lines.append(ActionPreview.Line("order", "one after the other, as shown"))
        lines.append(ActionPreview.Line("affects", "\(FigureText.count(total)) requests/s", isConcern: total > 0))
        return ActionPreview(
            title: "\(button.prefix(1).uppercased() + button.dropFirst()) \(actions.count) deployments", button: button, lines: lines,
            warning: "type the number of deployments to show that you mean all of them")
    }

    private mutating func perform(_ action: Action, expected: ExpectedState?, reason: String?) -> [SessionWork] {
        say("\(action.summary) \(glyphs.set.ellipsis)")
        return [.perform(ActionRequest(action, expected: expected, reason: reason))]
    }

    private mutating func follow(_ step: DialogState.Step, _ dialog: DialogState) -> [SessionWork] {
        switch step {
        case .stay: return []
        case .cancel:
            close()
            say("cancelled: nothing was done")
            return []
        case .refused(let reason):
            say(reason, .warn)
            return []
        case .confirm(let reason):
            close()
            toasts.clear()
            if dialog.actions.count == 1 { return perform(dialog.actions[0], expected: dialog.preview.expected, reason: reason) }
            return dialog.actions.flatMap { perform($0, expected: $0.preview(in: snapshot).expected, reason: reason) }
        }
    }

    /// Takes away the dialog or form.
    private mutating func close() {
        overlay = .none
        attention.closed()
    }

    // MARK: The line at the bottom

    private mutating func open(_ kind: PromptState.Kind, _ text: String) {
        var prompt = PromptState(kind, text: text, history: entered.commands)
        if kind == .command {
            entered.deployment = versionsNamed(by: text)
            prompt.offer(Completer(call: call()).complete(text))
        }
        overlay = .prompt(prompt)
        toasts.clear()
    }

    private mutating func follow(_ step: PromptState.Step, _ prompt: PromptState) -> [SessionWork] {
        var prompt = prompt
        switch (step, prompt.kind) {
        case (.stay, _): return []
        case (.cancel, .command): overlay = .none
        case (.cancel, .filter(let before)):
            filter(before)
            overlay = .none
        case (.changed, .command):
            entered.deployment = versionsNamed(by: prompt.field.text)
            prompt.offer(Completer(call: call()).complete(prompt.field.text))
            overlay = .prompt(prompt)
        case (.changed, .filter):
            prompt.error = filter(prompt.field.text)
            overlay = .prompt(prompt)
        case (.submit(let text), .filter):
            if let wrong = filter(text) {
                prompt.error = wrong
                overlay = .prompt(prompt)
            } else {
                overlay = .none
            }
        case (.submit(let text), .command): return enter(text, prompt)
        }
        return []
    }

    @discardableResult
    private mutating func filter(_ text: String) -> String? {
        let context = context()
        return navigation.screen.setFilter(text, context)
    }

    mutating func enter(_ text: String, _ prompt: PromptState) -> [SessionWork] {
        guard !text.trimmingBlanks.isEmpty else {
            overlay = .none
            return []
        }
        switch CommandTable.parse(text) {
        case .failure(let refusal):
            var prompt = prompt
            prompt.error = refusal.reason
            overlay = .prompt(prompt)
            return []
        case .success(let (command, arguments)):
            entered.deployment = versionsNamed(by: text)
            if mustLookUp(command, arguments) {
                var prompt = prompt
                prompt.isWaiting = true
                prompt.error = "looking up the versions of \(entered.deployment ?? "") \(glyphs.set.ellipsis)"
                overlay = .prompt(prompt)
                return []
            }
            overlay = .none
            entered.remember(text)
            return run(command, arguments, trigger: Key(.enter))
        }
    }
}

import Engine
import Tabular

/// Lines at the bottom that are about versions, which may have to be looked up first.
extension SessionState {
    /// The deployment whose versions a line is about; nil when its command takes none.
    func versionsNamed(by text: String) -> String? {
        let words = text.split(separator: " ").map(String.init)
        guard let name = words.first, let command = CommandTable.named(name),
            command.arguments.contains(.version) || command.arguments.contains(.moment)
        else { return nil }
        if let named = words.dropFirst().first(where: { snapshot.deployment($0) != nil }) { return named }
        return call().subject.deployment ?? navigation.place.deployment ?? navigation.recentDeployment
    }

    /// Whether a line has to wait: it names a version or a time that may be among versions which are still on their way.
    func mustLookUp(_ command: Command, _ arguments: [String]) -> Bool {
        guard let name = entered.deployment, let status = context().snapshot.deployment(name), !status.holdsAllVersions,
            !VersionPages(name, snapshot, pages.all).isWhole
        else { return false }
        return arguments.contains { word in
            if command.arguments.contains(.moment), PastTime.looksLikeOne(word) { return true }
            guard command.arguments.contains(.version), snapshot.deployment(word) == nil,
                let number = UInt32(word.hasPrefix("v") ? String(word.dropFirst()) : word)
            else { return false }
            return status.version(number) == nil
        }
    }

    /// More versions are known: they can be completed, and a line that waits for them may run.
    mutating func versionsCame() -> [SessionWork] {
        guard case .prompt(var prompt) = overlay, prompt.kind == .command else { return [] }
        let text = prompt.field.text
        if prompt.isWaiting { return enter(text, prompt) }
        prompt.offer(Completer(call: call()).complete(text))
        overlay = .prompt(prompt)
        return []
    }
}

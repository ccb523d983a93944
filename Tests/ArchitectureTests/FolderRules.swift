import Foundation

/// What the folders of a module may do.
enum EngineFolder {
    /// Decides: values in, values out. It names neither the actor nor a store.
    case decides
    /// Holds what is known of deployments; names no actor.
    case holds
    /// Works on threads or queues of its own; it may call the actor and the stores, and is no part of the actor.
    case works
    /// The actor and its one door.
    case acts

    /// Every folder of Engine.
    static let all: [String: EngineFolder] = [
        "Access": .decides, "Actions": .decides, "Alerts": .decides, "DataPlane": .decides, "Gates": .decides, "Jobs": .decides,
        "Online": .decides,
        "Policies": .decides, "Resources": .decides, "RollOuts": .decides, "Snapshot": .decides, "Watches": .decides,
        "Registry": .holds,
        "Backups": .works, "Labels": .works, "Traffic": .works, "Workers": .works, "Workspace": .works,
        "Actor": .acts, "Door": .acts, "History": .acts,
    ]

    private static let stores: Set<String> = [
        "EngineStores", "ControlStore", "ControlReader", "ControlTransaction", "LabelStore", "TelemetryStore",
    ]

    /// What a source in such a folder does that it must not.
    func violations(in source: String) -> [String] {
        let words = SwiftText.words(source)
        let isExtending = zip(words, words.dropFirst()).contains { $0 == "extension" && $1 == "EngineCore" }
        switch self {
        case .acts: return []
        case .works: return isExtending ? ["extends EngineCore"] : []
        case .holds: return words.contains("EngineCore") ? ["names EngineCore"] : []
        case .decides:
            return Self.stores.union(["EngineCore"]).intersection(words).sorted().map { "names \($0)" }
                + (words.contains("await") ? ["waits"] : [])
        }
    }
}

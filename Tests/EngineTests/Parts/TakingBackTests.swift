import Engine
import Store
import Testing

/// What takes a change back, from its row in the journal alone.
@Suite("Taking back")
struct TakingBackTests {
    private static func entry(_ verb: String, _ deployment: String? = "d", details: String = "{}") -> JournalEntry {
        JournalEntry(
            time: 1, actor: "ops (uid 7)", uid: 7, role: "admin", verb: verb, deployment: deployment, summary: verb, reason: nil,
            details: details)
    }

    @Test("a pause and a freeze have an action that takes them back; a training and a policy have none")
    func simple() {
        #expect(Action.takingBack(Self.entry("pause"), frozen: [], champion: 1) == .resume(deployment: "d"))
        #expect(Action.takingBack(Self.entry("resume"), frozen: [], champion: 1) == .pause(deployment: "d"))
        #expect(
            Action.takingBack(Self.entry("freeze"), frozen: [.learning, .all], champion: 1) == .unfreeze(deployment: "d", scope: .all))
        #expect(Action.takingBack(Self.entry("freeze", nil), frozen: [.all], champion: nil) == .unfreeze(deployment: nil, scope: .all))
        #expect(Action.takingBack(Self.entry("freeze"), frozen: [], champion: 1) == nil, "it was lifted meanwhile")
        for verb in ["train", "policy", "note", "deploy"] {
            #expect(Action.takingBack(Self.entry(verb), frozen: [.all], champion: 1) == nil)
        }
    }

    @Test("a promotion is taken back only while what it promoted still answers: never what a policy or somebody else promoted after it")
    func promotion() {
        let entry = Self.entry("promote", details: "{\"version\": \"v2\", \"former\": \"v1\"}")
        #expect(Action.takingBack(entry, frozen: [], champion: 2) == .rollback(deployment: "d", to: nil))
        #expect(Action.takingBack(entry, frozen: [], champion: 3) == nil)
        #expect(Action.takingBack(entry, frozen: [], champion: nil) == nil)
    }

    @Test("a roll back is taken back only while what it returned to still answers")
    func rollback() {
        let entry = Self.entry("rollback", details: "{\"version\": \"v3\", \"withdrawn\": \"v4\"}")
        #expect(Action.takingBack(entry, frozen: [], champion: 3) == .promote(deployment: "d", version: 4))
        #expect(Action.takingBack(entry, frozen: [], champion: 5) == nil)
        #expect(Action.takingBack(Self.entry("rollback", details: "no JSON"), frozen: [], champion: 3) == nil)
    }
}

import Foundation
import Testing

@Suite("Folders")
struct FolderTests {
    static let sources = SourceTree.swiftFiles(below: "Sources")
    static let engine = sources.filter { $0.hasPrefix("Sources/Engine/") && $0.split(separator: "/").count > 3 }

    @Test("No folder of Sources holds more than 25 files")
    func size() {
        let folders = Dictionary(grouping: Self.sources) { $0.split(separator: "/").dropLast().joined(separator: "/") }
        for (folder, files) in folders { #expect(files.count <= 25, "\(folder) has \(files.count) files: which two stories does it tell?") }
    }

    @Test("Every folder of Engine is known, and Core is gone")
    func known() {
        #expect(Set(Self.engine.map { String($0.split(separator: "/")[2]) }) == Set(EngineFolder.all.keys))
        #expect(EngineFolder.all["Core"] == nil)
    }

    @Test("What decides in Engine knows neither the actor nor a store; what works is no part of the actor", arguments: engine)
    func engineFolder(_ file: String) throws {
        let folder = String(file.split(separator: "/")[2])
        let violations = try #require(EngineFolder.all[folder]).violations(in: SourceTree.text(file))
        #expect(violations.isEmpty, "\(file) \(violations.joined(separator: ", "))")
    }

    @Test(
        "The check on folders sees what it must see, and not what is only said",
        arguments: [
            (.decides, "struct A { let core: EngineCore }", ["names EngineCore"]),
            (.decides, "func f(_ t: ControlTransaction) { }", ["names ControlTransaction"]),
            (.decides, "let a: [EngineStores] = []", ["names EngineStores"]),
            (.decides, "let a = await b()", ["waits"]),
            (.decides, "/// Tells EngineCore of stores.\nlet a = \"EngineCore \\(b) await\"", []),
            (.decides, "let restores = awaiting + EngineCoreLike", []),
            (.works, "extension EngineCore { }", ["extends EngineCore"]),
            (.works, "let core: EngineCore", []),
            (.holds, "let core: EngineCore", ["names EngineCore"]),
            (.acts, "extension EngineCore { let a = await stores }", []),
        ] as [(EngineFolder, String, [String])])
    func checker(_ folder: EngineFolder, _ source: String, _ violations: [String]) {
        #expect(folder.violations(in: source) == violations)
    }
}

@Suite("Stored members")
struct StoredMemberTests {
    /// Members that a type may have.
    static let limit = 16
    /// Types of which each field is a column of a stored row, a key of a published document, or a mark of the screen: they have as many as
    /// the format has, and no behaviour that could be taken apart.
    static let documents: [String: Int] = [
        "DeploymentStatus": 36, "VersionSummary": 27, "JobStatus": 20, "JobRecord": 20, "VersionDocument": 28,
        // One deployment of the status document, and one of its challengers.
        "DeploymentEntry": 22, "ChallengerEntry": 22,
        // Marks of the screen, and options of a command line.
        "Glyphs": 26, "DeployCommand": 28,
    ]

    @Test(
        "No type has more stored members than somebody can keep in mind; documents have as many as their format",
        arguments: FolderTests.sources)
    func members(_ file: String) throws {
        for type in StoredMembers.types(in: try SourceTree.text(file)) {
            let most = Self.documents[type.name] ?? Self.limit
            #expect(
                type.members.count <= most, "\(file): \(type.name) has \(type.members.count) stored members: which of them belong together?"
            )
        }
    }

    @Test(
        "Stored members are told from computed and static ones, and from what stands inside functions",
        arguments: [
            ("struct A { var a = 1; let b: Int }", ["a", "b"]),
            ("struct A {\n    var a: Int { 1 }\n    var b: Int = 2\n    static let c = 3\n}", ["b"]),
            (
                "final class A {\n    private(set) var a: [String: Int] = [:] { didSet { b = 1 } }\n    @Wrapped(1) public var b: Int {\n        didSet { }\n    }\n}",
                ["a", "b"]
            ),
            ("actor A {\n    nonisolated let a: Int\n    func f() {\n        let b = 1\n        var c = 2\n    }\n}", ["a"]),
            ("struct A {\n    let a = { let b = 1; return b }()\n    // var c = 1\n    let d = \"var e\"\n}", ["a", "d"]),
            ("struct A {\n    private let (a, b) = (1, 2)\n    var c: (Int, Int)\n    class var d: Int { 1 }\n}", ["a", "b", "c"]),
        ])
    func parser(_ source: String, _ members: [String]) {
        #expect(StoredMembers.types(in: source).first { $0.name == "A" }?.members == members)
    }

    @Test("A type inside another one has its own members")
    func nested() {
        let types = StoredMembers.types(
            in:
                "struct A {\n    struct B { var a = 1 }\n    enum C { case d; static var e = 1 }\n    var f: B\n}\nextension A { var g: Int { 1 } }"
        )
        #expect(types == [TypeMembers(name: "B", members: ["a"]), TypeMembers(name: "A", members: ["f"])])
    }
}

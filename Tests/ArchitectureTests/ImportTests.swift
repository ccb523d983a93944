import Testing

@Suite("Imports")
struct ImportTests {
    /// What each module may import of this product: what stands below it, never beside or above.
    ///
    /// `docs/architecture.md` draws it.
    static let below: [String: Set<String>] = [
        "Tabular": ["CPress", "CSQLite", "CZlib"],
        "Learning": ["Tabular", "COpenBLAS"],
        "Interchange": ["Tabular", "Learning"],
        "Monitoring": ["Tabular"],
        "Store": ["Tabular", "CZlib"],
        "Engine": ["Tabular", "Learning", "Monitoring", "Store", "CLinux"],
        "Control": ["Tabular", "Learning", "Monitoring", "Store", "Engine", "CLinux"],
        // Generated: what the protocols' messages are, and nothing of ours.
        "InferenceProtocol": [],
        "Serving": ["Tabular", "Learning", "Monitoring", "Store", "Engine", "InferenceProtocol", "CPacking"],
        "Workload": ["Tabular"],
        "Reports": ["Tabular", "Learning", "Monitoring", "Store", "Engine"],
        "Console": ["Tabular", "Learning", "Monitoring", "Store", "Engine", "Control", "Reports", "CCurses", "CLinux"],
        "flyball": [
            "Tabular", "Learning", "Interchange", "Monitoring", "Store", "Engine", "Control", "Serving", "Workload", "Reports", "Console",
            "COpenBLAS", "CLinux",
        ],
    ]

    static let own = Set(below.keys).union(["CZlib", "CPacking", "CPress", "CSQLite", "COpenBLAS", "CCurses", "CLinux"])

    @Test("Every module imports only what stands below it", arguments: below.keys.sorted())
    func imports(_ module: String) throws {
        let files = SourceTree.swiftFiles(below: "Sources/" + module)
        #expect(!files.isEmpty, "Sources/\(module) has no files")
        for file in files {
            for name in try SourceTree.imports(of: file) where Self.own.contains(name) && name != module {
                #expect(Self.below[module]?.contains(name) == true, "\(file) imports \(name)")
            }
        }
    }

    @Test("Every folder under Sources is a module that these rules know")
    func modules() {
        let found = Set(SourceTree.swiftFiles(below: "Sources").map { SourceTree.module(of: $0) })
        #expect(found == Set(Self.below.keys))
    }

    @Test(
        "What event loops own, and what writes tensors into rows, know no protocol: neither HTTP nor JSON", arguments: ["Loops", "Tensors"])
    func protocols(_ folder: String) throws {
        let files = SourceTree.swiftFiles(below: "Sources/Serving/" + folder)
        #expect(files.count >= 4)
        for file in files {
            #expect(Set(try SourceTree.imports(of: file)).isDisjoint(with: ["NIOHTTP1", "NIOPosix", "Foundation"]), "\(file)")
            let text = try SourceTree.text(file)
            #expect(!text.contains("JSON") && !text.contains("HTTP"), "\(file) names a protocol")
        }
    }

    @Test("One file, and only one, imports curses")
    func curses() throws {
        let files = try SourceTree.swiftFiles(below: "Sources").filter { try SourceTree.imports(of: $0).contains("CCurses") }
        #expect(files.count == 1, "\(files)")
    }
}

import Engine

/// The versions of a deployment as a console comes to know them: the snapshot's few at once, the others in pages.
///
/// Pages begin at round numbers, so that a new version asks for no other pages than before; each is named by the one before it.
struct VersionPages {
    /// Versions a page.
    static let page = 100
    /// Pages that are asked for at most: 2,000 versions are more than a list is looked through.
    static let limit = 20

    /// The pages that are needed, as far as is known.
    let wanted: [HistoryQuery]
    /// What has come, newest first.
    let versions: [VersionSummary]
    /// Whether nothing more will come.
    let isWhole: Bool

    init(_ name: String, _ snapshot: Snapshot, _ pages: Pages) {
        guard let status = snapshot.deployment(name), !status.holdsAllVersions, let newest = status.versions.first?.number else {
            wanted = []
            versions = []
            isWhole = true
            return
        }
        var wanted: [HistoryQuery] = []
        var found: [VersionSummary] = []
        var isWhole = false
        var next = Self.query(name, upTo: newest)
        while wanted.count < Self.limit {
            wanted.append(next)
            guard case .ready(let answer) = pages[next] else { break }
            guard case .versions(let page) = answer.content else {
                isWhole = true
                break
            }
            // A page that begins at a round number may repeat the end of the one before.
            found += page.filter { $0.number < found.last?.number ?? .max }
            guard page.count == Self.page, let oldest = page.last?.number, oldest > 1 else {
                isWhole = true
                break
            }
            next = Self.query(name, upTo: oldest - 1)
        }
        self.wanted = wanted
        versions = found
        self.isWhole = isWhole || wanted.count == Self.limit
    }

    /// The page whose newest version has this number or is older: it begins at the next round one.
    static func query(_ name: String, upTo number: UInt32) -> HistoryQuery {
        let blocks = (UInt64(number) + UInt64(page) - 1) / UInt64(page)
        return .versions(deployment: name, before: UInt32(clamping: blocks * UInt64(page) + 1), limit: page)
    }
}

extension ScreenContext {
    /// The same with the versions of a deployment that have come in pages.
    ///
    /// Complexity: O(versions).
    func knowingVersions(of name: String) -> ScreenContext {
        var context = self
        context.snapshot.add(VersionPages(name, snapshot, pages).versions, to: name)
        return context
    }
}

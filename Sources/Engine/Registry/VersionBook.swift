import Store

/// What is kept in memory of every version: what rolling out decides by, and whether two have the same model or data.
struct VersionLine: Equatable {
    /// As the roll-out machine sees it.
    var standing: RollOutVersion
    /// Beginning of the hash of its model; nil when it has none.
    var artefact: UInt64?
    /// Beginning of the hash of its data.
    var data: UInt64

    /// 7 for `v7`.
    var number: UInt32 { standing.number }
}

/// A deployment's versions: a line of each in memory, and the whole of those that are shown or may be needed at once.
///
/// A version is some kilobytes, its line some hundred bytes. The others are read from the store when somebody asks for them.
struct VersionBook {
    /// Ascending by number.
    private(set) var lines: [VersionLine] = []
    /// Whether the lines of all versions are here; after a start those of older ones come when the champions answer.
    private(set) var isWhole = true
    /// The whole of some, by number.
    private var whole: [UInt32: VersionSummary] = [:]

    init() {}

    /// - Parameter lines: ascending by number.
    init(_ lines: [VersionLine], isWhole: Bool = true, whole: [VersionSummary]) {
        self.lines = lines
        self.isWhole = isWhole
        self.whole = Dictionary(whole.map { ($0.number, $0) }) { $1 }
    }

    /// How many there are.
    var count: Int { lines.count }
    /// `v7`, of the newest.
    var newestName: String? { lines.last.map { "v\($0.number)" } }
    /// The newest one.
    var newest: VersionSummary? { lines.last.flatMap { whole[$0.number] } }

    /// What the roll-out machine sees.
    var standings: [RollOutVersion] { lines.map(\.standing) }

    /// The line of a version.
    ///
    /// Complexity: O(log n).
    func line(_ number: UInt32) -> VersionLine? { index(of: number).map { lines[$0] } }

    /// The version, if the whole of it is in memory.
    func whole(_ number: UInt32) -> VersionSummary? { whole[number] }

    /// Those that are wanted in memory and are not there: the newest few, and those that a role names.
    func missing(roles: [UInt32?]) -> [UInt32] {
        wanted(roles).filter { whole[$0] == nil }
    }

    /// The versions that a snapshot holds of all that are kept, newest first: the newest few, and those that a role names.
    func shown(roles: [UInt32?]) -> [VersionSummary] { wanted(roles).sorted(by: >).compactMap { whole[$0] } }

    private func wanted(_ roles: [UInt32?]) -> Set<UInt32> {
        Set(lines.suffix(DeploymentStatus.newestVersions).map(\.number))
            .union(roles.compactMap(\.self).filter { index(of: $0) != nil })
    }

    /// Takes versions into memory.
    mutating func add(_ versions: [VersionSummary]) {
        for version in versions { whole[version.number] = line(version.number).map { version.following($0.standing) } }
    }

    /// Gives up all of which nothing is wanted but their lines.
    mutating func trim(roles: [UInt32?]) {
        let wanted = wanted(roles)
        if whole.count > wanted.count { whole = whole.filter { wanted.contains($0.key) } }
    }

    /// Adds the lines that were not here yet; what is known of the others is newer.
    mutating func take(_ others: [VersionLine]) {
        let known = Set(lines.map(\.number))
        lines = (lines + others.filter { !known.contains($0.number) }).sorted { $0.number < $1.number }
        isWhole = true
    }

    /// Adds a version, the newest.
    mutating func append(_ version: VersionSummary) {
        lines.append(VersionLine(version))
        whole[version.number] = version
    }

    /// Forgets a version that cannot be read.
    mutating func lose(_ number: UInt32) {
        if let index = index(of: number) { lines.remove(at: index) }
        whole[number] = nil
    }

    /// What became of the versions; those that the machine no longer knows go.
    mutating func follow(_ standings: [RollOutVersion]) {
        let former = Dictionary(lines.map { ($0.number, $0) }) { $1 }
        lines = standings.compactMap { standing in
            guard var line = former[standing.number] else { return nil }
            if standing.state == .archived { line.artefact = nil }
            line.standing = standing
            return line
        }
        let kept = Dictionary(standings.map { ($0.number, $0) }) { $1 }
        for (number, version) in whole { whole[number] = kept[number].map { version.following($0) } }
    }

    /// What the machine has changed of versions that are here already.
    func changed(_ standings: [RollOutVersion]) -> [RollOutVersion] {
        standings.filter { standing in line(standing.number).map { $0.standing != standing } ?? false }
    }

    private func index(of number: UInt32) -> Int? {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < lines.count && lines[low].number == number ? low : nil
    }
}

extension VersionLine {
    init(_ version: VersionSummary) {
        self.init(
            standing: RollOutVersion(version), artefact: version.artefactHash.map(Self.beginning), data: Self.beginning(version.dataHash))
    }

    /// From the registry's row; nil where it is not plainly what a row is, so that the whole of it must be looked at.
    init?(_ record: VersionLineRecord) {
        guard let state = VersionState(rawValue: record.state), record.ownNumber == Int64(record.number),
            1...Int64(VersionSummary.format) ~= record.format ?? 1, let served = record.served
        else { return nil }
        var intervals: [ServiceInterval] = []
        if served != "[]" {
            do throws(RecordFailure) { intervals = try decodeJSON([ServiceInterval].self, served) } catch { return nil }
        }
        self.init(
            standing: RollOutVersion(
                number: record.number, state: state, isBlessed: record.blessed, refusal: record.refusal, isPinned: record.isPinned,
                served: intervals),
            artefact: record.artefactHash.map(Self.beginning), data: Self.beginning(record.dataHash))
    }

    /// The first 64 bits of a hexadecimal hash: enough to tell the few thousand of a machine apart.
    static func beginning(_ hash: String) -> UInt64 { UInt64(hash.prefix(16), radix: 16) ?? 0 }
}

package import Engine
import Tabular

/// What can be changed over HTTP, by a token with the scope `admin`: the same actions as everywhere else.
package enum AdminVerb: String, Sendable, CaseIterable {
    case promote, rollback, pause, resume, share, abort, freeze, unfreeze

    /// Whether it can be about all deployments.
    var isForAll: Bool { self == .freeze || self == .unfreeze }

    /// Members that a body may have beside `reason` and `expected_champion`.
    fileprivate var members: [String] {
        switch self {
        case .promote, .rollback, .abort: ["version"]
        case .share: ["version", "share"]
        case .pause: ["fallback"]
        case .resume: []
        case .freeze, .unfreeze: ["scope"]
        }
    }
}

/// Why the body of such a request is refused.
package enum AdminFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not JSON.
    case json(JSONFailure)
    /// What is wrong, and what is wanted.
    case member(String)

    package var description: String {
        switch self {
        case .json(let failure): failure.description
        case .member(let text): text
        }
    }
}

/// Reads the body of such a request into its action: an object, or nothing at all.
package struct AdminDecoder {
    private let verb: AdminVerb
    private let deployment: String?
    private var scanner: JSONScanner
    private let isEmpty: Bool
    private var version: UInt32?
    private var share: Double?
    private var fallback: Fallback?
    private var scope: FreezeScope?
    private var reason: String?
    private var expectedChampion: UInt32?

    package init(_ bytes: UnsafeBufferPointer<UInt8>, _ verb: AdminVerb, _ deployment: String?) {
        self.verb = verb
        self.deployment = deployment
        scanner = JSONScanner(bytes)
        isEmpty = bytes.isEmpty
    }

    /// The request for the one door.
    ///
    /// Complexity: O(bytes).
    package mutating func decode() throws(AdminFailure) -> ActionRequest {
        if !isEmpty { try members() }
        return ActionRequest(try action(), expected: expectedChampion.map { ExpectedState(champion: $0) }, reason: reason)
    }

    private mutating func members() throws(AdminFailure) {
        do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
        var first = true
        var seen: Set<String> = []
        while let key = try nextKey(&first) {
            let name = scanner.text(key)
            guard (verb.members + Self.common).contains(name) else {
                throw .member(
                    "unknown member \"\(InferenceFailure.short(name))\": \(verb.rawValue) takes "
                        + (verb.members + Self.common).joined(separator: ", "))
            }
            guard seen.insert(name).inserted else { throw .json(JSONFailure(offset: key.start, reason: .duplicateKey)) }
            try member(name)
        }
        do throws(JSONFailure) { try scanner.end() } catch { throw .json(error) }
    }

    private static let common = ["reason", "expected_champion"]

    private mutating func nextKey(_ first: inout Bool) throws(AdminFailure) -> JSONText? {
        do throws(JSONFailure) { return try scanner.nextKey(first: &first) } catch { throw .json(error) }
    }

    private mutating func member(_ name: String) throws(AdminFailure) {
        switch name {
        case "version": version = try number(name)
        case "expected_champion": expectedChampion = try number(name)
        case "share":
            guard scanner.peek() == 0x2D || (0x30...0x39).contains(scanner.peek()) else { throw .member("share: a number from 0 to 1") }
            do throws(JSONFailure) { share = try scanner.double(try scanner.number()) } catch { throw .json(error) }
        case "fallback":
            let word = try text(name)
            guard let found = Fallback(rawValue: word) else {
                throw .member("fallback: \"\(InferenceFailure.short(word))\" is none: \(Fallback.words)")
            }
            fallback = found
        case "scope":
            let word = try text(name)
            guard let found = FreezeScope(rawValue: word) else {
                let all = FreezeScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw .member("scope: \"\(InferenceFailure.short(word))\" is none: \(all)")
            }
            scope = found
        default: reason = try text(name)
        }
    }

    /// `3`, or as a text `"v3"`.
    private mutating func number(_ name: String) throws(AdminFailure) -> UInt32 {
        let wanted = AdminFailure.member("\(name): a version's number is wanted: 3 or \"v3\"")
        if scanner.peek() == 0x22 {
            guard let number = VersionText.number(try text(name)) else { throw wanted }
            return number
        }
        guard (0x30...0x39).contains(scanner.peek()) else { throw wanted }
        let found: JSONNumber
        do throws(JSONFailure) { found = try scanner.number() } catch { throw .json(error) }
        guard let number = found.integer.flatMap({ UInt32(exactly: $0) }) else { throw wanted }
        return number
    }

    private static let longestText = 1_000

    private mutating func text(_ name: String) throws(AdminFailure) -> String {
        guard scanner.peek() == 0x22 else { throw .member("\(name): a string is wanted") }
        let found: JSONText
        do throws(JSONFailure) { found = try scanner.string() } catch { throw .json(error) }
        guard found.length > 0, found.length <= Self.longestText else {
            throw .member("\(name): 1 to \(Self.longestText) bytes are wanted")
        }
        return scanner.text(found)
    }

    private func action() throws(AdminFailure) -> Action {
        func named(_ version: UInt32?) throws(AdminFailure) -> UInt32 {
            guard let version else { throw .member("version: missing: which one?") }
            return version
        }
        guard let name = deployment else {
            return verb == .freeze
                ? .freeze(deployment: nil, scope: scope ?? .all) : .unfreeze(deployment: nil, scope: scope ?? .all)
        }
        switch verb {
        case .promote: return .promote(deployment: name, version: try named(version))
        case .rollback: return .rollback(deployment: name, to: version)
        case .pause: return .pause(deployment: name, fallback: fallback ?? .unavailable)
        case .resume: return .resume(deployment: name)
        case .share:
            guard let share else { throw .member("share: missing: a number from 0 to 1") }
            return .share(deployment: name, version: try named(version), share: share)
        case .abort: return .abort(deployment: name, version: version)
        case .freeze: return .freeze(deployment: name, scope: scope ?? .all)
        case .unfreeze: return .unfreeze(deployment: name, scope: scope ?? .all)
        }
    }
}

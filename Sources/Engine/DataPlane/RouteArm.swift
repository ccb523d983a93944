public import Tabular

/// What a request says of who is to answer it: what arms are chosen by.
public struct ArmRequest: Sendable, Equatable {
    /// The version that the request names.
    public var version: UInt32?

    /// Makes a request; without a version the deployment chooses.
    public init(version: UInt32? = nil) { self.version = version }
}

/// A version in one of its parts of the traffic: what is counted apart.
public struct ArmKey: Hashable, Sendable {
    /// The version's number.
    public var version: UInt32
    /// Its part of the traffic.
    public var arm: Arm

    /// Makes a key.
    public init(version: UInt32, arm: Arm) {
        self.version = version
        self.arm = arm
    }
}

/// Who answers a request.
public struct ArmChoice: Sendable {
    /// The version.
    public var version: LoadedVersion
    /// As what it answers.
    public var arm: Arm

    /// Makes a choice.
    public init(version: LoadedVersion, arm: Arm) {
        self.version = version
        self.arm = arm
    }

    /// What it is counted under.
    public var key: ArmKey { ArmKey(version: version.number, arm: arm) }
}

/// Why a route answers a request by no version.
public enum RouteRefusal: Error, Sendable, Equatable {
    /// Paused by an operator.
    case paused(retryAfterSeconds: Int)
    /// Nothing to answer with.
    case noChampion(retryAfterSeconds: Int)
    /// The version that the request names is not in memory; these are.
    case notLoaded([UInt32])
}

extension Route {
    /// The arm that answers a request.
    ///
    /// Every protocol asks here, so that a share, a key or a shadow is decided in one place. Complexity: O(versions in memory), no allocation.
    public func arm(for request: ArmRequest) throws(RouteRefusal) -> ArmChoice {
        guard state != .paused else {
            // Whatever version a request names: none of them answers.
            guard let fallback else { throw .paused(retryAfterSeconds: retryAfterSeconds) }
            return ArmChoice(version: fallback, arm: .fallback)
        }
        if let number = request.version {
            guard let version = self.version(number) else { throw .notLoaded(resident.map(\.number)) }
            return ArmChoice(version: version, arm: .pinned)
        }
        guard let champion = live ?? champion else { throw .noChampion(retryAfterSeconds: retryAfterSeconds) }
        return ArmChoice(version: champion, arm: .champion)
    }

    /// The arm that answers a request whose rows have been read: the challenger instead of the champion, where the request falls to it.
    ///
    /// - Parameters:
    ///   - choice: of `arm(for:)`; one that names a version stands.
    ///   - key: the hash of what the request is known again by; nil where it does not say, and the champion answers.
    @inline(__always)
    public func challenged(_ choice: ArmChoice, key: (SplitKey) -> UInt64?) -> ArmChoice {
        guard let challenger, choice.arm == .champion, let key = key(challenger.split.key), challenger.split.takes(key) else {
            return choice
        }
        return challenger.choice
    }
}

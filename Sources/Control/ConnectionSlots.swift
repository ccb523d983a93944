package import Engine
package import Foundation

/// Who may be connected at a time: places by role, so that nobody can keep a person out who may act.
///
/// A plain value. The owner has places of its own; operators, approvers and admins have some that no viewer takes; whoever has all of its
/// own gets in for the one of them that has been silent the longest, an open console last.
package struct ConnectionSlots {
    /// Connections of everybody but the owner.
    package static let limit = 64
    /// Of them, those of viewers.
    package static let viewerLimit = 40
    /// Connections of one uid.
    package static let limitPerUID = 24
    /// One that was heard of so lately is not given up for another of its uid, seconds; of the owner's own every one is.
    package static let idleSeconds = 10.0

    /// A connection.
    package struct Holder {
        package var uid: uid_t
        package var role: Role
        package var isOwner: Bool
        /// When the client was last heard of.
        package var heard: ContinuousClock.Instant
        /// Whether it shows a console.
        package var hasConsole = false
    }

    /// What becomes of a new connection.
    package enum Verdict: Equatable {
        case admitted
        /// It takes the place of another, which is closed.
        case insteadOf(Int32)
        case refused
    }

    package private(set) var holders: [Int32: Holder] = [:]

    package init() {}

    /// Decides on a new connection; it is in unless it is refused.
    ///
    /// - Parameter id: its number, which no other has.
    package mutating func admit(_ id: Int32, uid: uid_t, role: Role, isOwner: Bool, now: ContinuousClock.Instant) -> Verdict {
        let own = holders.filter { $0.value.uid == uid }
        if own.count < Self.limitPerUID, isOwner || hasRoom(role) {
            holders[id] = Holder(uid: uid, role: role, isOwner: isOwner, heard: now)
            return .admitted
        }
        guard let idlest = own.min(by: { ($0.value.hasConsole ? 1 : 0, $0.value.heard) < ($1.value.hasConsole ? 1 : 0, $1.value.heard) }),
            isOwner || (!idlest.value.hasConsole && (now - idlest.value.heard) / .seconds(1) >= Self.idleSeconds)
        else { return .refused }
        holders[idlest.key] = nil
        holders[id] = Holder(uid: uid, role: role, isOwner: isOwner, heard: now)
        return .insteadOf(idlest.key)
    }

    private func hasRoom(_ role: Role) -> Bool {
        let others = holders.values.filter { !$0.isOwner }
        guard others.count < Self.limit else { return false }
        return role > .viewer || others.count(where: { $0.role == .viewer }) < Self.viewerLimit
    }

    /// The client has said something.
    package mutating func hear(_ id: Int32, at now: ContinuousClock.Instant) { holders[id]?.heard = now }

    /// The connection shows a console from now on.
    package mutating func openConsole(_ id: Int32) { holders[id]?.hasConsole = true }

    /// The connection has ended.
    package mutating func leave(_ id: Int32) { holders[id] = nil }
}

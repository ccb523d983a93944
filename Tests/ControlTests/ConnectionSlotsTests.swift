import Control
import Engine
import Foundation
import Testing

/// Who may be connected, decided without a socket.
@Suite("Connection slots")
struct ConnectionSlotsTests {
    private static let start = ContinuousClock.now

    private var slots = ConnectionSlots()
    private var id: Int32 = 0

    private mutating func admit(_ uid: uid_t, _ role: Role, isOwner: Bool = false, at seconds: Double = 0) -> ConnectionSlots.Verdict {
        id += 1
        return slots.admit(id, uid: uid, role: role, isOwner: isOwner, now: Self.start + .seconds(seconds))
    }

    @Test("viewers fill their places and no others: operators and the owner still get in")
    mutating func byRole() {
        var admitted = 0
        for uid: uid_t in 1...3 {
            for _ in 0..<ConnectionSlots.limitPerUID where admit(uid, .viewer) == .admitted { admitted += 1 }
        }
        #expect(admitted == ConnectionSlots.viewerLimit)
        for _ in 0..<(ConnectionSlots.limit - ConnectionSlots.viewerLimit) { #expect(admit(7, .operator) == .admitted) }
        #expect(admit(8, .admin) == .refused)
        for _ in 0..<ConnectionSlots.limitPerUID { #expect(admit(0, .admin, isOwner: true) == .admitted) }
    }

    @Test("the owner's next one takes the place of the owner's own that was silent the longest, an open console last")
    mutating func owner() {
        for second in 0..<ConnectionSlots.limitPerUID { #expect(admit(0, .admin, isOwner: true, at: Double(second)) == .admitted) }
        slots.openConsole(1)
        slots.hear(2, at: Self.start + .seconds(100))
        #expect(admit(0, .admin, isOwner: true, at: 101) == .insteadOf(3))
        #expect(admit(0, .admin, isOwner: true, at: 101) == .insteadOf(4))
        #expect(slots.holders.count == ConnectionSlots.limitPerUID && slots.holders[1] != nil)
    }

    @Test("another's next one takes the place of one of its own that has been silent for a while, and of no console")
    mutating func others() {
        for _ in 0..<ConnectionSlots.limitPerUID { #expect(admit(5, .operator) == .admitted) }
        for id: Int32 in 1...23 { slots.openConsole(id) }
        #expect(admit(5, .operator, at: ConnectionSlots.idleSeconds - 1) == .refused)
        #expect(admit(5, .operator, at: ConnectionSlots.idleSeconds) == .insteadOf(24))
        slots.openConsole(id)
        #expect(admit(5, .operator, at: 1_000) == .refused)
        slots.leave(1)
        #expect(admit(5, .operator, at: 1_000) == .admitted)
    }
}

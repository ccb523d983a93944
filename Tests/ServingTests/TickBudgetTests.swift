import Serving
import Testing

/// What one turn of an event loop answers, and what it refuses.
@Suite("TickBudget")
struct TickBudgetTests {
    private static let millisecond: UInt64 = 1_000_000

    /// Requests that wait at the beginning of a turn and are answered in it when an answer takes two milliseconds.
    private func answered(_ budget: inout TickBudget, of waiting: Int, from start: UInt64 = 1_000) -> Int {
        var now = start
        var count = 0
        for _ in 0..<waiting where budget.admits(now) {
            count += 1
            now += 2 * Self.millisecond
        }
        budget.end()
        return count
    }

    @Test("a burst is answered as long as it fits the budget")
    func burst() {
        var budget = TickBudget(milliseconds: 200)
        for _ in 0..<5 { #expect(answered(&budget, of: 100) == 100) }
    }

    @Test("a turn that has lasted its budget refuses the rest")
    func budget() {
        var budget = TickBudget(milliseconds: 200)
        #expect(answered(&budget, of: 1_000) == 100)
    }

    @Test("turns of a flood are short, so that nobody waits long for an answer or a refusal")
    func flood() {
        var budget = TickBudget(milliseconds: 200)
        _ = answered(&budget, of: 1_000)
        for _ in 0..<20 { #expect(answered(&budget, of: 300) == 13) }
    }

    @Test("a turn that refuses nothing ends the flood")
    func calm() {
        var budget = TickBudget(milliseconds: 200)
        _ = answered(&budget, of: 1_000)
        #expect(answered(&budget, of: 10) == 10)
        #expect(answered(&budget, of: 90) == 90)
    }

    @Test("an answer that takes longer than the budget is given all the same, one a turn in a flood")
    func slow() {
        var budget = TickBudget(milliseconds: 1)
        #expect(answered(&budget, of: 100) == TickBudget.minimum)
        for _ in 0..<3 { #expect(answered(&budget, of: 100) == 1) }
    }

    @Test("a thread that stood still for a moment refuses nothing")
    func descheduled() {
        var budget = TickBudget(milliseconds: 200)
        let late = 5_000 * Self.millisecond
        let answers = [budget.admits(0)] + (1...TickBudget.minimum).map { _ in budget.admits(late) }
        #expect(answers == Array(repeating: true, count: TickBudget.minimum) + [false])
    }
}

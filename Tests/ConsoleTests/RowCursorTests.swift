import Console
import Testing

@Suite("Row cursor") struct RowCursorTests {
    @Test("it stays on its row, on the same line, when others come above") func insertion() {
        var cursor = RowCursor<Int>()
        let before = RowOrder(Array(0..<20))
        for _ in 0..<7 { _ = cursor.move(.down, before, height: 5) }
        #expect(cursor.selected(before) == 7)
        let line = cursor.state(before, height: 5).selected - cursor.state(before, height: 5).top
        let after = RowOrder([100, 101, 102] + Array(0..<20))
        #expect(cursor.selected(after) == 7)
        let state = cursor.state(after, height: 5)
        #expect(state.selected == 10)
        #expect(state.selected - state.top == line)
    }

    @Test("until it moves, and again after going to the top, it is on the newest row") func follows() {
        var cursor = RowCursor<Int>()
        #expect(cursor.selected(RowOrder([3, 2, 1])) == 3)
        #expect(cursor.selected(RowOrder([4, 3, 2, 1])) == 4)
        _ = cursor.move(.down, RowOrder([3, 2, 1]), height: 5)
        #expect(cursor.selected(RowOrder([4, 3, 2, 1])) == 2)
        _ = cursor.move(.top, RowOrder([4, 3, 2, 1]), height: 5)
        #expect(cursor.selected(RowOrder([5, 4, 3])) == 5)
    }

    @Test("when its row goes, the one that takes its place is selected") func removal() {
        var cursor = RowCursor<Int>()
        _ = cursor.move(.down, RowOrder([1, 2, 3]), height: 5)
        #expect(cursor.selected(RowOrder([1, 3])) == 3)
        #expect(cursor.selected(RowOrder([1])) == 1)
        #expect(cursor.selected(RowOrder([Int]())) == nil)
        #expect(cursor.state(RowOrder([Int]()), height: 5) == TableState())
    }

    @Test("every movement stays inside") func bounds() {
        let rows = RowOrder(Array(0..<1_000))
        var cursor = RowCursor<Int>()
        for movement in [Movement.up, .pageUp, .bottom, .down, .pageDown, .pageDown, .up, .top, .up] {
            let step1 = cursor.move(movement, rows, height: 7)
            #expect(step1)
            let state = cursor.state(rows, height: 7)
            #expect((0..<1_000).contains(state.selected) && state.top <= state.selected && state.selected < state.top + 7)
        }
        let step2 = cursor.move(.open, rows, height: 7)
        #expect(!step2)
    }
}

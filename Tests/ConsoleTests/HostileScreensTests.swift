import Console
import Engine
import Testing

@Suite("Screens with hostile text") struct HostileScreensTests {
    /// From nothing to large, odd ones among them.
    private static let sizes = [(0, 0), (1, 1), (3, 2), (7, 40), (40, 10), (61, 17), (80, 24), (133, 12), (200, 60)].map {
        Size(width: $0.0, height: $0.1)
    }

    private func check(_ screen: some Screen, _ size: Size, glyphs: GlyphLevel = .braille) {
        var screen = screen
        var context = SampleContext.make(HostileText.snapshot)
        for movement in [Movement.down, .nextPane, .pageDown, .bottom, .open, .left, .mark, .sortNext, .up, .top, .sortFlip, .right] {
            context = SampleContext.loaded(screen, context, size: size)
            let surface = SampleContext.draw(screen, context, size: size, glyphs: glyphs)
            #expect(surface.checkInvariants(), "\(screen.place) at \(size)")
            let harmful = surface.cells(matching: { !TextWidth.isDrawable($0) })
            #expect(harmful == 0, "\(screen.place) at \(size)")
            _ = screen.move(movement, context, in: Rect(size))
            _ = screen.subject(context)
            _ = screen.filterState(context)
        }
    }

    @Test("no text from outside breaks the grid, at any size, wherever one goes", arguments: sizes) func grid(_ size: Size) {
        for name in HostileText.snapshot.deployments.map(\.name).prefix(3) { check(VersionsScreen(deployment: name), size) }
        var compared = VersionsScreen(
            deployment: HostileText.snapshot.deployments.max { $0.versions.count < $1.versions.count }?.name ?? "")
        _ = compared.perform(.compare, arguments: [], SampleContext.make(HostileText.snapshot))
        check(compared, size)
        check(PredictionsScreen(deployment: HostileText.predicted), size)
        check(JobsScreen(), size)
        check(JournalScreen(), size, glyphs: .ascii)
        check(SystemScreen(), size)
        check(HelpScreen(from: .jobs, subject: Subject(), commands: JobCommands.all), size)
    }

    @Test("a filter of hostile text is taken or refused, never more", arguments: HostileText.all) func filters(_ text: String) {
        let context = SampleContext.make(HostileText.snapshot)
        var jobs = JobsScreen()
        _ = jobs.setFilter(text, context)
        var journal = JournalScreen()
        _ = journal.setFilter("!" + text, context)
        var predictions = PredictionsScreen(deployment: HostileText.predicted)
        _ = predictions.setFilter(text, SampleContext.loaded(predictions, context, size: Size(width: 60, height: 15)))
        let size = Size(width: 60, height: 15)
        #expect(SampleContext.draw(jobs, context, size: size).checkInvariants())
        #expect(SampleContext.draw(journal, context, size: size).checkInvariants())
        #expect(SampleContext.draw(predictions, SampleContext.loaded(predictions, context, size: size), size: size).checkInvariants())
    }
}

extension Surface {
    /// How many characters in the cells are as asked.
    fileprivate func cells(matching isWanted: (Unicode.Scalar) -> Bool) -> Int {
        text.unicodeScalars.count { $0 != "\n" && isWanted($0) }
    }
}

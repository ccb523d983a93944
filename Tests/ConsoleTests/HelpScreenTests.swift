import Console
import Engine
import Foundation
import Testing

@Suite("Help screen") struct HelpScreenTests {
    private let commands = VersionCommands.all + JobCommands.all + JournalCommands.all
    private let size = Size(width: 80, height: 21)

    @Test("help for the keys of Jobs looks as recorded", arguments: ScreenPicture.all) func pictures(_ picture: ScreenPicture) {
        picture.check(HelpScreen(from: .jobs, subject: Subject(job: 216), commands: commands), SampleContext.make(), "Help/jobs")
    }

    @Test("the keys of the place one came from stand first, with why they do nothing now") func here() {
        let text = SampleContext.draw(
            HelpScreen(from: .jobs, subject: Subject(job: 214), commands: commands), SampleContext.make(), size: size
        ).text
        #expect(text.contains("On Jobs"))
        #expect(text.contains("not now: job 214 is done already"))
        let journal = SampleContext.draw(
            HelpScreen(from: .journal, subject: Subject(), commands: commands), SampleContext.make(), size: size
        ).text
        #expect(journal.contains("On Journal"))
        #expect(!journal.contains("verifies on Journal only"))
    }

    @Test("every command stands once") func once() {
        let context = SampleContext.make()
        let text = SampleContext.draw(
            HelpScreen(from: .jobs, subject: Subject(), commands: commands), context, size: Size(width: 200, height: 200)
        ).text
        for command in commands { #expect(text.components(separatedBy: ":\(command.name) ").count == 2, "\(command.name)") }
    }

    @Test("a filter finds commands by name, key and what they do") func filter() {
        let context = SampleContext.make()
        var screen = HelpScreen(from: .jobs, subject: Subject(), commands: commands)
        let step1 = screen.setFilter("chain", context)
        #expect(step1 == nil)
        #expect(screen.filterState(context) == FilterState(text: "chain", hits: 1, total: commands.count))
        let step2 = screen.setFilter("nothing-like-this", context)
        #expect(step2 == nil)
        #expect(SampleContext.draw(screen, context, size: size).text.contains("no command matches"))
    }

    @Test("it scrolls to its end and no further") func scroll() {
        let context = SampleContext.make()
        let area = Rect(Size(width: 40, height: 7))
        var screen = HelpScreen(from: .jobs, subject: Subject(), commands: commands)
        _ = screen.move(.bottom, context, in: area)
        let end = SampleContext.draw(screen, context, size: Size(width: 40, height: 7)).text
        _ = screen.move(.pageDown, context, in: area)
        #expect(SampleContext.draw(screen, context, size: Size(width: 40, height: 7)).text == end)
        #expect(!end.contains(" more"))
    }
}

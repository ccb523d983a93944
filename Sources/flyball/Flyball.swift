import ArgumentParser
import Foundation
import Tabular

/// The one executable.
@main
struct Flyball: AsyncParsableCommand, ScreenCommand {
    static let configuration = CommandConfiguration(
        commandName: "flyball",
        abstract: "Trains, serves, watches and retrains models in one process.",
        discussion: """
            flyball deploy churn --data customers.csv --target churned --wait
            flyball                    (the console: engine and screen in one process)
            flyball serve              (the engine without a screen)
            flyball attach             (a screen on an engine that runs)

            Results go to standard output, everything else to standard error.
            Exit status: 0 done, 1 refused or failed, 64 used wrongly.
            """,
        version: Product.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Engine",
                subcommands: [
                    AttachCommand.self, ServeCommand.self, DemoCommand.self, StopCommand.self, StatusCommand.self, DoctorCommand.self,
                    UpgradeCommand.self, BackupCommand.self, RestoreCommand.self, MigrateCommand.self, TokenCommand.self, BenchCommand.self,
                ]),
            CommandGroup(
                name: "Models",
                subcommands: [
                    DescribeCommand.self, DeployCommand.self, TrainCommand.self, AlgorithmsCommand.self, VersionsCommand.self,
                    CompareCommand.self, CardCommand.self, ReportCommand.self, ImportCommand.self, ExportCommand.self,
                    ReproduceCommand.self,
                    JobsCommand.self, JobCommand.self, PolicyCommand.self, PredictCommand.self,
                ]),
            CommandGroup(
                name: "What answers",
                subcommands: [
                    PromoteCommand.self, ThresholdCommand.self, ShareCommand.self, AbortCommand.self, PublishCommand.self,
                    RollbackCommand.self, PauseCommand.self,
                    ResumeCommand.self,
                    FreezeCommand.self,
                    UnfreezeCommand.self, ArchiveCommand.self, PinCommand.self, UnpinCommand.self,
                    RemoveCommand.self,
                ]),
            CommandGroup(
                name: "Watching",
                subcommands: [
                    DriftCommand.self, MuteCommand.self, UnmuteCommand.self, DriftFloorCommand.self, QualityCommand.self, WhyCommand.self,
                    PredictionsCommand.self, ExplainCommand.self, AlertsCommand.self,
                    AckCommand.self, NoteCommand.self, UndoCommand.self,
                    JournalCommand.self,
                    ReplayCommand.self,
                ]),
            CommandGroup(
                name: "For the launcher", subcommands: [ConsoleProcessCommand.self, AttachProcessCommand.self, DemoProcessCommand.self]),
        ])

    @OptionGroup var place: WorkspaceOption

    func run() async throws { try ConsoleLaunch.open(workspace: place.path) }

    static func main() async {
        Startup.prepare()
        do {
            var command = try parseAsRoot()
            if var working = command as? any AsyncParsableCommand { try await working.run() } else { try command.run() }
            if Output.isSilent, !(command is any ScreenCommand) {
                throw CommandFailure(
                    "no answer: nothing came back, and nobody said why: try again, and see log/engine.log in the workspace")
            }
        } catch {
            Foundation.exit(Complaint.report(error))
        }
        Foundation.exit(0)
    }
}

/// A command whose answer is a screen: it may end without a word, and no other may.
protocol ScreenCommand {}

/// One line on standard error for whatever went wrong, and the exit status.
enum Complaint {
    static func report(_ error: any Error) -> Int32 {
        if let failure = error as? CommandFailure {
            if !failure.description.isEmpty { Output.remark("flyball: \(failure)") }
            return failure.code
        }
        let code = Flyball.exitCode(for: error).rawValue
        switch code {
        case 0: try? Output.line(Flyball.fullMessage(for: error))
        case ExitCode.validationFailure.rawValue: Output.remark("flyball: \(usage(Flyball.message(for: error)))")
        default: Output.remark("flyball: \(oneLine("\(error)"))")
        }
        return code
    }

    /// The parser's words on one line, the nearest verb where a word is none, and where to read on.
    private static func usage(_ message: String) -> String {
        let words = CommandLine.arguments.dropFirst()
        let verbs = Flyball.verbs
        let path = Flyball.path(words)
        if path.isEmpty, let stray = words.first(where: { !$0.hasPrefix("-") && message.contains("'\($0)'") }) {
            let hint = Names.nearest(to: stray, in: verbs).map { "did you mean `flyball \($0)`?" } ?? "see `flyball --help`"
            return "no such verb: \(SafeText.escape(stray)): \(hint)"
        }
        let help = (["flyball"] + path + ["--help"]).joined(separator: " ")
        let expected = formats.first { message.contains("'") && message.contains($0.kind) }.map { ": write \($0.words)" } ?? ""
        return "\(oneLine(message))\(expected): see `\(help)`"
    }

    /// What the parser's word for a value stands for.
    private static let formats = [
        (kind: "<duration>'", words: "a number with its unit, such as 30s, 5m, 24h or 7d"),
        (kind: "<version>'", words: "a version, such as v2"), (kind: "<first>'", words: "a version, such as v2"),
        (kind: "<second>'", words: "a version, such as v2"),
        (kind: "<version|time>'", words: "a version such as v2, or a time such as 02:14 or 2013-04-01T06:00"),
        (kind: "<size>'", words: "a size such as 512KiB, 8MiB or 2GiB"), (kind: "'--rate <n>'", words: "a number above 0"),
        (kind: "<n>'", words: "a whole number from 0 on"),
        (kind: "'<id>'", words: "its number, such as 7"),
    ]

    private static func oneLine(_ text: String) -> String {
        let line = SafeText.escape(text.split(whereSeparator: \.isNewline).joined(separator: " "))
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }
}

extension Flyball {
    /// The verbs, for suggestions.
    static var verbs: [String] { configuration.subcommands.map { $0._commandName } }

    /// The verb and the verb below it that the arguments name.
    fileprivate static func path(_ words: ArraySlice<String>) -> [String] {
        var path: [String] = []
        var level = configuration.subcommands
        for word in words {
            guard let command = level.first(where: { $0._commandName == word }) else { continue }
            path.append(word)
            level = command.configuration.subcommands
        }
        return path
    }
}

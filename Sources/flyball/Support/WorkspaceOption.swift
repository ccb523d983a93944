import ArgumentParser
import Engine

/// The option that every verb shares.
///
/// It may stand before or after the verb.
struct WorkspaceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The directory that holds everything of one engine.",
            discussion: "Default: $FLYBALL_WORKSPACE, else $XDG_DATA_HOME/flyball/default, else ~/.local/share/flyball/default.",
            valueName: "dir"),
        completion: .directory)
    var workspace: String?

    /// The absolute path.
    var path: String { Workspace.resolve(option: workspace) }
}

/// `--json` of the verbs that print results.
struct JSONOption: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print the result as JSON with stable keys.")
    var isJSON = false
}

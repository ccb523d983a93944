/// What is done with the journal, and following what is written.
package enum JournalCommands {
    /// In the order of the help.
    package static let all: [Command] = [
        Command(
            "verify", keys: ["v"], places: [.journal],
            doc: "Walks along the journal's chain and says whether it holds, and what that guarantees.",
            group: "Journal", hint: 80,
            disabledReason: { call in call.place.kind == .journal ? nil : "verifies on Journal only: go there first" },
            run: { _ in .screen(.verify, []) }),
        Command(
            "follow", keys: ["f"], places: [.journal, .jobs, .predictions],
            doc: "Stays with the newest row of the journal or of the predictions, or with the end of the job's log.",
            group: "Journal", hint: 60,
            disabledReason: { call in
                [.journal, .jobs, .predictions].contains(call.place.kind)
                    ? nil : "follows on Journal, Jobs and Predictions only: go there first"
            },
            run: { _ in .screen(.follow, []) }),
    ]
}

/// What is done with the journal, and following what is written.
package enum JournalCommands {
    /// In the order of the help.
    package static let all: [Command] = [
        Command(
            "verify", keys: ["v"], places: [.journal],
            doc: "Walks along the journal's chain and says whether it holds, and what that guarantees.",
            group: "Journal", hint: 80,
            disabledReason: { call in call.place.kind == .journal ? nil : "verifies on Journal only: go there first" },
            run: { _ in .screen("verify", []) }),
        Command(
            "follow", keys: ["f"], places: [.journal, .jobs],
            doc: "Stays with the newest row of the journal, or with the end of the job's log.",
            group: "Journal", hint: 60,
            disabledReason: { call in
                [.journal, .jobs].contains(call.place.kind) ? nil : "follows on Journal and Jobs only: go there first"
            },
            run: { _ in .screen("follow", []) }),
    ]
}

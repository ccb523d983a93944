import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular
import Testing

@Suite("Categories in an engine") struct CategoryTests {
    /// Rows of which x and the text tell the target; new texts matter most.
    private static func write(_ texts: [String], to path: String) throws {
        var random = SplitMix64(state: 1)
        func uniform() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
        let effects = ["AA": 1.0, "BB": -0.3, "CC": -0.3, "NEWUP": 3, "NEWDOWN": -3]
        var lines = ["x,cat,y"]
        for _ in 0..<1_200 {
            let x = (0..<4).reduce(-2.0) { sum, _ in sum + uniform() } * 1.7
            let text = texts[Int(random.next() % UInt64(texts.count))]
            let noise = (0..<4).reduce(-2.0) { sum, _ in sum + uniform() }
            lines.append("\(x),\(text),\(x + (effects[text] ?? 0) + noise > 0 ? "yes" : "no")")
        }
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func deploy(_ harness: EngineHarness, _ directory: String) async throws {
        try write(["AA", "BB", "CC"], to: directory + "/train.csv")
        let order = DeployOrder(
            name: "f", path: directory + "/train.csv", options: ImportOptions(target: "y"), training: TrainingRequest(algorithm: "logistic")
        )
        try await harness.finished(try await harness.perform(.deploy(order)).job)
        #expect(try harness.status("f").champion == 1)
    }

    /// Answers one row with that text, as a request would be.
    private static func ask(_ harness: EngineHarness, _ text: String) throws -> FakePlane.Answer {
        let code = try #require(harness.plane.categories("f"))["cat"].intern(text)
        return try #require(harness.plane.predict("f", row: [0, Double(code)]))
    }

    @Test(
        "a client that sends row ids fills its column, which is shown and alerted; a training then passes its gates, is promoted, and knows its texts"
    )
    func flood() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run(in: directory, clock: ManualClock(EngineHarness.may)) { harness in
                try await Self.deploy(harness, directory)
                let column = try #require(harness.plane.categories("f"))["cat"]
                for index in 0..<14_000 { _ = column.intern("id \(index)") }
                _ = try Self.ask(harness, "AA")
                await harness.pass(seconds: 3)
                let filling = try #require(harness.snapshot.alerts.first { $0.kind == .categories })
                #expect(filling.title == "f: column cat has used up 85 % of its room for texts that only traffic brought")
                for index in 0..<70_000 { _ = column.intern("id \(index)") }
                #expect(column.intern("id 69999") == CategoryDictionary.otherCode)
                _ = try Self.ask(harness, "id 69999")
                await harness.pass(seconds: 3)
                let full = try #require(harness.snapshot.alerts.first { $0.kind == .categories })
                #expect(full.id == filling.id && full.title.hasSuffix("new ones count as other"))
                let fill = try #require(try harness.status("f").categories)
                #expect(fill.feature == "cat" && fill.share == 1 && fill.trafficTexts == 16_384 && fill.turnedAway > 50_000)

                try Self.write(["AA", "BB", "CC", "NEWUP", "NEWDOWN"], to: directory + "/retrain.csv")
                try await harness.train(
                    TrainOrder(deployment: "f", path: directory + "/retrain.csv", training: TrainingRequest(algorithm: "logistic")))
                try await harness.perform(.promote(deployment: "f", version: 2))
                let (up, down) = (try Self.ask(harness, "NEWUP"), try Self.ask(harness, "NEWDOWN"))
                #expect(up.version == 2 && up.score > 0.9 && down.score < 0.1)
            }
        }
    }

    @Test("texts keep their codes over a restart, those of a training also without rows; a code without a text is stored as other")
    func restart() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            var codes: [String: Int32] = [:]
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await Self.deploy(harness, directory)
                _ = try Self.ask(harness, "seen")
                _ = try Self.ask(harness, "BB")
                _ = try #require(harness.plane.predict("f", row: [0, 900]))
                await harness.pass(seconds: 3)
                let column = try #require(harness.plane.categories("f"))["cat"]
                for text in ["AA", "BB", "CC", "seen"] { codes[text] = column.intern(text) }
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let column = try #require(harness.plane.categories("f"))["cat"]
                for (text, code) in codes { #expect(column.name(of: code) == text) }
                let page = await harness.engine.history(.predictions(deployment: "f", upTo: nil, limit: 10)).content
                guard case .predictions(let found) = page else { throw EngineHarness.Missed(what: "the predictions") }
                #expect(Set(found.rows.map { $0.values[1] }) == [.text("(other)"), .text("BB"), .text("seen")])
            }
        }
    }

    @Test(
        "an alert begins at four fifths, holds until seven tenths, and says whose room it is",
        arguments: [
            (0.79, false, false, "nothing"), (0.8, false, false, "has used up 80 % of its room for texts that only traffic brought"),
            (0.75, true, false, "has used up 75 % of its room for texts that only traffic brought"), (0.69, true, false, "resolve"),
            (0.69, false, false, "nothing"),
            (1, false, false, "has no room left for texts that only traffic brought: new ones count as other"),
            (0.9, false, true, "has used up 90 % of its room for texts that trainings used"),
            (1, true, true, "has no room left for texts that trainings used: a version with new ones is refused by its gate"),
        ])
    func alerting(share: Double, isOpen: Bool, isPinned: Bool, expected: String) {
        let fill = CategoryFill(feature: "c", trafficTexts: 1, pinnedTexts: 1, share: share, isPinned: isPinned, turnedAway: 0)
        switch CategoryWatch.event("d", fill, isOpen: isOpen, at: 5) {
        case nil: #expect(expected == "nothing")
        case .over(let kind, _): #expect(expected == "resolve" && kind == .categories)
        case .found(let finding):
            #expect(finding == Finding(kind: .categories, severity: .warning, title: "d: column c " + expected, onset: 5))
        }
        #expect(CategoryWatch.event("d", nil, isOpen: false, at: 5) == nil)
    }

    @Test("a gate and a load refuse a version whose texts find no room, in the same words")
    func noRoom() throws {
        let rows = LabelledRows(
            schema: Schema(
                features: [Feature(name: "c", kind: .categorical)], target: Target(name: "y", task: .binary, classes: ["n", "y"])),
            categories: Categories(["a", "b"]), features: (0..<200).map { Double($0 % 2) }, targets: (0..<200).map { Double($0 % 2) })
        let outcome = try Training.run(rows, request: TrainingRequest(algorithm: "boosted-trees"), hooks: TrainingHooks())
        let full = Categories(stored: [], limits: CategoryLimits(pinnedTexts: 1))
        let loaded = Gates.load(artefact: outcome.artefact, categories: full.copy())
        #expect(loaded.predictor == nil && loaded.results.map(\.passed) == [false])
        #expect(loaded.results.last?.detail.hasPrefix("column c: trainings have used up the room for its texts") == true)
        #expect(Gates.load(artefact: outcome.artefact, categories: Categories(stored: [])).predictor != nil)
    }
}

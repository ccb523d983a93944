import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// Logged predictions as History gives them, and why they came out as they did.
@Suite("Predictions and their explanations", .serialized)
struct PredictionHistoryTests {
    private func page(
        _ harness: EngineHarness, upTo mark: PredictionMark? = nil, limit: Int = 100, _ name: String = "flights"
    ) async throws -> PredictionPage {
        guard case .predictions(let page) = await harness.engine.history(.predictions(deployment: name, upTo: mark, limit: limit)).content
        else { throw EngineHarness.Missed(what: "a page of predictions") }
        return page
    }

    private func explain(_ harness: EngineHarness, _ id: String) async throws -> PredictionExplanation {
        let content = await harness.engine.history(.explanation(deployment: "flights", id: id)).content
        guard case .explanation(let found) = content else { throw EngineHarness.Missed(what: "an explanation: \(content)") }
        return found
    }

    private func failure(_ harness: EngineHarness, _ query: HistoryQuery) async -> String? {
        guard case .failed(let reason) = await harness.engine.history(query).content else { return nil }
        return reason
    }

    @Test("rows come newest first with their values and the truth where it has come, and pages join without a gap")
    func pages() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let rows = try harness.rows(from: EngineHarness.may)
            let served = try await harness.send(rows, count: 200)
            try await harness.label(Array(served.prefix(50)))
            let whole = try await page(harness)
            #expect(whole.rows.count == 100 && whole.hasOlder)
            #expect(whole.rows.map(\.mark) == whole.rows.map(\.mark).sorted(by: >))
            let older = try await page(harness, upTo: whole.rows.last?.mark, limit: 1_000)
            #expect(older.rows.first == whole.rows.last && !older.hasOlder)
            let all = whole.rows + older.rows.dropFirst()
            #expect(Set(all.map(\.id.text)) == Set(served.map(\.answer.id)))
            let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id.text, $0) })
            for (index, one) in served.enumerated() {
                let row = try #require(byID[one.answer.id])
                #expect(row.scores == [one.answer.score] && row.version == 1 && !row.isPinned)
                #expect(row.label == (index < 50 ? one.truth : nil))
            }
            // The last one sent is row 199 · 1009 mod n of the sample, category texts and all.
            let sent = rows.selecting([199 * 1_009 % rows.count])
            let last = try #require(byID[served[199].answer.id])
            for (index, feature) in whole.schema.features.enumerated() where feature.kind == .categorical {
                let text = try #require(Int32(exactly: sent.features[index]).flatMap { rows.categories[feature.name].name(of: $0) })
                #expect(last.values[index] == .text(text))
            }
        }
    }

    @Test("every page has its limits, and what cannot be answered says why")
    func limits() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            #expect(try await page(harness).rows.isEmpty)
            try await harness.send(try harness.rows(from: EngineHarness.may), count: 30)
            await harness.engine.flushed()
            for (asked, given) in [(-5, 1), (0, 1), (7, 7), (Int.max, 30)] {
                let found = try await page(harness, limit: asked)
                #expect(found.rows.count == given)
                #expect(found.hasOlder == (given < 30))
            }
            #expect(
                await failure(harness, .predictions(deployment: "fligths", upTo: nil, limit: 5))
                    == "no such deployment: fligths: did you mean flights?")
            #expect(
                await failure(harness, .explanation(deployment: "flights", id: "x\u{1B}[2J"))?.hasPrefix(
                    "no prediction x\\u{1B}[2J in the log of flights: a new one is logged within two seconds") == true)
            #expect(
                await failure(harness, .explanation(deployment: "nobody", id: "x")) == "no such deployment: nobody")
        }
    }

    @Test("the contributions and the base sum to the score's log-odds within 1e-4, by the version that answered")
    func additive() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(algorithm: "boosted-trees")
            let rows = try harness.rows(from: EngineHarness.may)
            let served = try await harness.send(rows, count: 20)
            try await harness.label([served[3]])
            for one in served {
                let found = try await explain(harness, one.answer.id)
                #expect(found.failure == nil && found.row.id.text == one.answer.id && found.method.hasPrefix("exact"))
                let output = try #require(found.outputs.first)
                let sum = found.parts.reduce(output.base) { $0 + ($1.contributions.first ?? .nan) }
                #expect(abs(sum - output.score) < 1e-9)
                #expect(abs(output.score - log(one.answer.score / (1 - one.answer.score))) < 1e-4)
                #expect(abs(try #require(output.probability) - one.answer.score) < 1e-5)
                let sizes = found.parts.map { abs($0.contributions[0]) }
                #expect(sizes == sizes.sorted(by: >))
                #expect(Set(found.parts.map(\.feature.name)) == Set(rows.schema.features.map(\.name)))
                #expect(found.answers == [.init(version: 1, role: .champion, scores: [one.answer.score])])
                // Only the time has no place in the reference.
                #expect(found.parts.filter { $0.place == nil }.allSatisfy { $0.feature.kind == .time })
            }
            #expect(try await explain(harness, served[3].answer.id).row.label == served[3].truth)
            #expect(try await explain(harness, served[3].answer.id.lowercased() + ".0").row.id.text == served[3].answer.id)
        }
    }

    @Test("after a promotion the answering version still explains, and every version in memory says its own")
    func versions() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let rows = try harness.rows(from: EngineHarness.may)
            let first = try await harness.send(rows, count: 1)
            try await harness.train(
                TrainOrder(
                    deployment: "flights", path: EngineHarness.flights, until: EngineHarness.may,
                    training: TrainingRequest(algorithm: "boosted-trees")))
            try await harness.perform(.promote(deployment: "flights", version: 2), reason: "test")
            let second = try await harness.send(rows, count: 1)
            await harness.engine.flushed()
            let before = try await explain(harness, first[0].answer.id)
            #expect(before.row.version == 1 && before.method == "exact, linear")
            let after = try await explain(harness, second[0].answer.id)
            #expect(after.row.version == 2 && after.method.hasPrefix("exact") && after.method != before.method)
            // The same row was sent twice: what one version said then, it says now.
            #expect(before.answers == after.answers)
            #expect(
                before.answers == [
                    .init(version: 2, role: .champion, scores: [second[0].answer.score]),
                    .init(version: 1, role: .lastGood, scores: [first[0].answer.score]),
                ])
        }
    }

    @Test("a version that is gone cannot explain: the row and what others say stay, with the reason")
    func pruned() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 1)
            await harness.engine.flushed()
            // Rows of versions and schemas that are no more, as an old log has them.
            let store = try TelemetryStore(
                directory: harness.engine.workspace.storeDirectory, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            let id = try #require(RowID(served[0].answer.id))
            var block = try #require(try store.row(id, deployment: "flights"))
            block.ids = [RowID(base: PredictionID(epoch: 1, loop: 9, sequence: 5), row: 0)]
            block.versions = [77]
            try store.append([block])
            let gone = try await explain(harness, block.ids[0].text)
            #expect(gone.failure == "v77, which answered it, is not kept any more")
            #expect(gone.outputs.isEmpty && gone.referenceRows == nil)
            #expect(gone.parts.map(\.value) == gone.row.values)
            #expect(gone.answers == [.init(version: 1, role: .champion, scores: [served[0].answer.score])])
            // A row that was answered under another schema has no values to explain.
            block.ids = [RowID(base: PredictionID(epoch: 1, loop: 9, sequence: 6), row: 0)]
            block.versions = [1]
            block.width = 2
            block.features = [1, 2]
            try store.append([block])
            let foreign = try await explain(harness, block.ids[0].text)
            #expect(foreign.failure?.contains("it was answered under another schema") == true)
            #expect(foreign.parts.isEmpty && foreign.answers.isEmpty)
            let page = try await page(harness)
            #expect(page.rows.count { $0.values.isEmpty } == 1)
        }
    }

    @Test("pages and explanations survive the socket's coding, odd values included, and stay far below its limit")
    func coding() throws {
        let features = (0..<100).map { Feature(name: "feature \($0)", kind: $0 % 2 == 0 ? .numeric : .categorical) }
        let target = Target(name: "y", task: .multiclass, classes: ["a", "b", "c"])
        let id = RowID(base: PredictionID(bits: .max), row: 3)
        var row = PredictionRow(
            id: id, time: .max, version: .max, arm: .pinned, latencyNanoseconds: .max, scores: [0.1, 0.2, 0.7],
            values: (0..<100).map { $0 % 2 == 0 ? .number(Double($0) / 3) : .text("«\u{202E}\u{1B}» \($0)") }, label: 2, clientID: "naïve\0"
        )
        row.values[4] = .missing
        let page = PredictionPage(
            schema: Schema(features: features, target: target), rows: Array(repeating: row, count: 1_000), hasOlder: true)
        let sent = HistoryPage(asOf: 1, content: .predictions(page))
        let text = try encodeJSON(sent)
        #expect(text.utf8.count < 8 << 20)
        guard case .predictions(let back) = try decodeJSON(HistoryPage.self, text).content else {
            Issue.record("another content")
            return
        }
        #expect(back == page)
        let queries: [HistoryQuery] = [
            .predictions(deployment: "d", upTo: row.mark, limit: 5), .predictions(deployment: "d", upTo: nil, limit: 5),
            .explanation(deployment: "d", id: "x"),
        ]
        #expect(try decodeJSON([HistoryQuery].self, encodeJSON(queries)) == queries)
        #expect(throws: RecordFailure.self) { try decodeJSON(RowID.self, "\"no id\"") }
    }
}

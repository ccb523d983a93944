import Foundation
import Synchronization

/// One byte of a workspace is another one: the next start answers right, refuses, or sets what is damaged aside; no figure is wrong.
enum CorruptionFault {
    /// A byte that is changed.
    struct Flip: Sendable, CustomStringConvertible {
        var file: String
        var offset: Int
        var mask: UInt8

        var description: String { "\(file) byte \(offset) xor \(mask)" }
    }

    /// What became of a start.
    enum Outcome: Equatable, Sendable {
        /// As if nothing had happened.
        case right
        /// It does not start, and says why.
        case refused
        /// It says what is damaged, or that something is aside.
        case said
        /// None of these.
        case wrong(String)
    }

    static func run(_ rig: CLIRig, seed: UInt64, count: Int) async throws -> FaultFigure {
        var figure = FaultFigure("a start after any byte has changed answers right, refuses, or sets aside; no figure is wrong")
        let base = try await FaultPlace.make(rig, name: "flips")
        try? FileManager.default.removeItem(atPath: base.stores + "/ballast")
        // The copies are written and read once each: in memory, where there is some for them.
        let shared = "/dev/shm/flyball-flips-\(UUID().uuidString.prefix(8))"
        let isShared = (try? FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: true)) != nil
        defer { try? FileManager.default.removeItem(atPath: shared) }
        let place = isShared ? shared : rig.directory
        let truth = try await Truth(base.copy(to: place + "/truth"))
        let flips = try flips(base, seed: seed, count: count)
        let outcomes = try await withThrowingTaskGroup(of: [(Flip, Outcome)].self) { group in
            for worker in 0..<2 {
                group.addTask {
                    var found: [(Flip, Outcome)] = []
                    for index in stride(from: worker, to: flips.count, by: 2) {
                        let copy = try await base.copy(to: place + "/flip-\(index)")
                        found.append((flips[index], try await attempt(copy, flips[index], truth)))
                        copy.remove()
                    }
                    return found
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        var counts = (right: 0, refused: 0, said: 0)
        for (flip, outcome) in outcomes {
            switch outcome {
            case .right: counts.right += 1
            case .refused: counts.refused += 1
            case .said: counts.said += 1
            case .wrong(let what): figure.wrong.append("\(flip): \(what)")
            }
        }
        figure.tried =
            "\(flips.count) flips in \(Set(flips.map(\.file)).count) files: \(counts.right) right, \(counts.refused) refused, \(counts.said) said or aside"
        return figure
    }

    /// Half of them anywhere in the workspace, half of them in each file alike, so that small files are met too.
    private static func flips(_ base: FaultPlace, seed: UInt64, count: Int) throws -> [Flip] {
        var random = FaultRandom(seed: seed, part: "flips")
        let files = (try FileManager.default.subpathsOfDirectory(atPath: base.path)).sorted().compactMap { name -> (String, Int)? in
            guard name.hasPrefix("store/") || name.hasPrefix("data/"),
                let facts = try? FileManager.default.attributesOfItem(atPath: base.path + "/" + name),
                facts[.type] as? FileAttributeType == .typeRegular,
                let size = facts[.size] as? Int, size > 0
            else { return nil }
            return (name, size)
        }
        let total = files.reduce(0) { $0 + $1.1 }
        return (0..<count).map { index in
            let mask = UInt8.random(in: 1...255, using: &random)
            if index.isMultiple(of: 2) {
                let (name, size) = files[Int.random(in: 0..<files.count, using: &random)]
                return Flip(file: name, offset: Int.random(in: 0..<size, using: &random), mask: mask)
            }
            var place = Int.random(in: 0..<total, using: &random)
            for (name, size) in files {
                if place < size { return Flip(file: name, offset: place, mask: mask) }
                place -= size
            }
            return Flip(file: files[0].0, offset: 0, mask: mask)
        }
    }

    // MARK: A start

    private static func attempt(_ place: FaultPlace, _ flip: Flip, _ truth: Truth) async throws -> Outcome {
        let descriptor = open(place.path + "/" + flip.file, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw CLIUnexpected("\(flip.file) is not there") }
        var byte: UInt8 = 0
        pread(descriptor, &byte, 1, off_t(flip.offset))
        byte ^= flip.mask
        pwrite(descriptor, &byte, 1, off_t(flip.offset))
        close(descriptor)
        let child = try place.rig.start(CLIRig.program, ["--workspace", place.path, "serve", "--listen", "127.0.0.1:0"])
        let address: String
        do {
            address = String(try await child.line { $0.hasPrefix("listening on ") }.dropFirst("listening on ".count))
        } catch {
            let ended = await child.end()
            if ended.status >= 128 { return .wrong("the start ended by signal \(ended.status - 128): \(ended.errors.suffix(300))") }
            return ended.status != 0 && !ended.errors.isEmpty ? .refused : .wrong("the start ended with \(ended.status) and said nothing")
        }
        let outcome = await compare(place, address, truth)
        if !child.isRunning { return .wrong("it died: \(child.errors.suffix(300))") }
        child.kill()
        _ = await child.end()
        return outcome
    }

    private static func compare(_ place: FaultPlace, _ address: String, _ truth: Truth) async -> Outcome {
        guard let client = CLIHTTP(address) else { return .wrong("nobody listens") }
        let said: Said
        do { said = try await Said(place, client, truth.bodies) } catch { return .wrong("\(error)") }
        let wrong = said.wrong(truth)
        if let first = wrong.answers.first { return .wrong(first) }
        if wrong.figures.isEmpty { return .right }
        return said.isToldOf ? .said : .wrong(wrong.figures.joined(separator: "; "))
    }

    // MARK: What must be said

    /// What the undamaged workspace says.
    struct Truth: Sendable {
        var bodies: [String]
        /// Scores by version, as texts.
        var scores: [String: [Double]] = [:]
        var figures: [String: String] = [:]
        var predictions: [String: String] = [:]
        var journal: [Int: String] = [:]
        var versions: [String: String] = [:]

        init(_ place: FaultPlace) async throws {
            bodies = try CLIFlights(rows: 200..<203).bodies
            let server = try await place.serve()
            guard let client = CLIHTTP(server.address) else { throw CLIUnexpected("nobody listens") }
            for version in ["1", "2"] {
                let path = "/v2/models/\(FaultPlace.deployment)/versions/\(version)/infer"
                scores[version] = bodies.compactMap { client.post(path, $0).flatMap { CLIFlights.answer($0.body)?.score } }
            }
            guard scores.values.allSatisfy({ $0.count == bodies.count }) else { throw CLIUnexpected("no scores: \(scores)") }
            let said = try await Said(place, client, bodies)
            (figures, predictions, journal, versions) = (said.figures, said.predictions, said.journal, said.versions)
            // What this engine itself has answered and written is not in the copies.
            server.child.kill()
            _ = await server.child.end()
        }
    }

    /// What an engine says.
    private struct Said {
        var answers: [(version: String, score: Double)] = []
        var figures: [String: String] = [:]
        var predictions: [String: String] = [:]
        var journal: [Int: String] = [:]
        var versions: [String: String] = [:]
        /// Whether it says that something is damaged, aside, off or wrong.
        var isToldOf = false

        init(_ place: FaultPlace, _ client: CLIHTTP, _ bodies: [String]) async throws {
            for body in bodies {
                guard let answer = client.post("/v2/models/\(FaultPlace.deployment)/infer", body) else { throw CLIUnexpected("no answer") }
                if answer.status == 200, let read = CLIFlights.answer(answer.body), let score = read.score {
                    answers.append((read.modelVersion, score))
                }
            }
            let status = FaultPlace.Status(try await place.object(["status"]))
            let deployment = status.deployment ?? [:]
            for key in ["state", "champion", "lastKnownGood", "labels"] { figures[key] = "\(deployment[key] ?? "none")" }
            figures["frozen"] = "\(status.isFrozen)"
            isToldOf = status.degraded != nil || status.document["damaged"] != nil || (status.document["firingAlerts"] as? Int ?? 0) > 0
            for row in try await rows(place, ["predictions", FaultPlace.deployment, "--last", "60"]) ?? [] {
                predictions["\(row["id"] ?? "")"] = Self.text(row, without: [])
            }
            for row in try await rows(place, ["journal", "--limit", "100"]) ?? [] {
                journal[row["sequence"] as? Int ?? 0] = Self.text(row, without: [])
            }
            let list = try await place.call(["versions", FaultPlace.deployment, "--json"])
            for row in (try? JSONSerialization.jsonObject(with: Data(list.output.utf8))) as? [[String: Any]] ?? [] {
                versions["\(row["version"] ?? "")"] = Self.text(row, without: ["state"])
                if row["reportFailure"] != nil { isToldOf = true }
            }
            if list.status != 0 { isToldOf = true }
        }

        /// A command's objects; nil, and told, where it fails.
        private mutating func rows(_ place: FaultPlace, _ arguments: [String]) async throws -> [[String: Any]]? {
            let result = try await place.call(arguments + ["--json"])
            if result.status != 0 { isToldOf = true }
            return result.output.split(separator: "\n").compactMap {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
            }
        }

        private static func text(_ row: [String: Any], without keys: Set<String>) -> String {
            let kept = row.filter { !keys.contains($0.key) }
            guard let data = try? JSONSerialization.data(withJSONObject: kept, options: [.sortedKeys]) else { return "" }
            return String(decoding: data, as: UTF8.self)
        }

        /// Answers that are wrong, whatever is said; figures that are others than they were, which must be said.
        func wrong(_ truth: Truth) -> (answers: [String], figures: [String]) {
            var wrong: [String] = []
            var others: [String] = []
            for (index, answer) in answers.enumerated() where truth.scores[answer.version]?[index] != answer.score {
                wrong.append("v\(answer.version) answers \(answer.score) instead of \(truth.scores[answer.version]?[index] ?? .nan)")
            }
            if answers.count < truth.bodies.count { others.append("\(answers.count) of \(truth.bodies.count) predictions are answered") }
            if let other = answers.first(where: { "v\($0.version)" != truth.figures["champion"] }) {
                others.append("v\(other.version) answers")
            }
            for (key, value) in truth.figures where figures[key] != value {
                others.append("\(key) is \(figures[key] ?? "none"), was \(value)")
            }
            for (id, row) in predictions {
                // This engine's own answers are newer than the truth.
                guard let former = truth.predictions[id] else { continue }
                if former != row { others.append("prediction \(id): \(row), was \(former)") }
            }
            // What the start itself has written comes after the truth.
            for (sequence, row) in truth.journal where journal[sequence] != row {
                others.append("journal row \(sequence): \(journal[sequence] ?? "is not there"), was \(row)")
            }
            for (name, row) in truth.versions where versions[name] != row {
                others.append("\(name): \(versions[name] ?? "is not there"), was \(row)")
            }
            return (wrong, others)
        }
    }
}

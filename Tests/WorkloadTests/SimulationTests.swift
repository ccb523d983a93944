import Foundation
import Tabular
import Testing
import Workload

@Suite("Simulated deployments") struct SimulationTests {
    static func samples(_ deployment: SimulatedDeployment, _ count: Int, incident: Incident? = nil, seed: UInt64 = 9) -> [Sample] {
        var random = SeededGenerator(seed: seed, stream: deployment.name)
        return (0..<count).map { _ in deployment.sample(&random, incident: incident) }
    }

    @Test("there are at least five, of both kinds, with valid and different names, sizes and rates, gentle together")
    func fleet() {
        let all = SimulatedDeployment.all
        #expect(all.count >= 5)
        #expect(all.contains { $0.target.task == .binary } && all.contains { $0.target.task == .regression })
        #expect(Set(all.map(\.name)).count == all.count && all.allSatisfy { Names.isValid($0.name) })
        #expect(Set(all.map(\.trainingRows)).count == all.count && Set(all.map(\.requestsPerSecond)).count == all.count)
        // At the crest of all waves at once, a swing of 0.4.
        #expect(all.map(\.requestsPerSecond).reduce(0, +) * 1.4 < 300)
    }

    @Test("every sample fits its columns", arguments: SimulatedDeployment.all.map(\.name))
    func fits(_ name: String) throws {
        let deployment = try #require(SimulatedDeployment.all.first { $0.name == name })
        for incident in [nil, Incident.populationShift(strength: 1)] {
            for sample in Self.samples(deployment, 2_000, incident: incident) {
                #expect(sample.values.count == deployment.columns.count)
                for (value, column) in zip(sample.values, deployment.columns) {
                    switch (column.kind, value) {
                    case (_, .missing), (.numeric, .number), (.boolean, .truth), (.categorical, .word): break
                    case (.integer, .number(let number)): #expect(number == number.rounded())
                    default: Issue.record("\(column.name) is \(column.kind) but holds \(value)")
                    }
                    if case .number(let number) = value { #expect(number.isFinite) }
                }
                #expect(deployment.target.value(of: sample.truth) != nil)
            }
        }
    }

    @Test("the same seed gives the same rows, another seed others", arguments: SimulatedDeployment.all.map(\.name))
    func repeats(_ name: String) throws {
        let deployment = try #require(SimulatedDeployment.all.first { $0.name == name })
        #expect(Self.samples(deployment, 200) == Self.samples(deployment, 200))
        #expect(Self.samples(deployment, 200) != Self.samples(deployment, 200, seed: 10))
    }

    @Test("positives are neither absent nor the rule, regressions spread")
    func targets() {
        for deployment in SimulatedDeployment.all {
            let values = Self.samples(deployment, 5_000).compactMap { deployment.target.value(of: $0.truth) }
            let mean = values.reduce(0, +) / Double(values.count)
            if deployment.target.task == .binary {
                #expect(mean > 0.02 && mean < 0.5, "\(deployment.name): \(mean)")
            } else {
                let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
                #expect(variance.squareRoot() / mean > 0.15, "\(deployment.name)")
            }
        }
    }

    @Test("an upstream fault takes the values of one feature in the share that it says, and of no other")
    func fault() throws {
        let deployment = try #require(SimulatedDeployment.all.first { $0.name == "card-fraud" })
        let index = try #require(deployment.columns.firstIndex { $0.name == "device_score" })
        let samples = Self.samples(deployment, 5_000, incident: .upstreamFault(feature: "device_score", missingShare: 0.9))
        let missing = samples.filter { $0.values[index] == .missing }.count
        // 2 % are missing anyway: 0.9 + 0.1 · 0.02, within five standard errors.
        #expect(abs(Double(missing) / 5_000 - 0.902) < 0.022)
        for (other, column) in deployment.columns.enumerated() where other != index {
            #expect(samples.allSatisfy { $0.values[other] != .missing }, "\(column.name)")
        }
    }

    @Test("a full shift moves both the rows and their truths", arguments: ["flight-delay", "energy-load"])
    func shift(_ name: String) throws {
        let deployment = try #require(SimulatedDeployment.all.first { $0.name == name })
        func mean(_ column: String, _ incident: Incident?) throws -> Double {
            let index = try #require(deployment.columns.firstIndex { $0.name == column })
            let values = Self.samples(deployment, 4_000, incident: incident).compactMap { sample in
                if case .number(let number) = sample.values[index] { number } else { nil }
            }
            return values.reduce(0, +) / Double(values.count)
        }
        func truth(_ incident: Incident?) -> Double {
            let values = Self.samples(deployment, 4_000, incident: incident).compactMap { deployment.target.value(of: $0.truth) }
            return values.reduce(0, +) / Double(values.count)
        }
        let column = name == "flight-delay" ? "temp" : "temperature"
        #expect(abs(try mean(column, .populationShift(strength: 1)) - mean(column, nil)) > 10)
        #expect(abs(truth(.populationShift(strength: 1)) / truth(nil) - 1) > 0.1)
    }
}

@Suite("Demo files") struct DemoFilesTests {
    private static let end: Int64 = 1_760_000_000_000

    @Test("the importer finds the columns as the simulation means them", arguments: SimulatedDeployment.all.map(\.name))
    func schema(_ name: String) async throws {
        let deployment = try #require(SimulatedDeployment.all.first { $0.name == name })
        let folder = try ScratchFolder()
        let path = folder.path + "/training.csv"
        try await DemoFiles(seed: 4).writeTraining(deployment, to: path, endingAt: Self.end)
        let data = try CSVImport.read(path: path, options: ImportOptions(target: deployment.target.name, timeColumn: "time"))
        #expect(data.rows.count == deployment.trainingRows)
        #expect(data.rows.schema.target == deployment.target)
        #expect(data.rows.schema.features.dropLast().map(\.name) == deployment.columns.map(\.name))
        #expect(data.rows.schema.features.dropLast().map(\.kind) == deployment.columns.map(\.kind))
        #expect(data.rows.times.allSatisfy { $0 < Self.end })
    }

    @Test("the same seed writes the same file, byte for byte")
    func repeats() async throws {
        let folder = try ScratchFolder()
        let deployment = try #require(SimulatedDeployment.all.last)
        var files: [Data] = []
        for (index, seed) in [UInt64(4), 4, 5].enumerated() {
            let path = folder.path + "/\(index).csv"
            try await DemoFiles(seed: seed).writeTraining(deployment, to: path, endingAt: Self.end)
            files.append(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        #expect(files[0] == files[1] && files[0] != files[2])
    }

    @Test("mixed-up labels say nothing about their rows, except in the latest ones, which are right")
    func mixedUp() async throws {
        let folder = try ScratchFolder()
        let deployment = try #require(SimulatedDeployment.all.first { $0.name == "churn" })
        let path = folder.path + "/bad.csv"
        try await DemoFiles(seed: 4).writeMixedUp(deployment, turn: 0, to: path, endingAt: Self.end)
        let data = try CSVImport.read(path: path, options: ImportOptions(target: "churned", timeColumn: "time")).rows
        let index = try #require(data.schema.index(of: "tenure_months"))
        #expect(data.count == 3_000)
        func correlation(_ rows: Range<Int>) -> Double {
            let x = rows.map { data.features[$0 * data.schema.width + index] }
            let y = rows.map { data.targets[$0] }
            let n = Double(rows.count)
            let (mx, my) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
            let xy = zip(x, y).map { ($0 - mx) * ($1 - my) }.reduce(0, +)
            let xx = x.map { ($0 - mx) * ($0 - mx) }.reduce(0, +)
            let yy = y.map { ($0 - my) * ($0 - my) }.reduce(0, +)
            return xy / (xx * yy).squareRoot()
        }
        // A correlation of 0 has a standard error of 1 / √n.
        #expect(abs(correlation(0..<2_400)) < 4 / 2_400.0.squareRoot())
        #expect(correlation(2_400..<3_000) < -4 / 600.0.squareRoot())
    }

    @Test("a folder that is not there is a typed error")
    func unwritable() async throws {
        let deployment = try #require(SimulatedDeployment.all.last)
        await #expect(throws: WorkloadFailure.self) {
            try await DemoFiles(seed: 1).writeTraining(deployment, to: "/nonexistent/x.csv", endingAt: Self.end)
        }
    }
}

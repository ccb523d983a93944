import Tabular
import Testing

@Suite("Weights and exposures in files") struct RolesTests {
    private static let text = "x,w,years,claims\n1,2,0.5,0\n2,,1.5,1\n3,0,1,2\n4,1,1,3\n"

    @Test("A column of weights and one of exposures keep their roles through a snapshot; a blank counts as one")
    func roles() throws {
        let options = ImportOptions(target: "claims", task: .regression, weight: "w", exposure: "years")
        let data = try Samples.imported(Self.text, options)
        #expect(data.rows.schema.features.map(\.role) == [nil, .weight, .exposure])
        #expect(data.rows.schema.features.map(\.optional) == [false, true, true])
        #expect(data.rows.values(of: .weight) == [2, 1, 0, 1])
        #expect(data.rows.values(of: .exposure) == [0.5, 1.5, 1, 1])
        #expect(data.understanding?.columns.map(\.role) == [.input, .weight, .exposure, .target])
        var bytes: [UInt8] = []
        SnapshotCodec.forEachChunk(data.rows) { bytes += $0 }
        let back = try #require(SnapshotCodec.decode(bytes[...]))
        #expect(back.schema == data.rows.schema)
        let plain = try Samples.imported(Self.text, ImportOptions(target: "claims", task: .regression))
        #expect(plain.hash != data.hash)
        #expect(plain.rows.values(of: .weight) == nil)
    }

    @Test("A weight of names, of the target, or of nothing is refused")
    func refused() throws {
        let text = "x,w,word,y\n1,2,a,0\n2,3,b,1\n3,4,a,2\n"
        for weight in ["y", "word", "nothing"] {
            #expect(throws: TabularFailure.self) {
                try Samples.imported(text, ImportOptions(target: "y", task: .regression, weight: weight))
            }
        }
        #expect(throws: TabularFailure.self) {
            try Samples.imported(text, ImportOptions(target: "y", task: .regression, weight: "w", exposure: "w"))
        }
    }
}

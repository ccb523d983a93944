import Engine
import Foundation
import Learning
import Monitoring
import Store
import Testing

/// What is stored of a record, and what of it is read.
@Suite("Stored records")
struct StoredRecordTests {
    struct Sample: StoredRecord, Equatable {
        static var format: Int { 3 }
        var name: String
        var share: Double
    }

    @Test("a record carries the number of its format, and comes back as it was")
    func roundTrip() throws {
        let sample = Sample(name: "a/b", share: .infinity)
        #expect(try sample.stored() == #"{"format":3,"name":"a/b","share":"inf"}"#)
        #expect(try Sample(stored: try sample.stored()) == sample)
    }

    @Test(
        "a record of an older format is read, also of the first, which named none",
        arguments: [#"{"name":"a","share":1}"#, #"{"format":2,"name":"a","share":1}"#])
    func older(text: String) throws { #expect(try Sample(stored: text) == Sample(name: "a", share: 1)) }

    @Test(
        "what is no record of a known format is refused with the reason",
        arguments: [
            (#"{"format":4,"name":"a","share":1}"#, "its format is 4, this flyball knows 3: use the newer flyball"),
            (#"{"format":0,"name":"a","share":1}"#, "format 0 is none: restore it from a backup"),
            (#"{"format":"new","name":"a","share":1}"#, "format is no Int: restore it from a backup"),
            (#"{"name":"a"}"#, "share is missing: restore it from a backup"),
            (#"{"name":5,"share":1}"#, "name is no String: restore it from a backup"),
            ("{}", "name is missing: restore it from a backup"),
            ("{", "it is no JSON: restore it from a backup"), ("", "it is no JSON: restore it from a backup"),
        ])
    func refused(text: String, reason: String) throws {
        let failure = #expect(throws: RecordFailure.self) { try Sample(stored: text) }
        #expect(failure.map { "\($0)" } == reason)
    }

    struct Stubborn: StoredRecord {
        static var format: Int { 1 }
        init() {}
        init(from decoder: any Decoder) throws {}
        func encode(to encoder: any Encoder) throws { throw StoreFailure.full("no room in here") }
    }

    @Test("what cannot be written is an error that says so, never an empty object")
    func unwritable() throws {
        #expect(throws: StoreFailure.invalid("Stubborn: no room in here")) { try Stubborn().stored() }
    }

    // MARK: Records as the first format wrote them

    @Test("a version of format 1 is read with everything in it")
    func version() throws {
        let version = try VersionSummary(
            stored: """
                {"algorithm":"online-logistic","artefactHash":"6fb3","blessed":true,"createdAt":1795905986776,"createdBy":"root (uid 0)",\
                "dataHash":"f46d","fitSeconds":0.0006,"gates":[{"detail":"it answers","name":"load","passed":true,"warning":true},\
                {"detail":"older still","name":"golden inference","passed":true}],"holdoutRows":140,"importance":[{"feature":"wet","value":0.5}],\
                "libraries":{"Flyball":"0.1.0"},"metrics":[{"higherIsBetter":true,"interval":"DeLong","lower":0.67,"n":140,"name":"auc",\
                "upper":0.83,"value":0.75}],"notes":["a note"],"number":1,"online":{"after":3,"base":1,"labels":4,"until":9},"seed":7,\
                "served":[{"from":5,"until":6},{"from":8}],"settings":{"rate":"0.1"},"source":"import f46d","stageSeconds":{"reading":1},\
                "state":"champion","trainRows":560}
                """)
        #expect(version.number == 1 && version.state == .champion && version.blessed && version.seed == 7)
        #expect(version.gates.map(\.warning) == [true, false])
        #expect(version.metric("auc")?.value == 0.75 && version.metric("auc")?.lower == 0.67)
        #expect(version.served == [ServiceInterval(from: 5, until: 6), ServiceInterval(from: 8, until: nil)])
        #expect(version.online == OnlineOrigin(base: 1, labels: 4, after: 3, until: 9))
        #expect(version.stageSeconds == ["reading": 1] && version.importance.first?.feature == "wet" && version.notes == ["a note"])
    }

    @Test("an alert of format 1 is read with everything in it")
    func alert() throws {
        let alert = try Alert(
            stored: """
                {"acknowledgedBy":"root (uid 0)","acknowledgedUntil":12,"deployment":"failed","id":2,"kind":"training failed","note":"looked at it",\
                "onset":1795905987355,"raisedAt":1795905987355,"reasons":[{"light":"warn","n":62,"signal":"error rate","since":5,\
                "text":"error rate 2 %","threshold":0.5,"unit":"%","value":2}],"resolvedAt":13,"runbook":"1. Look.","severity":"critical",\
                "state":"resolved","title":"training of failed failed"}
                """)
        #expect(alert.id == 2 && alert.state == .resolved && alert.severity == .critical && alert.resolvedAt == 13)
        #expect(alert.reasons.first?.signal == "error rate" && alert.acknowledgedUntil == 12 && alert.note == "looked at it")
    }

    @Test("a report of format 1 is read with everything in it")
    func report() throws {
        let report = try VersionReport(
            stored: """
                {"baseline":[{"higherIsBetter":true,"n":10,"name":"auc","value":0.5}],"curve":[{"iteration":1,"iterations":2,"stage":"fitting",\
                "trainLoss":0.4,"fraction":0.5}],"slices":[]}
                """)
        #expect(report.baseline.first?.name == "auc" && report.curve.first?.trainLoss == 0.4 && report.calibration == nil)
        #expect(report.decisions == nil)
    }
}

import Foundation
import Learning
import Store
import Tabular

/// Rows that judge a version.
struct HeldOut {
    var rows: LabelledRows
    var division: RowDivision
    /// Which of them go together; nil where each is its own.
    var groups: RowGroups?
}

/// The data that versions were trained on, as far as it is kept.
struct KeptData: Sendable {
    /// Why it cannot be read.
    struct Unreadable: Error {
        var text: String
    }

    /// Copies of the data that are in memory, about: the file, its rows, the hold-out.
    private static let copies = 3

    let directory: String
    /// Bytes that it may take, about.
    let memory: Int

    /// All rows.
    func rows(_ hash: String) throws(Unreadable) -> LabelledRows {
        guard let size = try? FileManager.default.attributesOfItem(atPath: directory + "/" + hash + ".fbd")[.size] as? Int else {
            throw Unreadable(text: "the data that it learnt from is not kept any more")
        }
        let (needed, overflow) = size.multipliedReportingOverflow(by: Self.copies)
        guard !overflow, needed <= memory else {
            throw Unreadable(text: "its data would take \(needed) bytes, more than a training may: raise memory under [training]")
        }
        do throws(TabularFailure) { return try DataSnapshots.read(hash: hash, directory: directory).rows } catch {
            throw Unreadable(text: "\(error)")
        }
    }

    /// The rows that judged a version, by the rule that it says; nil: as earlier releases divided.
    func heldOut(of hash: String, by rule: SplitRule?, rows count: Int) throws(Unreadable) -> HeldOut {
        let rows = try rows(hash)
        let division = rows.divided(by: rule ?? rows.earlierRule(share: TrainingRequest.standardHoldout))
        guard division.judging.count == count else {
            throw Unreadable(text: "its \(count) held-out rows cannot be told from its data, which gives \(division.judging.count)")
        }
        return HeldOut(rows: rows.selecting(division.judging), division: division, groups: rows.copies(in: division))
    }

    func model(_ hash: String, _ control: ControlStore) throws(Unreadable) -> Model {
        do { return try Model.decode(try control.read { try $0.artefact(hash) }) } catch { throw Unreadable(text: "\(error)") }
    }
}

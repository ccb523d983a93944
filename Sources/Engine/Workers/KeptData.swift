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

/// Keeps the data of a training, so that its version can be made again.
struct DataKeeper: Sendable {
    let directory: String
    /// Bytes that it may take on the disk; nil: as many as there are.
    let disk: Int64?

    func keep(_ data: ImportedData) throws {
        if let disk {
            let size = DataSnapshots.size(of: data.rows)
            guard size <= disk else {
                throw TrainingEnd.failed(
                    "its data would take \(size >> 20) MiB on the disk, more than the \(disk >> 20) MiB that a training may: raise disk under "
                        + "[training], or give fewer rows (--window, --data)")
            }
        }
        try DataSnapshots.write(data, directory: directory)
        // One that an earlier attempt has written is as young as this one: nobody deletes it before its version is registered.
        utimes(directory + "/" + data.hash + ".fbd", nil)
    }
}

/// The files in `data/`.
struct DataFiles {
    private struct File {
        var path: String
        var beginning: UInt64
        var bytes: Int64
        var written: Date
    }

    let directory: String

    /// Deletes those that no version needs, then the oldest until the rest is small enough; the youngest stay in any case.
    ///
    /// - Parameters:
    ///   - kept: beginnings of the hashes that versions name.
    ///   - must: those that stay, however large all of them are.
    ///   - most: bytes.
    ///   - time: what was written since may belong to a training that has not registered its version yet.
    func prune(keeping kept: Set<UInt64>, must: Set<UInt64>, atMost most: Int64, writtenBefore time: Date) {
        var left: [File] = []
        for file in files {
            if kept.contains(file.beginning) || file.written >= time { left.append(file) } else { unlink(file.path) }
        }
        var sum = left.reduce(0) { $0 + $1.bytes }
        for file in left.sorted(by: { $0.written < $1.written }) where sum > most && file.written < time && !must.contains(file.beginning) {
            unlink(file.path)
            sum -= file.bytes
        }
    }

    private var files: [File] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".fbd") }.compactMap { name in
            var status = stat()
            guard lstat(directory + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            let written = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
            return File(
                path: directory + "/" + name, beginning: VersionLine.beginning(name), bytes: Int64(status.st_size),
                written: Date(timeIntervalSince1970: written))
        }
    }
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
        guard division.folds == nil else {
            throw Unreadable(text: "it was judged by cross-validation and has learnt all of its rows")
        }
        guard division.judging.count == count else {
            throw Unreadable(text: "its \(count) held-out rows cannot be told from its data, which gives \(division.judging.count)")
        }
        return HeldOut(rows: rows.selecting(division.judging), division: division, groups: rows.copies(in: division))
    }

    func model(_ hash: String, _ control: ControlStore) throws(Unreadable) -> Model {
        do { return try Model.decode(try control.read { try $0.artefact(hash) }) } catch { throw Unreadable(text: "\(error)") }
    }
}

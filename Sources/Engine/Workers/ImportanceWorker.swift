import Foundation
import Learning
import Store
import Synchronization
import Tabular

/// Figures out how much each column matters to versions that somebody looks at, one after the other, on a thread that everything else goes
/// before.
///
/// Nobody waits for it: whoever asks hears that it is being figured out, and asks again. What is not asked for any more gives way to what is.
final class ImportanceWorker: Sendable {
    /// A version's model and the rows that it was judged on.
    struct Order: Sendable, Hashable {
        var artefactHash: String
        var dataHash: String
        var seed: UInt64
        var holdoutRows: Int
        var split: SplitRule?
    }

    /// What is known.
    enum Answer: Sendable {
        case computing
        case ready(GlobalImportance)
        case failed(String)
    }

    /// Nice value of the thread: trainings go before it.
    private static let niceness: Int32 = 19
    /// Answers that are kept.
    private static let answerLimit = 64
    /// Orders that wait at most; the one that was asked for the longest time ago goes first.
    private static let waitingLimit = 8
    /// Columns of an answer, the most important ones.
    static let columns = 50
    /// Copies of the data that are in memory, about: the file, its rows, the hold-out.
    private static let copies = 3

    private struct State {
        /// The one that was asked for last is last.
        var waiting: [Order] = []
        var running: Order?
        var answers: [Order: (answer: Answer, used: Int)] = [:]
        var asked = 0
        var thread: TrainingThread?
    }

    private let control: ControlStore
    private let dataDirectory: String
    private let memory: Int
    private let pressure: ServingPressure
    private let state = Mutex(State())
    private let isStopped = Atomic(false)

    /// - Parameter memory: bytes that it may take, about.
    init(control: ControlStore, dataDirectory: String, memory: Int, pressure: ServingPressure) {
        self.control = control
        self.dataDirectory = dataDirectory
        self.memory = memory
        self.pressure = pressure
    }

    /// What is known by now; what is not will be figured out.
    ///
    /// A failure is told once: asked again, it is tried again.
    func answer(_ order: Order) -> Answer {
        state.withLock { state in
            state.asked += 1
            if let known = state.answers[order] {
                state.answers[order]?.used = state.asked
                if case .failed = known.answer { state.answers[order] = nil }
                return known.answer
            }
            guard state.running != order, !isStopped.load(ordering: .acquiring) else { return .computing }
            state.waiting.removeAll { $0 == order }
            state.waiting.append(order)
            if state.waiting.count > Self.waitingLimit { state.waiting.removeFirst() }
            if state.thread == nil {
                state.thread = TrainingThread(name: "flyball.matter", niceness: Self.niceness) { [weak self] in self?.runOne() ?? false }
            }
            state.thread?.poke()
            return .computing
        }
    }

    /// Ends the thread after its current step.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        state.withLock { $0.thread }?.stop()
    }

    /// Does what was asked for last; returns whether there was anything.
    private func runOne() -> Bool {
        let next = state.withLock { state -> Order? in
            state.running = state.waiting.popLast()
            return state.running
        }
        guard let order = next else { return false }
        let answer = compute(order)
        state.withLock { state in
            state.running = nil
            state.answers[order] = (answer, state.asked)
            if state.answers.count > Self.answerLimit, let oldest = state.answers.min(by: { $0.value.used < $1.value.used })?.key {
                state.answers[oldest] = nil
            }
        }
        return true
    }

    private func compute(_ order: Order) -> Answer {
        let path = dataDirectory + "/" + order.dataHash + ".fbd"
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int else {
            return .failed("the data that it learnt from is not kept any more")
        }
        let (needed, overflow) = size.multipliedReportingOverflow(by: Self.copies)
        guard !overflow, needed <= memory else {
            return .failed("its data would take \(needed) bytes, more than a training may: raise memory under [training]")
        }
        do {
            let data = try DataSnapshots.read(hash: order.dataHash, directory: dataDirectory)
            let holdout = data.rows.heldOut(by: order.split)
            guard holdout.count == order.holdoutRows else {
                return .failed("its \(order.holdoutRows) held-out rows cannot be told from its data, which gives \(holdout.count)")
            }
            let model = try Model.decode(try control.read { try $0.artefact(order.artefactHash) })
            let hooks = TrainingHooks(
                isCancelled: { self.isStopped.load(ordering: .acquiring) }, breathe: { self.pressure.breathe() })
            var found = try model.globalImportance(holdout, seed: order.seed, hooks: hooks)
            found.entries = Array(found.entries.prefix(Self.columns))
            return .ready(found)
        } catch { return .failed("\(error)") }
    }
}

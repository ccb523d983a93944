/// The weights of all rates as they were after so many labels.
struct HeldWeights: Sendable {
    /// Labels learnt by then.
    let rows: Int
    /// When the last of them came, UTC milliseconds.
    let time: Int64
    /// One a column, then the intercept.
    var weights: [SIMD8<Double>]

    /// The scores of a row.
    @inline(__always)
    func scores(_ columns: UnsafePointer<Int32>, _ values: UnsafePointer<Double>, _ count: Int) -> SIMD8<Double> {
        weights.withUnsafeBufferPointer { weights in
            var scores = weights[weights.count - 1]
            for index in 0..<count { scores += weights[Int(columns[index])] * values[index] }
            return scores
        }
    }
}

/// Earlier states of a learner: what a label that comes late is judged by, so that no rate is praised for what it could not yet know when it
/// answered.
///
/// Few are held, as far apart as labels are late: a label that is d labels late meets weights that are at most half as much older than that.
struct LateStates: Sendable {
    /// States held at most.
    static let limit = 4
    /// Labels between two of them at most; later labels than three of these meet the oldest.
    private static let mostStep = 65_536

    /// The oldest first.
    var held: [HeldWeights] = []
    /// Labels from one to the next.
    private(set) var step = 1
    /// Labels since the last one that was late; many before the first.
    private(set) var prompt = Self.mostCount
    /// Late labels since a state was taken last; those of them that met a state younger than their answer; and those that needed one of the
    /// two oldest, or an older one.
    private var late = 0
    private var short = 0
    private var old = 0
    /// One straggler in ten does not set the pace for all.
    private static let few = 10
    private static let mostCount = 1 << 60

    init() {}

    /// The state that a label's row was answered by at best; nil for the present one.
    mutating func state(answered: Int64, present: Int64) -> Int? {
        guard answered < present else {
            prompt = min(Self.mostCount, prompt + 1)
            return nil
        }
        prompt = 0
        late += 1
        guard let index = held.lastIndex(where: { $0.time <= answered }) else {
            short += 1
            old += 1
            return held.isEmpty ? nil : 0
        }
        if index < 2 { old += 1 }
        return index
    }

    /// Whether a state is to be held now, after so many labels.
    ///
    /// - Parameter columns: a wide model is copied seldomer, so that the copying costs less than the learning.
    func isDue(rows: Int, columns: Int) -> Bool {
        // Nothing comes late any more: nothing is held.
        guard prompt < 4 * step + 64 else { return false }
        return rows - (held.last?.rows ?? -Self.mostCount) >= max(step, columns / 64)
    }

    /// Whether what is held is of no use any more.
    var isIdle: Bool { prompt >= 4 * step + 64 && !held.isEmpty }

    mutating func add(_ state: HeldWeights) {
        if held.count == Self.limit {
            if short * Self.few > late {
                step = min(step * 2, Self.mostStep)
            } else if old * Self.few <= late {
                step = max(1, step / 2)
            }
            held.removeFirst()
        }
        (late, short, old) = (0, 0, 0)
        held.append(state)
    }

    mutating func clear() {
        held = []
        step = 1
        (late, short, old) = (0, 0, 0)
    }

    // MARK: Bytes

    init(from reader: inout ArtefactReader, columns: Int) throws(LearningFailure) {
        step = try reader.integer(in: 1...Self.mostStep)
        prompt = try reader.integer(in: 0...Self.mostCount)
        late = try reader.integer(in: 0...Self.mostCount / 16)
        short = try reader.integer(in: 0...late)
        old = try reader.integer(in: 0...late)
        for _ in 0..<(try reader.integer(in: 0...Self.limit)) { held.append(try HeldWeights(from: &reader, columns: columns)) }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(step)
        writer.integer(prompt)
        writer.integer(late)
        writer.integer(short)
        writer.integer(old)
        writer.integer(held.count)
        for state in held { state.encode(into: &writer) }
    }
}

/// The two states that a version's own weights are judged by: what a version answers it answers for a while, standing still.
struct StandingStates: Sendable {
    /// Labels from one state to the next at most: a published copy answers the next thousands.
    private static let mostStep = 1_000
    /// One label in so many is judged: the standing weights follow slowly, and the labels are many.
    static let stride = 4

    /// The older one, which judges, and the younger one, which will.
    var held: [HeldWeights] = []

    init() {}

    /// Whether a state is to be held now: at first often, so that few rows are enough to tell rates apart.
    func isDue(rows: Int) -> Bool {
        guard let last = held.last else { return true }
        return rows - last.rows >= min(Self.mostStep, max(1, rows / 4))
    }

    mutating func add(_ state: HeldWeights) { held = held.suffix(1) + [state] }

    init(from reader: inout ArtefactReader, columns: Int) throws(LearningFailure) {
        for _ in 0..<(try reader.integer(in: 0...2)) { held.append(try HeldWeights(from: &reader, columns: columns)) }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(held.count)
        for state in held { state.encode(into: &writer) }
    }
}

extension HeldWeights {
    init(from reader: inout ArtefactReader, columns: Int) throws(LearningFailure) {
        rows = try reader.integer(in: 0...OnlineState.mostRows)
        time = Int64(try reader.integer(in: Int.min...Int.max))
        weights = try reader.eights()
        guard weights.count == columns + 1, weights.allSatisfy(\.isFinite) else {
            throw .corruptArtefact("an earlier state of its weights does not fit its columns")
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(rows)
        writer.integer(Int(time))
        writer.eights(weights)
    }
}

extension SIMD8<Double> {
    /// Whether all of them are numbers.
    var isFinite: Bool { indices.allSatisfy { self[$0].isFinite } }
}

extension ArtefactWriter {
    /// Eights of real numbers, with the count of all numbers.
    mutating func eights(_ values: [SIMD8<Double>]) {
        integer(values.count * 8)
        for value in values { for index in value.indices { real(value[index]) } }
    }
}

extension ArtefactReader {
    mutating func eights() throws(LearningFailure) -> [SIMD8<Double>] {
        let values = try reals()
        guard values.count.isMultiple(of: 8) else { throw .corruptArtefact("its rates are not eight") }
        return stride(from: 0, to: values.count, by: 8).map { SIMD8(values[$0..<($0 + 8)]) }
    }
}

import COpenBLAS
import Synchronization

/// Sums gradients by bin over rows.
///
/// Row by row, not input by input: a row's bins lie together, so that rows in no order cost one miss of the cache each, and that one is asked
/// for ahead of time. Each thread fills packed bins of its own, 256 an input, and empties them into wide ones before they can overflow. The
/// threads take slabs of rows as they come, so that none waits for one whose core is busy: whole numbers sum to the same in any order.
final class HistogramBuilder {
    private static let ahead = 32
    /// Rows that are worth another thread.
    private static let leastRows = 4_096
    /// Rows that a thread takes at a time.
    private static let slab = 2_048

    /// First wide bin of each used input, then the number of all.
    let starts: [Int]
    private let binned: BinnedRows
    private let packed: [Buffer<Int64>]
    private let partial: [Buffer<BinSums>]
    private let team: WorkerTeam
    private var spare: [Buffer<BinSums>] = []
    /// Histograms that were given and not taken back.
    private(set) var lent = 0

    init(_ binned: BinnedRows, binCounts: [Int], team: WorkerTeam) {
        self.binned = binned
        self.team = team
        starts = binCounts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        packed = (0..<team.count).map { _ in Buffer(repeating: 0, count: binned.padded * 256) }
        let bins = starts.last ?? 0
        partial = (1..<max(1, team.count)).map { _ in Buffer(repeating: BinSums(), count: bins) }
    }

    /// Bins of all used inputs.
    var bins: Int { starts.last ?? 0 }

    /// Takes back what `sums` gave, to be given again.
    func giveBack(_ histogram: Buffer<BinSums>?) {
        guard let histogram else { return }
        lent -= 1
        spare.append(histogram)
    }

    private func empty() -> Buffer<BinSums> {
        lent += 1
        guard let used = spare.popLast() else { return Buffer(repeating: BinSums(), count: bins) }
        used.base.update(repeating: BinSums(), count: used.count)
        return used
    }

    /// The sums of each bin over the rows at some places of an order.
    ///
    /// Complexity: O(rows · inputs + bins).
    func sums(_ places: Range<Int>, of order: Buffer<Int32>, words: Buffer<Int64>, packing: GradientPacking) -> Buffer<BinSums> {
        let result = empty()
        let task = Task(binned: binned, starts: starts, order: order, words: words, packing: packing, places: places)
        guard team.count > 1, places.count > Self.leastRows else {
            task.run(packed[0], into: result)
            return result
        }
        let (packed, partial) = (packed, partial)
        team.run { thread in
            if thread > 0 { partial[thread - 1].base.update(repeating: BinSums(), count: result.count) }
            task.run(packed[thread], into: thread == 0 ? result : partial[thread - 1])
        }
        for other in partial { for bin in 0..<bins { result.base[bin] = result.base[bin] + other.base[bin] } }
        return result
    }

    /// What the threads share.
    private final class Task: Sendable {
        private let binned: BinnedRows
        private let starts: [Int]
        private let order: Buffer<Int32>
        private let words: Buffer<Int64>
        private let packing: GradientPacking
        private let places: Range<Int>
        private let next: Atomic<Int>

        init(
            binned: BinnedRows, starts: [Int], order: Buffer<Int32>, words: Buffer<Int64>, packing: GradientPacking, places: Range<Int>
        ) {
            self.binned = binned
            self.starts = starts
            self.order = order
            self.words = words
            self.packing = packing
            self.places = places
            next = Atomic(places.lowerBound)
        }

        /// Sums slabs until none is left.
        func run(_ packed: Buffer<Int64>, into sums: Buffer<BinSums>) {
            let slab = min(HistogramBuilder.slab, packing.chunk)
            var filled = 0
            while true {
                let first = next.wrappingAdd(slab, ordering: .relaxed).oldValue
                guard first < places.upperBound else { break }
                if filled + slab > packing.chunk {
                    empty(packed.base, into: sums.base)
                    filled = 0
                }
                fill(first, min(places.upperBound, first + slab), packed.base)
                filled += slab
            }
            if filled > 0 { empty(packed.base, into: sums.base) }
        }

        private func fill(_ first: Int, _ end: Int, _ packed: UnsafeMutablePointer<Int64>) {
            let (order, words, rows) = (order.base, words.base, UnsafeRawPointer(binned.rows.base))
            let (stride, padded, last) = (binned.stride, binned.padded, places.upperBound &- 1)
            for place in first..<end {
                let next = Int(order[min(place &+ HistogramBuilder.ahead, last)])
                prefetch_line(rows + next &* stride)
                prefetch_line(words + next)
                let row = Int(order[place])
                let word = words[row]
                let bins = rows + row &* stride
                var target = packed
                var input = 0
                while input < padded {
                    let four = bins.loadUnaligned(fromByteOffset: input, as: UInt32.self)
                    target[Int(four & 255)] &+= word
                    target[256 &+ Int(four &>> 8 & 255)] &+= word
                    target[512 &+ Int(four &>> 16 & 255)] &+= word
                    target[768 &+ Int(four &>> 24)] &+= word
                    target += 1_024
                    input &+= 4
                }
            }
        }

        private func empty(_ packed: UnsafeMutablePointer<Int64>, into sums: UnsafeMutablePointer<BinSums>) {
            for input in binned.used.indices {
                let source = packed + input * 256
                let target = sums + starts[input]
                for bin in 0..<(starts[input + 1] - starts[input]) where source[bin] != 0 {
                    packing.add(source[bin], to: target + bin)
                    source[bin] = 0
                }
            }
            // What fills a row up has bins that nobody reads; they may not overflow into nothing.
            for input in binned.used.count..<binned.padded { packed[input * 256] = 0 }
        }
    }
}

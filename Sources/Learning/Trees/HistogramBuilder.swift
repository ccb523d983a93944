import COpenBLAS

/// Sums gradients by bin over rows.
///
/// Row by row, not input by input: a row's bins lie together, so that rows in no order cost one miss of the cache each, and that one is asked
/// for ahead of time. Each thread fills packed bins of its own, 256 an input, and empties them into wide ones before they can overflow.
final class HistogramBuilder {
    private static let ahead = 32
    /// Rows that are worth another thread.
    private static let leastRows = 4_096

    /// First wide bin of each used input, then the number of all.
    let starts: [Int]
    private let binned: BinnedRows
    private let packed: [Buffer<Int64>]
    private let partial: [Buffer<BinSums>]
    private let team: WorkerTeam

    init(_ binned: BinnedRows, binCounts: [Int], team: WorkerTeam) {
        self.binned = binned
        self.team = team
        starts = binCounts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        packed = (0..<team.count).map { _ in Buffer(repeating: 0, count: binned.stride * 256) }
        let bins = starts.last ?? 0
        partial = (1..<max(1, team.count)).map { _ in Buffer(repeating: BinSums(), count: bins) }
    }

    /// Bins of all used inputs.
    var bins: Int { starts.last ?? 0 }

    /// The sums of each bin over the rows at some places of an order.
    func sums(_ places: Range<Int>, of order: Buffer<Int32>, words: Buffer<Int64>, packing: GradientPacking) -> Buffer<BinSums> {
        let result = Buffer(repeating: BinSums(), count: bins)
        let task = Task(binned: binned, starts: starts, order: order, words: words, packing: packing)
        guard team.count > 1, places.count > Self.leastRows else {
            task.run(places, packed[0], into: result)
            return result
        }
        let (packed, partial, count) = (packed, partial, team.count)
        team.run { thread in
            if thread > 0 { partial[thread - 1].base.update(repeating: BinSums(), count: result.count) }
            task.run(WorkerTeam.part(places, thread, of: count), packed[thread], into: thread == 0 ? result : partial[thread - 1])
        }
        for other in partial { for bin in 0..<bins { result.base[bin] = result.base[bin] + other.base[bin] } }
        return result
    }

    /// What the threads read.
    private struct Task: Sendable {
        let binned: BinnedRows
        let starts: [Int]
        let order: Buffer<Int32>
        let words: Buffer<Int64>
        let packing: GradientPacking

        func run(_ places: Range<Int>, _ packed: Buffer<Int64>, into sums: Buffer<BinSums>) {
            for first in stride(from: places.lowerBound, to: places.upperBound, by: packing.chunk) {
                fill(first, min(places.upperBound, first + packing.chunk), places.upperBound, packed.base)
                empty(packed.base, into: sums.base)
            }
        }

        private func fill(_ first: Int, _ end: Int, _ last: Int, _ packed: UnsafeMutablePointer<Int64>) {
            let (order, words, rows) = (order.base, words.base, UnsafeRawPointer(binned.rows.base))
            let width = binned.stride
            for place in first..<end {
                let next = Int(order[min(place &+ HistogramBuilder.ahead, last &- 1)])
                prefetch_line(rows + next &* width)
                prefetch_line(words + next)
                let row = Int(order[place])
                let word = words[row]
                let bins = rows + row &* width
                var target = packed
                var input = 0
                while input < width {
                    let four = bins.loadUnaligned(fromByteOffset: input, as: UInt32.self)
                    target[Int(four & 255)] &+= word
                    target[256 &+ Int(four >> 8 & 255)] &+= word
                    target[512 &+ Int(four >> 16 & 255)] &+= word
                    target[768 &+ Int(four >> 24)] &+= word
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
            for input in binned.used.count..<binned.stride { packed[input * 256] = 0 }
        }
    }
}

/// The numbers of a stream in bounded memory: all of them up to `capacity`, then ever fewer of equal weight, with a bound on how far ranks are off.
///
/// Full buffers are sorted and every second number is kept, with twice the weight (Manku, Rajagopalan and Lindsay 1998, "Approximate medians and
/// other quantiles in one pass and with limited memory"). The same numbers in the same order give the same sketch.
package struct ValueSketch: Sendable {
    /// Numbers of a full buffer: 1 MiB.
    package static let capacity = 131_072

    private let capacity: Int
    /// Numbers that stand for 1, 2, 4 … of the stream.
    private var levels: [[Double]] = [[]]
    /// Which of two neighbours the next thinning of a level keeps: by turns, so that what they are off cancels.
    private var keepsSecond: [Bool] = [false]
    /// Numbers of the stream.
    package private(set) var count = 0
    /// How far the rank of a number may be off, in numbers of the stream; 0 while all are kept.
    package private(set) var rankError = 0

    package init(capacity: Int = ValueSketch.capacity) { self.capacity = max(2, capacity / 2 * 2) }

    /// Adds a finite number.
    ///
    /// Complexity: O(1) while all are kept, O(log capacity) on average beyond.
    @inline(__always)
    package mutating func add(_ value: Double) {
        levels[0].append(value)
        count += 1
        if levels[0].count == capacity { thin(0) }
    }

    /// Adds finite numbers, as one after the other.
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        var rest = values[...]
        while !rest.isEmpty {
            let part = rest.prefix(capacity - levels[0].count)
            levels[0].append(contentsOf: part)
            count += part.count
            rest = rest.dropFirst(part.count)
            if levels[0].count == capacity { thin(0) }
        }
    }

    /// Keeps half of a level, with twice the weight.
    private mutating func thin(_ level: Int) {
        var buffer = levels[level]
        levels[level].removeAll(keepingCapacity: true)
        RadixSort.ascending(&buffer)
        if level + 1 == levels.count {
            levels.append([])
            keepsSecond.append(false)
        }
        for index in stride(from: keepsSecond[level] ? 1 : 0, to: buffer.count, by: 2) { levels[level + 1].append(buffer[index]) }
        keepsSecond[level].toggle()
        // A rank within the buffer is off by one of its numbers at most.
        rankError += 1 << level
        if levels[level + 1].count >= capacity { thin(level + 1) }
    }

    /// What it holds, in order.
    ///
    /// Complexity: O(numbers kept).
    package var runs: ValueRuns {
        var result = ValueRuns(sorted: [])
        for (level, buffer) in levels.enumerated() where !buffer.isEmpty {
            var sorted = buffer
            RadixSort.ascending(&sorted)
            result = ValueRuns(sorted: sorted, weight: 1 << level).merged(with: result)
        }
        return result
    }
}

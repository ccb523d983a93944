/// How a tensor is read as one of a larger shape: dimensions of length 1 are repeated.
struct Stretch {
    private let shape: Shape
    /// How far apart an axis's neighbours lie in the smaller tensor; 0 where it is repeated.
    private var steps = SIMD8<Int>(repeating: 0)

    /// Of a shape that stretches to the other.
    init(_ small: Shape, to shape: Shape) {
        self.shape = shape
        let offset = shape.rank - small.rank
        var distance = 1
        for axis in stride(from: small.rank - 1, through: 0, by: -1) {
            if small[axis] != 1 { steps[(axis + offset) & 7] = distance }
            distance *= small[axis]
        }
    }

    /// Where an element of the larger tensor stands in the smaller one.
    @inline(__always)
    func place(_ index: Int) -> Int {
        var rest = index
        var place = 0
        var axis = shape.rank - 1
        while axis >= 0, rest > 0 {
            let length = shape[axis]
            let (next, own) = rest.quotientAndRemainder(dividingBy: length)
            place &+= own &* steps[axis & 7]
            rest = next
            axis -= 1
        }
        return place
    }

    /// Elements of the larger tensor, from one on.
    func copy<T: BitwiseCopyable>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, from start: Int, count: Int) {
        let last = shape.rank - 1
        guard last >= 0 else { return to.update(repeating: from[0], count: count) }
        let line = shape[last]
        let step = steps[last & 7]
        var done = 0
        // Line by line of the last dimension, which is either side by side or one and the same.
        while done < count {
            let index = start + done
            let column = index % line
            let length = min(line - column, count - done)
            let source = from + place(index)
            if step == 0 {
                (to + done).update(repeating: source.pointee, count: length)
            } else {
                (to + done).update(from: source, count: length)
            }
            done += length
        }
    }
}

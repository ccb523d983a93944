import Foundation

/// A number by the kernels of a row with support vectors.
struct SupportRegressorKernel: Kernel {
    let input: Int
    let vectors: SupportVectors
    let coefficients: [Float]
    let rho: Float
    let isOneClass: Bool
    let post: PostTransform
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = try RowsShape(frame.shape(input))
        guard shape.columns == vectors.features else { throw .shape("\(shape.columns) columns for \(vectors.features)") }
        let to = try frame.make(output, .float, Shape(rows: shape.rows, columns: 1), as: Float.self)
        let reader = NumberReader(frame, input)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: vectors.features + vectors.padded + 1) { room in
            guard let row = room.baseAddress else { return }
            let kernels = row + vectors.features
            for index in 0..<shape.rows {
                reader.copy(from: index * shape.columns, count: shape.columns, to: row)
                var sum = rho
                if vectors.count > 0 {
                    vectors.compare(row, to: kernels)
                    for vector in 0..<vectors.count { sum += coefficients[vector] * kernels[vector] }
                } else {
                    sum += vectors.kernel(row, coefficients)
                }
                to[index] = isOneClass ? (sum > 0 ? 1 : -1) : sum
                if !isOneClass { post.apply(to + index, 1) }
            }
        }
    }
}

/// A class by votes of pairs, or by probabilities that pairs of classes are coupled into.
///
/// The coupling is that of Wu, Lin and Weng (2004), as libsvm computes it.
struct SupportClassifierKernel: Kernel {
    let input: Int
    let vectors: SupportVectors
    let perClass: [Int]
    /// `[classes − 1, vectors]`.
    let coefficients: [Float]
    let rho: [Float]
    let proba: [Float]
    let probb: [Float]
    let labels: ClassLabels
    let post: PostTransform
    let label: Int
    let scores: Int?

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = try RowsShape(frame.shape(input))
        guard shape.columns == vectors.features else { throw .shape("\(shape.columns) columns for \(vectors.features)") }
        let classes = perClass.count
        let isProbable = !proba.isEmpty
        let columns = isProbable ? classes : classes == 2 ? 2 : rho.count
        let names = try frame.make(label, labels.type, Shape(shape.rows))
        let target = try scores.map { slot throws(OnnxFault) in
            try frame.make(slot, .float, Shape(rows: shape.rows, columns: columns), as: Float.self)
        }
        let reader = NumberReader(frame, input)
        var pairs = [Float](repeating: 0, count: rho.count)
        var votes = [Int](repeating: 0, count: classes)
        var estimates = [Float](repeating: 0, count: classes)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: vectors.features + vectors.padded + 1) { room in
            guard let row = room.baseAddress else { return }
            for index in 0..<shape.rows {
                reader.copy(from: index * shape.columns, count: shape.columns, to: row)
                vectors.compare(row, to: row + vectors.features)
                decide(row + vectors.features, &pairs, &votes)
                if isProbable { couple(pairs, into: &estimates) }
                write(index, names, target.map { $0 + index * columns }, pairs, votes, estimates)
            }
        }
    }

    /// The score of each pair of classes, and how many pairs each class wins.
    private func decide(_ kernels: UnsafePointer<Float>, _ pairs: inout [Float], _ votes: inout [Int]) {
        for index in votes.indices { votes[index] = 0 }
        var (pair, firstStart) = (0, 0)
        for first in perClass.indices {
            var secondStart = firstStart + perClass[first]
            for second in perClass.indices.dropFirst(first + 1) {
                var sum: Float = 0
                let (own, other) = (vectors.count * (second - 1), vectors.count * first)
                for index in firstStart..<(firstStart + perClass[first]) { sum += coefficients[own + index] * kernels[index] }
                for index in secondStart..<(secondStart + perClass[second]) { sum += coefficients[other + index] * kernels[index] }
                sum += rho[pair]
                pairs[pair] = sum
                votes[sum > 0 ? first : second] += 1
                pair += 1
                secondStart += perClass[second]
            }
            firstStart += perClass[first]
        }
    }

    /// Probabilities of the classes out of those of the pairs.
    private func couple(_ pairs: [Float], into p: inout [Float]) {
        let classes = perClass.count
        var r = [Float](repeating: 0, count: classes * classes)
        var pair = 0
        for first in 0..<classes {
            for second in (first + 1)..<max(first + 1, classes) {
                let value = 1 - PostTransform.logistic(pairs[pair] * proba[pair] + probb[pair])
                let bounded = min(max(value, 0.000_000_1), 1 - 0.000_000_1)
                r[first * classes + second] = bounded
                r[second * classes + first] = 1 - bounded
                pair += 1
            }
        }
        var q = [Float](repeating: 0, count: classes * classes)
        for t in 0..<classes {
            p[t] = 1 / Float(classes)
            for j in 0..<classes where j != t {
                q[t * classes + t] += r[j * classes + t] * r[j * classes + t]
                q[t * classes + j] = -r[j * classes + t] * r[t * classes + j]
            }
        }
        Self.iterate(q, &p)
    }

    private static func iterate(_ q: [Float], _ p: inout [Float]) {
        let classes = p.count
        let least = 0.005 / Float(classes)
        var qp = [Float](repeating: 0, count: classes)
        for _ in 0..<max(100, classes) {
            var pqp: Float = 0
            for t in 0..<classes {
                qp[t] = 0
                for j in 0..<classes { qp[t] += q[t * classes + j] * p[j] }
                pqp += p[t] * qp[t]
            }
            if (qp.map { abs($0 - pqp) }.max() ?? 0) < least { break }
            for t in 0..<classes {
                let change = (pqp - qp[t]) / q[t * classes + t]
                p[t] += change
                let part = 1 + change
                pqp = (pqp + change * (change * q[t * classes + t] + 2 * qp[t])) / part / part
                for j in 0..<classes {
                    qp[j] = (qp[j] + change * q[t * classes + j]) / part
                    p[j] /= part
                }
            }
        }
    }

    private func write(
        _ row: Int, _ names: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Float>?, _ pairs: [Float], _ votes: [Int],
        _ estimates: [Float]
    ) {
        let isProbable = !proba.isEmpty
        var best = 0
        if isProbable {
            for index in estimates.indices where estimates[index] > estimates[best] { best = index }
        } else {
            for index in votes.indices where votes[index] > votes[best] { best = index }
        }
        labels.write(best, at: row, to: names)
        guard let target else { return }
        if isProbable {
            for index in estimates.indices { target[index] = estimates[index] }
            post.apply(target, estimates.count)
        } else if perClass.count == 2 {
            // As ONNX Runtime writes a single score.
            let score = pairs[0]
            switch post {
            case .none: (target[0], target[1]) = (-score, score)
            case .logistic: (target[0], target[1]) = (PostTransform.logistic(-score), PostTransform.logistic(score))
            default: (target[0], target[1]) = (1 - score, score)
            }
        } else {
            for index in pairs.indices { target[index] = pairs[index] }
            post.apply(target, pairs.count)
        }
    }
}

extension DecisionTable {
    /// The threshold for what is wanted, among the steps: a score that rows have, or just above all of them where calling none is cheapest.
    ///
    /// Of equally good ones the highest, which calls the fewest rows; so a dearer miss never raises the threshold, and a dearer false alarm never
    /// lowers it. Complexity: O(steps).
    ///
    /// - Parameter basis: not `.value`: that is the asker's own.
    /// - Throws: where its numbers are none, or no threshold has that precision or calls so few rows.
    public func threshold(for basis: ThresholdBasis) throws(DecisionFailure) -> DecisionThreshold {
        if let problem = basis.problem { throw .invalid(problem) }
        let found: Double
        switch basis {
        case .standard: found = DecisionThreshold.standard
        case .value: throw .invalid("value: a number from 0 to 1 is wanted")
        case .best(let figure): found = best { $0.figure(figure) ?? -.infinity }
        case .costs(let positive, let negative):
            found = best(orNone: true) { -$0.cost(falsePositive: positive, falseNegative: negative) }
        case .rate(let share): found = try calling(share)
        case .capacity(let cases, let rows): found = try calling(min(1, cases / rows))
        case .precision(let share): found = try precise(share)
        case .recall(let share):
            let wanted = share * Double(positives)
            // Products of shares that are no binary fraction fall short of a whole number of rows by the last digit.
            let index = steps.firstIndex { Double($0.confusion.truePositives) >= wanted - 1e-9 * wanted } ?? count - 1
            found = self[index].threshold
        }
        return DecisionThreshold(min(max(found, DecisionThreshold.range.lowerBound), DecisionThreshold.range.upperBound), basis)
    }

    private func best(orNone: Bool = false, _ worth: (DecisionCounts) -> Double) -> Double {
        var best: (threshold: Double, worth: Double)?
        // Above the largest score no row is called; where that is 1 there is no such threshold.
        if orNone, highest < DecisionThreshold.range.upperBound {
            best = (highest.nextUp, worth(confusion(at: .infinity)))
        }
        for index in 0..<count {
            let step = self[index]
            let worth = worth(step.confusion)
            if best.map({ worth > $0.worth }) ?? true { best = (step.threshold, worth) }
        }
        return best?.threshold ?? DecisionThreshold.standard
    }

    private func calling(_ share: Double) throws(DecisionFailure) -> Double {
        let most = share * Double(rows) * (1 + 1e-9)
        guard let index = (0..<count).last(where: { self[$0].confusion.called <= most }) else {
            throw .tooFew(wanted: share, least: self[0].confusion.rate)
        }
        return self[index].threshold
    }

    private func precise(_ share: Double) throws(DecisionFailure) -> Double {
        guard let index = (0..<count).last(where: { (self[$0].confusion.precision ?? 0) >= share * (1 - 1e-9) }) else {
            let most = (0..<count).map { self[$0].confusion.precision ?? 0 }.max() ?? 0
            throw .tooPrecise(wanted: share, most: most)
        }
        return self[index].threshold
    }
}

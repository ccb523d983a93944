import Tabular

extension LabelledRows {
    /// Refuses rows that nothing can be learnt from, before an algorithm meets them: so that each one answers alike.
    ///
    /// - Throws: `.unsuited`, `.tooFewRows`, `.misshapen`, `.badTarget` with the row, `.oneClass`, `.noFeatures`, `.unknownZone`. Complexity: O(rows).
    func check(for type: any Estimator.Type) throws(LearningFailure) {
        try AlgorithmRegistry.check(type, task: schema.target.task)
        guard count > 0 else { throw .tooFewRows(found: 0, needed: 1) }
        try checkShape()
        guard schema.width > 0 else { throw .noFeatures }
        try schema.checkZone()
        try checkRoles(for: type)
        for (row, target) in targets.enumerated() {
            guard target.isFinite else { throw .badTarget(column: schema.target.name, row: row, value: target) }
            if schema.target.task == .regression { continue }
            guard let index = Int(exactly: target), schema.target.classes.indices.contains(index) else {
                throw .badTarget(column: schema.target.name, row: row, value: target)
            }
        }
        if schema.target.task != .regression, let first = targets.first, targets.allSatisfy({ $0 == first }) {
            throw .oneClass(name: schema.target.classes[Int(first)])
        }
    }

    /// Refuses weights and exposures that are none, and an algorithm that would overlook them.
    private func checkRoles(for type: any Estimator.Type) throws(LearningFailure) {
        for role in FeatureRole.allCases {
            guard let index = schema.index(of: role), let values = values(of: role) else { continue }
            let name = schema.features[index].name
            guard type.roles.contains(role) else {
                let others = AlgorithmRegistry.all.filter { $0.roles.contains(role) && $0.tasks.contains(schema.target.task) }
                throw .overlookedRole(algorithm: type.name, column: name, role: role.rawValue, instead: others.map { $0.name })
            }
            if let row = values.firstIndex(where: { !$0.isFinite || $0 < 0 || role == .exposure && $0 == 0 }) {
                throw .badRole(column: name, role: role.rawValue, row: row, value: values[row])
            }
            guard values.contains(where: { $0 > 0 }) else { throw .badRole(column: name, role: role.rawValue, row: 0, value: 0) }
        }
    }

    /// Refuses rows whose values do not fill the schema's width.
    func checkShape() throws(LearningFailure) {
        let (needed, overflow) = count.multipliedReportingOverflow(by: schema.width)
        guard !overflow, features.count == needed else { throw .misshapen(values: features.count, rows: count, width: schema.width) }
    }
}

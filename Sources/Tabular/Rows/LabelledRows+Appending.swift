extension LabelledRows {
    /// These rows and another set's, in this schema's layout and these dictionaries' codes (which grow by the other's texts).
    ///
    /// Features are matched by name; one that the other lacks is missing there. Classes are matched by name; rows of a class that this schema
    /// does not know are left out. When both have times the result is in time order, these rows first among equals; when only one of the two
    /// has times the result has none. Complexity: O(values).
    public func appending(_ other: LabelledRows) -> LabelledRows {
        let translated = other.translated(to: schema, categories: categories)
        if translated.count == 0 { return self }
        if count == 0 { return translated }
        guard !times.isEmpty, !translated.times.isEmpty else {
            return LabelledRows(
                schema: schema, categories: categories, features: features + translated.features, targets: targets + translated.targets,
                ids: ids.isEmpty && translated.ids.isEmpty ? [] : everyID + translated.everyID)
        }
        return merged(with: translated)
    }

    /// These rows and then another set's, in this schema's layout, whatever their times.
    ///
    /// Features and classes are matched by name, as `appending` does. Complexity: O(values).
    public func followed(by other: LabelledRows) -> LabelledRows {
        let translated = other.translated(to: schema, categories: categories)
        let isTimed = !times.isEmpty && !translated.times.isEmpty
        return LabelledRows(
            schema: schema, categories: categories, features: features + translated.features, targets: targets + translated.targets,
            times: isTimed ? times + translated.times : [],
            ids: ids.isEmpty && translated.ids.isEmpty ? [] : everyID + translated.everyID)
    }

    private func merged(with other: LabelledRows) -> LabelledRows {
        let width = schema.width
        var result = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        result.features.reserveCapacity(features.count + other.features.count)
        result.targets.reserveCapacity(count + other.count)
        result.times.reserveCapacity(count + other.count)
        let (ownIDs, otherIDs) = ids.isEmpty && other.ids.isEmpty ? ([], []) : (everyID, other.everyID)
        var mine = 0
        var theirs = 0
        while mine < count || theirs < other.count {
            let takesMine = theirs == other.count || (mine < count && times[mine] <= other.times[theirs])
            let source = takesMine ? self : other
            let index = takesMine ? mine : theirs
            result.features.append(contentsOf: source.features[(index * width)..<((index + 1) * width)])
            result.targets.append(source.targets[index])
            result.times.append(source.times[index])
            if !ownIDs.isEmpty { result.ids.append(takesMine ? ownIDs[index] : otherIDs[index]) }
            if takesMine { mine += 1 } else { theirs += 1 }
        }
        return result
    }

    /// One a row, 0 where it has none.
    private var everyID: [UInt64] { ids.isEmpty ? [UInt64](repeating: 0, count: count) : ids }

    private func translated(to wanted: Schema, categories target: Categories) -> LabelledRows {
        let sharesCodes = categories === target
        var sources = wanted.features.map { feature in
            Source(
                position: schema.index(of: feature.name),
                codes: feature.kind == .categorical && !sharesCodes ? Recoding(categories[feature.name], target[feature.name]) : nil)
        }
        let classes = schema.target.classes.map { name in wanted.target.classes.firstIndex(of: name).map(Double.init) }
        let sameClasses = schema.target.classes == wanted.target.classes
        var result = LabelledRows(schema: wanted, categories: target, features: [], targets: [])
        result.features.reserveCapacity(count * wanted.width)
        for row in 0..<count {
            var truth = targets[row]
            if !sameClasses {
                guard let index = Int(exactly: truth), classes.indices.contains(index), let known = classes[index] else { continue }
                truth = known
            }
            for index in sources.indices {
                guard let position = sources[index].position else {
                    result.features.append(.nan)
                    continue
                }
                let value = features[row * schema.width + position]
                result.features.append(sources[index].codes?.code(of: value) ?? value)
            }
            result.targets.append(truth)
            if !times.isEmpty { result.times.append(times[row]) }
            if !ids.isEmpty { result.ids.append(ids[row]) }
        }
        return result
    }
}

/// Where a column of the wanted layout comes from.
private struct Source {
    var position: Int?
    var codes: Recoding?
}

/// Codes of one dictionary as those of another, looked up when they first occur: texts that no row has stay out of the other.
private struct Recoding {
    private let table: CategoryTable
    private let target: CategoryDictionary
    private var newCodes: [Double]

    init(_ source: CategoryDictionary, _ target: CategoryDictionary) {
        table = source.table
        self.target = target
        newCodes = [Double](repeating: -1, count: table.names.count)
    }

    mutating func code(of value: Double) -> Double {
        if value.isNaN { return value }
        guard let code = Int(exactly: value), newCodes.indices.contains(code), let text = table.names[code] else {
            return Double(CategoryDictionary.otherCode)
        }
        if newCodes[code] < 0 { newCodes[code] = Double(target.pin(text)) }
        return newCodes[code]
    }
}

extension LabelledRows {
    /// These rows and another set's, in this schema's layout and this dictionary's codes (which grows by the other's texts).
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
                schema: schema, categories: categories, features: features + translated.features, targets: targets + translated.targets)
        }
        return merged(with: translated)
    }

    private func merged(with other: LabelledRows) -> LabelledRows {
        let width = schema.width
        var result = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        result.features.reserveCapacity(features.count + other.features.count)
        result.targets.reserveCapacity(count + other.count)
        result.times.reserveCapacity(count + other.count)
        var mine = 0
        var theirs = 0
        while mine < count || theirs < other.count {
            let takesMine = theirs == other.count || (mine < count && times[mine] <= other.times[theirs])
            let source = takesMine ? self : other
            let index = takesMine ? mine : theirs
            result.features.append(contentsOf: source.features[(index * width)..<((index + 1) * width)])
            result.targets.append(source.targets[index])
            result.times.append(source.times[index])
            if takesMine { mine += 1 } else { theirs += 1 }
        }
        return result
    }

    private func translated(to wanted: Schema, categories target: CategoryDictionary) -> LabelledRows {
        let table = categories.table
        let sharesCodes = categories === target
        var newCodes: [Double] = []
        if !sharesCodes {
            // Texts that no row uses stay out of the dictionary; codes are looked up when they first occur.
            newCodes = [Double](repeating: -1, count: table.names.count)
        }
        let sources = wanted.features.map { feature in (position: schema.index(of: feature.name), isCode: feature.kind == .categorical) }
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
            for source in sources {
                guard let position = source.position else {
                    result.features.append(.nan)
                    continue
                }
                var value = features[row * schema.width + position]
                if source.isCode, !sharesCodes, !value.isNaN {
                    if let code = Int(exactly: value), newCodes.indices.contains(code) {
                        if newCodes[code] < 0 { newCodes[code] = Double(target.intern(table.names[code])) }
                        value = newCodes[code]
                    } else {
                        value = Double(CategoryDictionary.otherCode)
                    }
                }
                result.features.append(value)
            }
            result.targets.append(truth)
            if !times.isEmpty { result.times.append(times[row]) }
        }
        return result
    }
}

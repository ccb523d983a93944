import Learning

/// What a linear model adds up.
enum LinearTerms {
    /// One term a feature that is used; a time has three.
    static func terms(_ design: DesignForm, _ weights: [Double], _ columns: [CodeProgram.Column]) -> [CodeProgram.Term] {
        zip(design.blocks, columns).flatMap { block, column -> [CodeProgram.Term] in
            guard let block else { return [] }
            let missing = block.missing >= 0 ? weights[block.missing] : 0
            switch block.kind {
            case .number:
                let word = column.words[0]
                return [
                    .test(
                        .isMissing(word: word, isText: false), .value(missing),
                        .scaled(word: word, mean: block.mean, scale: block.scale, weight: weights[block.start]))
                ]
            case .category:
                let word = column.words[0]
                var term = CodeProgram.Term.value(block.other >= 0 ? weights[block.other] : 0)
                for (index, text) in block.texts.enumerated().reversed() {
                    term = .test(
                        .oneOf(word: word, texts: [text], isNot: false, missing: false), .value(weights[block.start + index]), term)
                }
                return [.test(.isMissing(word: word, isText: true), .value(missing), term)]
            case .time: return time(block, weights, column.words, missing)
            }
        }
    }

    private static func time(
        _ block: DesignForm.Block, _ weights: [Double], _ words: [String], _ missing: Double
    ) -> [CodeProgram.Term] {
        ExportInputs.parts.enumerated().map { part, name in
            var term = CodeProgram.Term.value(0)
            for value in [0...23, 1...7, 1...12][part].reversed() {
                guard let index = block.texts.firstIndex(of: "\(name)=\(value)") else { continue }
                term = .test(.equals(word: words[part], value: value), .value(weights[block.start + index]), term)
            }
            return .test(.isMissing(word: words[part], isText: false), .value(part == 0 ? missing : 0), term)
        }
    }
}

/// What trees add up.
enum ForestTerms {
    /// A sum an output.
    static func sums(_ forest: ForestForm, _ columns: [CodeProgram.Column]) -> [(start: Double, terms: [CodeProgram.Term])] {
        var sums = forest.base.map { (start: $0, terms: [CodeProgram.Term]()) }
        for (tree, root) in forest.roots.enumerated() { sums[tree % sums.count].terms.append(term(root, forest, columns)) }
        return sums
    }

    private static func term(_ child: Int, _ forest: ForestForm, _ columns: [CodeProgram.Column]) -> CodeProgram.Term {
        guard child >= 0 else { return .value(forest.leaves[-child - 1]) }
        let node = forest.nodes[child]
        let (yes, no) = (term(node.left, forest, columns), term(node.right, forest, columns))
        guard let bins = node.bins, let texts = forest.texts[node.input] else {
            return .test(.atMost(word: word(node.input, forest, columns), threshold: node.threshold, missing: node.missingIsLeft), yes, no)
        }
        // After the texts come all others, and missing values.
        let others = bins[texts.count]
        let own = texts.indices.filter { bins[$0] != others }.map { texts[$0] }
        return .test(
            .oneOf(word: columns[node.input].words[0], texts: own, isNot: others, missing: bins[texts.count + 1]), yes, no)
    }

    private static func word(_ input: Int, _ forest: ForestForm, _ columns: [CodeProgram.Column]) -> String {
        guard input >= columns.count else { return columns[input].words[0] }
        let part = input - columns.count
        return columns[forest.times[part / 3]].words[part % 3]
    }
}

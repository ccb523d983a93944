/// The texts that a model tells apart, input by input.
enum CategoryTexts {
    /// By each input of texts what the operators that it comes to know; what stands in no list is to them a text like any other.
    ///
    /// Complexity: O(nodes · inputs).
    static func byInput(_ model: OnnxModel) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for input in model.inputs where input.kind == .tensor(.string) {
            var reached: Set<String> = [input.name]
            var (found, seen): ([String], Set<String>) = ([], [])
            for node in model.nodes where node.inputs.contains(where: { reached.contains($0) }) {
                reached.formUnion(node.outputs)
                for text in texts(of: node, model) where seen.insert(text).inserted { found.append(text) }
            }
            result[input.name] = found
        }
        return result
    }

    private static func texts(of node: OnnxNode, _ model: OnnxModel) -> [String] {
        var texts: [String] = []
        for name in ["cats_strings", "keys_strings", "classes_strings"] { texts += node.attributes[name]?.texts ?? [] }
        if case .texts(let own) = node.attributes["keys_tensor"]?.tensor?.elements { texts += own }
        guard ["Equal", "Where"].contains(node.operation) else { return texts }
        for initializer in model.initializers where node.inputs.contains(initializer.name) {
            if case .texts(let own) = initializer.tensor.elements { texts += own }
        }
        return texts
    }
}

package import Tabular

extension Model {
    /// What the model has learnt; nil for a kind that another module reads.
    ///
    /// Complexity: O(size of the model).
    package var form: ModelForm? {
        guard let core else { return nil }
        let codes = coding?.columns.map { column -> ModelForm.Coding in
            switch column {
            case .asIs: .asIs
            case .texts(let codes):
                .texts(TextForm(width: codes.width, texts: codes.texts, values: codes.values, missing: codes.missing, unseen: codes.unseen))
            case .cycles: .cycles
            case .withheld: .withheld
            }
        }
        return ModelForm(
            algorithm: algorithm, schema: schema, coding: codes ?? schema.features.map { _ in .asIs }, inner: innerSchema, core: core,
            corrections: calibration?.forms ?? [], outputs: schema.target.outputs)
    }

    /// What was learnt, for the module that knows its kind.
    package var learnt: any FittedAlgorithm { fitted }

    /// The rows with known answers, row-major, in the codes of some dictionaries, which grow by their texts; and the answers.
    package func goldenRows(_ categories: Categories) -> (rows: [Double], answers: [Double]) {
        (golden.rows(schema: schema, categories: categories), golden.answers)
    }

    private var core: ModelForm.Core? {
        switch fitted {
        case let model as ConstantModel: .constants(model.values)
        case let model as any LinearlyWeighted: .linear(model.linear.layout.form, [model.linear.weights])
        case let model as any OnlineFitted: .linear(model.knowledge.linear.layout.form, [model.knowledge.linear.weights])
        case let model as SoftmaxModel: .linear(model.layout.form, (0..<model.classes).map { model.linear(of: $0).weights })
        case let model as PerceptronModel: .network(model.layout.form, model.form)
        case let model as TreeEnsemble: .trees(model.form(innerSchema))
        default: nil
        }
    }
}

extension DesignLayout {
    /// The layout's columns.
    fileprivate var form: DesignForm {
        DesignForm(
            blocks: blocks.map { block in
                block.map { block in
                    let kind: DesignForm.Block.Kind = block.kind == .number ? .number : block.kind == .category ? .category : .time
                    return DesignForm.Block(
                        kind: kind, start: block.start, mean: block.mean, scale: block.scale, missing: block.missing, other: block.other,
                        texts: block.texts)
                }
            }, columns: columns)
    }
}

extension PerceptronModel {
    /// The layers.
    fileprivate var form: NetworkForm {
        NetworkForm(
            layers: (0..<shape.layers).map { layer in
                NetworkForm.Layer(
                    inputs: shape.sizes[layer], outputs: shape.sizes[layer + 1],
                    weights: Array(parameters[shape.weights(layer)..<shape.biases(layer)]),
                    biases: Array(parameters[shape.biases(layer)..<(shape.biases(layer) + shape.sizes[layer + 1])]))
            }, center: center, scale: scale)
    }
}

extension TreeEnsemble {
    /// The trees over rows of a schema.
    fileprivate func form(_ schema: Schema) -> ForestForm {
        let nodes = features.indices.map { index in
            let input = Int(features[index])
            var bins: [Bool]?
            if flags[index] & 2 != 0 {
                let first = Int(setIndex[index])
                bins = (0..<(binning.features[input]?.count ?? 0)).map { sets[first + $0 >> 6] >> UInt64($0 & 63) & 1 == 1 }
            }
            return ForestForm.Node(
                input: input, threshold: thresholds[index], missingIsLeft: flags[index] & 1 != 0, bins: bins, left: Int(left[index]),
                right: Int(right[index]))
        }
        return ForestForm(
            base: base, roots: roots.map { Int($0) }, nodes: nodes, leaves: leaves,
            texts: binning.features.map { $0.flatMap { $0.isCategorical ? $0.texts : nil } },
            isLogarithmic: isLogarithmic, times: TreeInputs(schema).times)
    }
}

extension Calibration {
    /// One an output.
    fileprivate var forms: [CorrectionForm] {
        maps.map { map in
            switch map {
            case .platt(let slope, let shift): .curve(slope: slope, shift: shift, nearest: CalibrationMap.nearest)
            case .isotonic(let from, let to): .lines(from: from, to: to)
            }
        }
    }
}

/// What LightGBM and XGBoost make of trees: Tests/Oracles/trees.py and trees_quality.py.
extension Golden {
    struct Trees: Decodable {
        struct Case: Decodable {
            let task: String
            let trees, leaves, minLeaf: Int
            let rate, l2: Double
            let features: [[Double?]]
            let targets, scores: [Double]
            /// Of the first rows: what each column adds, then the base.
            let contributions: [[Double]]
            let dumps: [Dump]
        }

        /// A tree as its library tells of it; children as `TreeSHAP` has them.
        struct Dump: Decodable {
            struct Node: Decodable {
                let feature, left, right: Int32
                let threshold: Double
                let missingLeft: Bool
            }

            struct Leaf: Decodable {
                let value, cover: Double
            }

            let nodes: [Node]
            let leaves: [Leaf]
        }

        struct Single: Decodable {
            let tree: Dump
            let features, contributions: [[Double]]
        }

        let cases: [Case]
        let lightgbm: Single
    }

    struct TreesQuality: Decodable {
        struct Peers: Decodable {
            let lightgbm, xgboost: Double
        }

        let rows, trainRows: Int
        let binary, regression, multiclass: Peers
    }
}

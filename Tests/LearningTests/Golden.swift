import Foundation

/// Figures of other libraries, made by the scripts under Tests/Oracles; each file names the versions.
enum Golden {
    struct Evaluations: Decodable {
        struct Binary: Decodable {
            let targets, a, b: [Double]
            let auc, aucB, aucVariance, differenceVariance, logLoss, brier, accuracy, accuracyLower, accuracyUpper: Double
            let newcombe: Interval
            /// Each figure with the ends of its interval.
            let decisions: [String: [Double]]
        }

        struct Interval: Decodable {
            let lower, upper: Double
            let positives: Int
        }

        struct Separation: Decodable {
            let targets: [Double]
            let auc, lower, upper: Double
        }

        struct Regression: Decodable {
            let targets, scores: [Double]
            let rmse, mae, medianError, r2, bias, rmseLower, rmseUpper: Double
        }

        struct Multiclass: Decodable {
            let classes: Int
            let targets, scores, recalls, precisions: [Double]
            let auc, aucVariance, logLoss, accuracy, balancedAccuracy, macroF1, brier: Double
        }

        let separation: [Separation]
        let multiclass: [Multiclass]
        let binary: [Binary]
        let regression: [Regression]
    }

    struct Linear: Decodable {
        struct Case: Decodable {
            let l2, intercept: Double
            let weights: [String: Double]
        }

        struct Sparse: Decodable {
            let l1, l2, intercept: Double
            let weights: [String: Double]
        }

        struct Softmax: Decodable {
            let l1, l2: Double
            let balanced: Bool
            let classes: [String]
            let intercepts: [Double]
            let weights: [[String: Double]]
        }

        let logistic, ridge: [Case]
        let balanced: Case
        /// The late ones three times, the others half.
        let weighted: Case
        let sparse: [Sparse]
        let softmax: [Softmax]
        let rows: Int
    }

    struct Calibrations: Decodable {
        struct Case: Decodable {
            let logits, scores, outcomes, asked, isotonic: [Double]
            let slope, shift, error: Double
        }

        let cases: [Case]
    }

    struct Flights: Decodable {
        let rows, trainRows: Int
        let logisticAUC, ridgeDelayRMSE, lightgbmAUC, lightgbmDelayRMSE, meanDelayRMSE: Double
    }

    static func read<Figures: Decodable>(_ name: String) throws -> Figures {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).json")
        return try JSONDecoder().decode(Figures.self, from: Data(contentsOf: url))
    }
}

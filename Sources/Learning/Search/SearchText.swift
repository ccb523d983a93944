import Foundation

/// How a search writes its numbers.
enum SearchText {
    /// Four decimals; `-` for none.
    static func figure(_ value: Double?) -> String {
        guard let value else { return "-" }
        return abs(value) < 1e9 ? String(format: "%.4f", value) : "\(value)"
    }

    /// `2.1 s`.
    static func seconds(_ value: Double) -> String { String(format: value < 100 ? "%.1f s" : "%.0f s", value) }

    /// `11 %`.
    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    /// `leaves=31 trees=100`.
    static func settings(_ settings: [String: String]) -> String {
        settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    /// One row of the table in a job's log.
    static func line(_ trial: SearchTrial, of count: Int) -> String {
        let width = "\(count)".count
        let number = String(repeating: " ", count: max(0, width - "\(trial.number)".count)) + "\(trial.number)"
        let result = trial.error ?? "\(trial.metric) \(figure(trial.figure))"
        return
            "trial \(number) of \(count) | \(percent(trial.share)) of rows | \(result) | \(seconds(trial.seconds)) | \(trial.settingsText)"
    }
}

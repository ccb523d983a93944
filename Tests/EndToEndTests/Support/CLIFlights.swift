import Foundation

/// Rows of the flights sample as requests, and their answers.
struct CLIFlights: Sendable {
    /// Columns that the model takes; numbers and texts.
    private static let texts: Set<String> = ["carrier", "origin", "dest", "time"]
    private static let left: Set<String> = ["dep_delay", "late"]

    /// One request's body for each row.
    let bodies: [String]
    /// The truth of each row.
    let labels: [String]

    /// Rows from one line on, as many as wanted.
    ///
    /// - Parameter change: what becomes of a column's cell.
    init(rows: Range<Int>, change: (_ column: String, _ cell: String) -> String = { $1 }) throws {
        let lines = try String(contentsOfFile: CLIRig.flights, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let header = lines[0]
        let target = header.firstIndex(of: "late") ?? 0
        var bodies: [String] = []
        var labels: [String] = []
        for cells in lines[1...][rows.lowerBound + 1..<rows.upperBound + 1] {
            let inputs = zip(header, cells).filter { !Self.left.contains($0.0) }.map { name, cell in
                let isText = Self.texts.contains(name)
                let cell = change(name, cell)
                let value = cell.isEmpty ? "null" : isText ? "\"\(cell)\"" : cell
                return "{\"name\":\"\(name)\",\"shape\":[1],\"datatype\":\"\(isText ? "BYTES" : "FP64")\",\"data\":[\(value)]}"
            }
            bodies.append("{\"inputs\":[\(inputs.joined(separator: ","))]}")
            labels.append(cells[target])
        }
        self.bodies = bodies
        self.labels = labels
    }

    /// An answer of the inference endpoint.
    struct Answer: Decodable {
        struct Output: Decodable { var data: [Double] }

        var modelVersion: String
        var outputs: [Output]
        var parameters: [String: String]

        var score: Double? { outputs.first?.data.first }
        var id: String? { parameters["prediction_id"] }

        private enum CodingKeys: String, CodingKey {
            case modelVersion = "model_version"
            case outputs
            case parameters
        }
    }

    static func answer(_ body: Data) -> Answer? { try? JSONDecoder().decode(Answer.self, from: body) }
}

public import Foundation
public import Tabular

/// A value of a logged row as people and other programs read it: categories as their texts, not as codes.
public enum FeatureValue: Codable, Sendable, Hashable {
    /// A number; 1 or 0 of a truth; UTC milliseconds of a time.
    case number(Double)
    /// A category.
    case text(String)
    /// None.
    case missing

    /// A raw value of a row.
    init(_ raw: Double, _ kind: FeatureKind, _ categories: CategoryTable) {
        guard raw.isFinite else {
            self = .missing
            return
        }
        guard kind == .categorical else {
            self = .number(raw)
            return
        }
        self = .text(Int32(exactly: raw).flatMap { categories.name(of: $0) } ?? Self.uncoded)
    }

    /// What stands for a text that came when the dictionary was full.
    static let uncoded = "(other)"

    /// Reads a JSON number, string or null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .missing
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// Writes a JSON number, string or null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .missing: try container.encodeNil()
        }
    }

    /// As it was sent: `17`, `0.25`, `true`, `AA`, `2013-04-18 10:15:00`, `missing`; times in a zone.
    public func text(_ kind: FeatureKind, zone: TimeZone) -> String {
        switch (self, kind) {
        case (.missing, _): return "missing"
        case (.text(let text), _): return text
        case (.number(let number), .boolean) where number == 0 || number == 1: return number == 1 ? "true" : "false"
        case (.number(let number), .time):
            return Int64(exactly: number.rounded()).map { TimeText.local($0, zone: zone) } ?? "\(number)"
        case (.number(let number), _):
            // A whole number is one, whatever its column.
            guard let whole = Int64(exactly: number), abs(number) < 1e15 else { return "\(number)" }
            return "\(whole)"
        }
    }
}

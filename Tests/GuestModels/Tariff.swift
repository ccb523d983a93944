public import Learning
public import Tabular

/// A price list: what a row's category costs, plus so much a unit of the first number.
///
/// A kind of model that Learning does not know, made of nothing but what it offers to others.
public struct Tariff: FittedAlgorithm {
    /// Its name in artefacts.
    public static let name = "guest-tariff"

    private let column: String
    private let prices: [(text: String, price: Double)]
    private let rate: Double

    /// Makes a price list by a column's texts.
    public init(column: String, prices: [(text: String, price: Double)], rate: Double) {
        self.column = column
        self.prices = prices
        self.rate = rate
    }

    /// Writes the list.
    public func encode(into writer: inout ArtefactWriter) {
        writer.text(column)
        writer.texts(prices.map(\.text))
        writer.reals(prices.map(\.price))
        writer.real(rate)
    }

    /// Reads the list.
    public init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        let column = try reader.text()
        let texts = try reader.texts()
        let figures = try reader.reals()
        guard schema.index(of: column) != nil, texts.count == figures.count else {
            throw .corruptArtefact("its price list does not fit its schema")
        }
        self.init(column: column, prices: zip(texts, figures).map { (text: $0, price: $1) }, rate: try reader.real())
    }

    /// Binds the texts to the column's codes.
    public func predictor(schema: Schema, categories: Categories) -> any Predictor {
        let dictionary = categories[column]
        let byCode = Dictionary(
            prices.map { (Double(dictionary.pin($0.text)), $0.price) }, uniquingKeysWith: { first, _ in first })
        return TariffPredictor(
            width: schema.width, category: schema.index(of: column) ?? 0, number: schema.features.firstIndex { $0.kind == .numeric } ?? 0,
            prices: byCode, rate: rate)
    }

    /// All of it is the category's.
    public func importance(schema: Schema) -> [Double] { schema.features.map { $0.name == column ? 1 : 0 } }

    /// None.
    public var notes: [String] { [] }
}

private final class TariffPredictor: Predictor {
    let width: Int
    let category: Int
    let number: Int
    let prices: [Double: Double]
    let rate: Double
    let outputs = 1

    init(width: Int, category: Int, number: Int, prices: [Double: Double], rate: Double) {
        self.width = width
        self.category = category
        self.number = number
        self.prices = prices
        self.rate = rate
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result.pointee = (prices[row[category]] ?? 0) + rate * row[number]
    }
}

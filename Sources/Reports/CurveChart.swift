package import Learning
import Tabular

/// Curves between 0 and 1 both ways as SVG whose colours are the page's.
package struct CurveChart {
    package var title: String
    /// What runs along, and what up.
    package var along: String
    package var up: String
    package var curve: [CurvePoint]
    /// What chance draws.
    package var chance: [CurvePoint]
    /// Where the version stands on it; nil: nowhere.
    package var present: CurvePoint?

    package init(
        title: String, along: String, up: String, curve: [CurvePoint], chance: [CurvePoint] = [], present: CurvePoint? = nil
    ) {
        self.title = title
        self.along = along
        self.up = up
        self.curve = curve
        self.chance = chance
        self.present = present
    }

    private static let side = 240.0
    private static let left = 40.0
    private static let top = 12.0
    private static let bottom = 34.0

    /// The drawing.
    ///
    /// Everything that comes from outside is escaped; what is no number is left out.
    package var svg: String {
        let (width, height) = (Self.left + Self.side + 14, Self.top + Self.side + Self.bottom)
        var body = ""
        for share in [0.0, 0.5, 1.0] {
            let (x, y) = (Self.x(share), Self.y(share))
            let ends = (Self.x(0), Self.x(1), Self.y(0), Self.y(1))
            let words = share == 0.5 ? "0.5" : share == 0 ? "0" : "1"
            body += #"<line class="grid" x1="\#(ends.0)" y1="\#(y)" x2="\#(ends.1)" y2="\#(y)"/>"#
            body += #"<line class="grid" x1="\#(x)" y1="\#(ends.2)" x2="\#(x)" y2="\#(ends.3)"/>"#
            body += #"<text class="axis" x="\#(Self.left - 6)" y="\#(y)" text-anchor="end" dy=".35em">\#(words)</text>"#
            body += #"<text class="axis" x="\#(x)" y="\#(Self.top + Self.side + 14)" text-anchor="middle">\#(words)</text>"#
        }
        body += Self.line(chance, "chance") + Self.line(curve, "a")
        let middle = Self.x(0.5)
        body += #"<text class="axis" x="\#(middle)" y="\#(height - 4)" text-anchor="middle">\#(ReportText.escaped(along))</text>"#
        body +=
            #"<text class="axis" transform="translate(11 \#(Self.y(0.5))) rotate(-90)" text-anchor="middle">\#(ReportText.escaped(up))</text>"#
        if let present, present.x.isFinite, present.y.isFinite {
            body += #"<circle class="b dot" cx="\#(Self.x(present.x))" cy="\#(Self.y(present.y))" r="4"/>"#
        }
        return #"<svg viewBox="0 0 \#(width) \#(height)" role="img" aria-label="\#(ReportText.escaped(title))">\#(body)</svg>"#
    }

    private static func line(_ points: [CurvePoint], _ style: String) -> String {
        let places = points.filter { $0.x.isFinite && $0.y.isFinite }.map { "\(x($0.x)),\(y($0.y))" }
        return places.count > 1 ? #"<polyline class="\#(style)" points="\#(places.joined(separator: " "))"/>"# : ""
    }

    private static func x(_ share: Double) -> Double { tenths(left + min(max(share, 0), 1) * side) }
    private static func y(_ share: Double) -> Double { tenths(top + (1 - min(max(share, 0), 1)) * side) }
    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

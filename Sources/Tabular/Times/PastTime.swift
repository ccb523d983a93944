public import Foundation

/// A time that lies behind, as somebody says it in the middle of a night: `02:14`.
public enum PastTime {
    /// Whether a text looks like one, before a zone is known.
    public static func looksLikeOne(_ text: String) -> Bool {
        text.utf8.count <= 40 && text.contains(":") && text.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } == true
    }

    /// UTC milliseconds of `02:14`, `02:14:30`, or a whole date and time; nil for anything else and for what is still to come.
    ///
    /// A time of day is the last one before `asOf` in that zone.
    public static func milliseconds(_ text: String, zone: TimeZone, asOf: Int64) -> Int64? {
        guard looksLikeOne(text), var parser = try? TimeParser(zone: zone.identifier) else { return nil }
        if let time = parser.milliseconds(text) { return time <= asOf ? time : nil }
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 2 || fields.count == 3, fields.allSatisfy({ $0.utf8.count <= 2 && Int($0) != nil }) else { return nil }
        let clock = fields.map { $0.utf8.count == 1 ? "0" + $0 : String($0) }.joined(separator: ":")
        for day in 0...1 {
            let date = TimeText.local(asOf - Int64(day) * 86_400_000, zone: zone, format: .date)
            if let time = parser.milliseconds("\(date)T\(clock)"), time <= asOf { return time }
        }
        return nil
    }
}

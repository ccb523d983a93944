import Tabular

/// What an instant gives to learn from; the instant itself is never a number to learn from.
enum TimePart: Int, CaseIterable, Sendable {
    case hour, weekday, month

    /// As columns are named after it.
    var name: String {
        switch self {
        case .hour: "hour"
        case .weekday: "weekday"
        case .month: "month"
        }
    }

    /// All values: hours from 0, weekdays from 1, which is Monday, months from 1.
    var values: ClosedRange<Int> {
        switch self {
        case .hour: 0...23
        case .weekday: 1...7
        case .month: 1...12
        }
    }

    /// The place of each value in a list of the values of all parts: `hour=0`…`hour=23`, `weekday=1`…, `month=1`….
    static let slots: [String] = allCases.flatMap { part in part.values.map { "\(part.name)=\($0)" } }

    /// The place of a part's values among the slots.
    var ownSlots: Range<Int> {
        switch self {
        case .hour: 0..<24
        case .weekday: 24..<31
        case .month: 31..<43
        }
    }

    /// The slots of an instant.
    @inline(__always)
    static func slots(_ parts: LocalParts) -> (hour: Int, weekday: Int, month: Int) {
        (parts.hour, 23 + parts.weekday, 30 + parts.month)
    }

    @inline(__always)
    func value(_ parts: LocalParts) -> Int {
        switch self {
        case .hour: parts.hour
        case .weekday: parts.weekday
        case .month: parts.month
        }
    }
}

extension Schema {
    /// The wall clock of the schema's zone.
    ///
    /// Fitting and decoding refuse a zone that is not known, so that UTC stands only for one that no time is read in.
    var clock: ZoneClock { ZoneClock(zone: zone) ?? .utc }

    /// Refuses a zone that times cannot be read in.
    func checkZone() throws(LearningFailure) {
        guard features.contains(where: { $0.kind == .time }) else { return }
        guard ZoneClock(zone: zone) != nil else { throw .unknownZone(name: zone) }
    }
}

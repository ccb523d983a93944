import Foundation
import Tabular

extension TimeText {
    /// A time in eleven columns: `14:02:07` on the day that is shown, else `04-17 14:02`.
    static func recent(_ milliseconds: Int64, asOf: Int64, zone: TimeZone) -> String {
        let isToday = local(milliseconds, zone: zone, format: .date) == local(asOf, zone: zone, format: .date)
        return local(milliseconds, zone: zone, format: isToday ? .second : .dayMinute)
    }
}

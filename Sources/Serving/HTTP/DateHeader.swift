import Foundation

/// The `Date` header (RFC 9110, IMF-fixdate), made once a second.
enum DateHeader {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `date: Sun, 06 Nov 1994 08:49:37 GMT` with its line end.
    static func line(seconds: Int) -> [UInt8] {
        var instant = time_t(seconds)
        var parts = tm()
        gmtime_r(&instant, &parts)
        let day = days[min(max(Int(parts.tm_wday), 0), 6)]
        let month = months[min(max(Int(parts.tm_mon), 0), 11)]
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return Array("date: \(day), \(two(parts.tm_mday)) \(month) \(Int(parts.tm_year) + 1900) \(clock) GMT\r\n".utf8)
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

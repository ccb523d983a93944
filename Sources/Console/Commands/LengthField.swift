import Tabular

/// A form's line for a length of time from now, empty for one without end: until when an alert or a column stays quiet.
enum LengthField {
    private static let longest: Int64 = 366 * 86_400_000

    static func field(_ standard: String, help: String) -> FormField {
        FormField(label: "for", field: TextField(standard, limit: 16), help: help)
    }

    /// When the length that was typed is over, UTC milliseconds; nil for one without end.
    static func end(of text: String, from now: Int64) -> Result<Int64?, CommandRefusal> {
        guard !text.trimmingBlanks.isEmpty else { return .success(nil) }
        guard let length = DurationText.milliseconds(text), length > 0, length <= longest else {
            return .failure(CommandRefusal("for: a length of time such as 30m or 8h"))
        }
        return .success(now + length)
    }
}

import Foundation
import Tabular

/// The few sequences that terminfo has no word for, from xterm's manual.
///
/// Only for terminals that understand them.
enum TerminalSequences {
    /// The most that is put on a clipboard, bytes: terminals drop longer ones.
    private static let longestCopy = 64 << 10

    /// Pastes come between marks; the window's title is put aside.
    static let enter = "\u{1B}[?2004h\u{1B}[22;0t"
    /// The opposite.
    static let leave = "\u{1B}[?2004l\u{1B}[23;0t"

    /// Names the window.
    static func title(_ text: String) -> String { "\u{1B}]0;\(SafeText.escape(text))\u{07}" }

    /// Puts text on the operator's clipboard (OSC 52).
    static func copy(_ text: String) -> String {
        "\u{1B}]52;c;\(Data(text.utf8.prefix(longestCopy)).base64EncodedString())\u{07}"
    }
}

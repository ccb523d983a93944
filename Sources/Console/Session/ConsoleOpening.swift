import Foundation

/// What a terminal says when a console opens on it, here or at the other end of the socket.
package struct ConsoleOpening: Codable, Sendable, Equatable {
    /// The screen, cells.
    package var width: Int
    package var height: Int
    /// The operator's zone, as TZ or /etc/localtime names it.
    package var timeZone: String
    /// What the terminal can show.
    package var terminal: TerminalFacts

    package init(width: Int, height: Int, timeZone: String, terminal: TerminalFacts) {
        self.width = width
        self.height = height
        self.timeZone = timeZone
        self.terminal = terminal
    }

    /// The longest opening that is read, bytes.
    private static let maximumBytes = 4_096

    package func encode() -> [UInt8] { (try? JSONEncoder().encode(self)).map(Array.init) ?? [] }

    /// Reads an opening from a peer; nil for anything that is none.
    package static func decode(_ bytes: [UInt8]) -> ConsoleOpening? {
        guard bytes.count <= maximumBytes else { return nil }
        return try? JSONDecoder().decode(ConsoleOpening.self, from: Data(bytes))
    }
}

/// How a console ended.
package enum ConsoleEnding: Sendable, Equatable {
    /// The operator left; the engine goes on.
    case detached
    /// The engine stops.
    case engineStopped
    /// The terminal is gone.
    case hangup
}

public import Tabular

/// Why a client-side run could not begin or go on.
///
/// Single requests that fail are counted in reports, never thrown.
public enum WorkloadFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody answers there.
    case unreachable(endpoint: String, reason: String)
    /// The server answers, but not with what was asked for.
    case refused(request: String, status: Int, message: String)
    /// An answer that is not what the protocol says.
    case badAnswer(request: String, reason: String)
    /// The file lacks a column that the model wants.
    case missingInput(name: String, file: String, nearest: String?)
    /// The model's metadata lacks what the run needs.
    case missingMetadata(model: String, what: String, remedy: String)
    /// An option that cannot be.
    case badOption(what: String, remedy: String)
    /// No row is left to send.
    case noRows(file: String, why: String)
    /// The file cannot be read, or a cell does not hold what the model wants.
    case table(TabularFailure)
    /// A file could not be written.
    case unwritable(path: String, reason: String)
    /// The caller asked to stop before anything was sent.
    case cancelled

    /// One line: what: where: what to do.
    public var description: String {
        switch self {
        case .unreachable(let endpoint, let reason):
            "no server answers, \(reason): \(SafeText.escape(endpoint)): start it with flyball serve, or check the address"
        case .refused(let request, let status, let message):
            "the server answered \(status), \(Self.shortened(message)): \(SafeText.escape(request)): check the name with flyball status"
        case .badAnswer(let request, let reason):
            "unreadable answer, \(reason): \(SafeText.escape(request)): check that the address is a Flyball server's"
        case .missingInput(let name, let file, let nearest):
            "no column '\(Self.shortened(name))', which the model wants: \(SafeText.escape(file)):1: "
                + (nearest.map { "did you mean '\(SafeText.escape($0))'?" } ?? "add it to the file")
        case .missingMetadata(let model, let what, let remedy): "the metadata names no \(what): \(SafeText.escape(model)): \(remedy)"
        case .badOption(let what, let remedy): "\(what): options: \(remedy)"
        case .noRows(let file, let why): "no rows to send, \(why): \(SafeText.escape(file)): check the file and the time window"
        case .table(let failure): failure.description
        case .unwritable(let path, let reason): "cannot write the file, \(reason): \(SafeText.escape(path)): check the folder and the disk"
        case .cancelled: "cancelled: before the first request: nothing was sent"
        }
    }

    private static func shortened(_ text: String) -> String {
        let escaped = SafeText.escape(String(text.prefix(200)))
        return text.count > 200 ? escaped + "…" : escaped
    }
}

import Engine

/// The first thing a client says.
struct Hello: Codable, Sendable {
    /// Version of this protocol.
    static let current = 1
    /// The client's protocol.
    var version = Hello.current
    /// Whether it gives up every right but looking.
    var isReadOnly = false
}

/// The engine's answer to a `Hello`: who the kernel says the client is.
struct Welcome: Codable, Sendable {
    var operatorName: String
    var role: Role
    var pid: Int32
}

/// A question or an order.
struct Call: Codable, Sendable {
    var id: UInt64
    var body: Body

    enum Body: Codable, Sendable {
        case perform(ActionRequest)
        case history(HistoryQuery)
    }
}

/// Its answer.
struct Reply: Codable, Sendable {
    var id: UInt64
    var body: Body

    enum Body: Codable, Sendable {
        case receipt(Receipt)
        case failure(ActionFailure)
        case page(HistoryPage)
    }
}

/// A message as it goes over the socket.
func messageBytes(_ message: some Encodable) throws(ControlFailure) -> [UInt8] {
    do throws(EncodingFailure) { return Array(try encodeJSON(message).utf8) } catch { throw .badFrame("\(error)") }
}

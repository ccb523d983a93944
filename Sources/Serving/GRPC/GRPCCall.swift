import Engine
import GRPCCore
import NIOCore
import Tabular

/// What an answer depends on in a call's metadata.
struct GRPCCall: Sendable {
    /// What the client calls this listener.
    var authority = ""
    /// Who the client says it is.
    var authorization = ""
    /// Two of them contradict each other, whatever they say.
    var hasTwoAuthorizations = false
    /// The hash of `flyball-key`: what an A/B may know a caller again by.
    var key: UInt64?
    /// The trace that it belongs to.
    var trace: TraceID?
    /// Until when somebody waits for the answer.
    var deadline: NIODeadline?

    init(_ metadata: Metadata) {
        for (name, value) in metadata {
            guard case .string(let text) = value else { continue }
            switch name {
            case ":authority": authority = text
            // Clients that speak HTTP/1.1's language name it so (RFC 9113, 8.3.1).
            case "host": if authority.isEmpty { authority = text }
            case "authorization":
                hasTwoAuthorizations = !authorization.isEmpty
                authorization = text
            case "flyball-key": key = SplitHash.bytes(text.utf8)
            case "traceparent": trace = TraceID(traceparent: text)
            case "grpc-timeout": deadline = Self.timeout(text).map { .now() + $0 }
            default: break
            }
        }
    }

    /// Whether nobody waits any more.
    var isLate: Bool { deadline.map { $0 <= .now() } ?? false }

    /// A time of at most eight digits and a unit (the gRPC protocol over HTTP/2); nil for what is none.
    private static func timeout(_ text: String) -> TimeAmount? {
        let digits = text.utf8.dropLast()
        guard (1...8).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }), let amount = Int64(text.dropLast()) else {
            return nil
        }
        return switch text.utf8.last {
        case UInt8(ascii: "H"): .hours(min(amount, 1_000_000))
        case UInt8(ascii: "M"): .minutes(amount)
        case UInt8(ascii: "S"): .seconds(amount)
        case UInt8(ascii: "m"): .milliseconds(amount)
        case UInt8(ascii: "u"): .microseconds(amount)
        case UInt8(ascii: "n"): .nanoseconds(amount)
        default: nil
        }
    }
}

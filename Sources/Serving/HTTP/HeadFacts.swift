import Engine
import NIOHTTP1
import Tabular

/// What an answer depends on in a request's headers, gathered in one pass.
struct HeadFacts {
    var bytes = 0
    var hosts = 0
    var host = ""
    var origin: String?
    var contentLength: Int?
    /// How the body is packed; nil for not at all.
    var coding: ContentCoding?
    /// A coding of the body that is none of ours.
    var unknownCoding: String?
    var expectsContinue = false
    var hasUpgrade = false
    /// Bytes of the JSON before the binary data, as the client says; -1 for what is no length.
    var jsonLength: Int?
    var accept = ""
    var acceptEncoding = ""
    /// The hash of `Flyball-Key`: what an A/B may know a caller again by.
    var key: UInt64?
    /// The trace that the request belongs to; nil where the header is none.
    var trace: TraceID?
    /// Who the client says it is.
    var authorization = ""
    /// Two of them contradict each other, whatever they say.
    var hasTwoAuthorizations = false

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            bytes += name.utf8.count + value.utf8.count + 4
            switch name.utf8.count {
            case 4 where Self.same(name, "host"):
                hosts += 1
                host = value
            case 6 where Self.same(name, "origin"): origin = value
            case 6 where Self.same(name, "expect"): expectsContinue = Self.same(value, "100-continue")
            case 6 where Self.same(name, "accept"): accept = value
            case 7 where Self.same(name, "upgrade"): hasUpgrade = true
            case 11 where Self.same(name, "flyball-key"): key = SplitHash.bytes(value.utf8)
            case 11 where Self.same(name, "traceparent"): trace = TraceID(traceparent: value)
            case 13 where Self.same(name, "authorization"):
                hasTwoAuthorizations = !authorization.isEmpty
                authorization = value
            case 14 where Self.same(name, "content-length"): contentLength = Int(value)
            case 15 where Self.same(name, "accept-encoding"): acceptEncoding = acceptEncoding.isEmpty ? value : acceptEncoding + "," + value
            case 16 where Self.same(name, "content-encoding"): packed(value)
            case 31 where Self.same(name, "inference-header-content-length"):
                // Twice is as bad as no number: nobody can tell where the JSON ends.
                jsonLength = jsonLength == nil && value.utf8.allSatisfy { $0 &- 0x30 <= 9 } ? Int(value) ?? -1 : -1
            default: break
            }
        }
    }

    private mutating func packed(_ value: String) {
        guard !Self.same(value, "identity"), !value.isEmpty else { return }
        // Packed twice is a riddle that no client of ours sets.
        guard coding == nil, let found = ContentCoding(rawValue: value.lowercased()) else { return unknownCoding = value }
        coding = found
    }

    /// Whether an ASCII text equals a lower-case one, letter case ignored.
    static func same(_ text: String, _ lowercase: StaticString) -> Bool {
        let bytes = text.utf8
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        var i = 0
        for byte in bytes {
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            guard lower == lowercase.utf8Start[i] else { return false }
            i += 1
        }
        return true
    }

    /// Why the request is refused before its body is looked at; nil when it is not.
    ///
    /// - Parameter admittedHost: a Host that the listener is known to go by: what a connection's request before this one named.
    func refusal(options: ServingOptions, address: ListenAddress, version: HTTPVersion, admittedHost: String = "") -> Answer? {
        guard bytes <= options.maximumHeaderBytes else {
            return .error(431, "headers: \(bytes) bytes: at most \(options.maximumHeaderBytes)", closes: true)
        }
        guard hosts == 1 || (hosts == 0 && !Self.isModern(version)) else {
            return .error(400, "Host: exactly one header is wanted", closes: true)
        }
        guard hosts == 0 || (host == admittedHost && !host.isEmpty) || address.admits(hostHeader: host) else {
            return .error(403, "Host: \(InferenceFailure.short(host)) is not this listener: call it \(address.text)", closes: true)
        }
        if let origin, !Self.isOwn(origin, address: address) {
            return .error(403, "Origin: \(InferenceFailure.short(origin)): pages of other origins may not call this listener", closes: true)
        }
        if hasTwoAuthorizations { return .error(400, "Authorization: one header at most", closes: true) }
        if let unknownCoding {
            return .error(
                415,
                "Content-Encoding: \(InferenceFailure.short(unknownCoding)) is not taken: send the body plain, or once by gzip or deflate")
        }
        guard (jsonLength ?? 0) >= 0 else {
            return .error(400, "Inference-Header-Content-Length: one whole number is wanted: the bytes of the JSON before the binary data")
        }
        guard (contentLength ?? 0) <= options.maximumBodyBytes else {
            return .error(
                413, "body: \(contentLength ?? 0) bytes: at most \(options.maximumBodyBytes): send fewer rows at a time", closes: true)
        }
        return nil
    }

    /// HTTP/1.1 or later: a Host header is due, and interim answers are understood.
    static func isModern(_ version: HTTPVersion) -> Bool { version.major > 1 || (version.major == 1 && version.minor >= 1) }

    private static func isOwn(_ origin: String, address: ListenAddress) -> Bool {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            return address.admits(hostHeader: String(origin.dropFirst(scheme.count)))
        }
        return false
    }
}

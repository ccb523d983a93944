import NIOHTTP1

/// What an answer depends on in a request's headers, gathered in one pass.
struct HeadFacts {
    var bytes = 0
    var hosts = 0
    var host = ""
    var origin: String?
    var contentLength: Int?
    var isEncoded = false
    var expectsContinue = false
    var hasUpgrade = false
    var hasBinaryTensors = false
    var accept = ""

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
            case 14 where Self.same(name, "content-length"): contentLength = Int(value)
            case 16 where Self.same(name, "content-encoding"): isEncoded = !Self.same(value, "identity") && !value.isEmpty
            case 31 where Self.same(name, "inference-header-content-length"): hasBinaryTensors = true
            default: break
            }
        }
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
    func refusal(options: ServingOptions, address: ListenAddress, version: HTTPVersion) -> Answer? {
        guard bytes <= options.maximumHeaderBytes else {
            return .error(431, "headers: \(bytes) bytes: at most \(options.maximumHeaderBytes)", closes: true)
        }
        guard hosts == 1 || (hosts == 0 && !Self.isModern(version)) else {
            return .error(400, "Host: exactly one header is wanted", closes: true)
        }
        guard hosts == 0 || address.admits(hostHeader: host) else {
            return .error(403, "Host: \(InferenceFailure.short(host)) is not this listener: call it \(address.text)", closes: true)
        }
        if let origin, !Self.isOwn(origin, address: address) {
            return .error(403, "Origin: \(InferenceFailure.short(origin)): pages of other origins may not call this listener", closes: true)
        }
        guard !isEncoded else { return .error(415, "Content-Encoding: only identity is taken: send the body uncompressed") }
        guard !hasBinaryTensors else {
            return .error(
                400, "Inference-Header-Content-Length: binary tensors are not taken: send JSON (binary_data=False in Triton's client)")
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

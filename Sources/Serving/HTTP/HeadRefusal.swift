import Tabular

extension HeadFacts {
    /// Why the request is refused before its body is looked at; nil when it is not.
    ///
    /// - Parameters:
    ///   - host: the host that it names, in its address or its header.
    ///   - isAdmitted: whether that is known to be one that the listener goes by.
    func refusal(
        _ head: UnsafeRawBufferPointer, options: ServingOptions, address: ListenAddress, host: String, isAdmitted: Bool
    ) -> Answer? {
        guard hosts == 1 || (hosts == 0 && !line.isModern) else { return .error(400, "Host: exactly one header is wanted", closes: true) }
        guard isAdmitted || hosts == 0 || address.admits(hostHeader: host) else {
            return .error(403, "Host: \(InferenceFailure.short(host)) is not this listener: call it \(address.text)", closes: true)
        }
        if let origin = origin?.text(of: head), !Self.isOwn(origin, address: address) {
            return .error(403, "Origin: \(InferenceFailure.short(origin)): pages of other origins may not call this listener", closes: true)
        }
        if authorizations > 1 { return .error(400, "Authorization: one header at most", closes: true) }
        if let unknownCoding = unknownCoding?.text(of: head) {
            return .error(
                415,
                "Content-Encoding: \(InferenceFailure.short(unknownCoding)) is not taken: send the body plain, or once by gzip or deflate")
        }
        guard (jsonLength ?? 0) >= 0 else {
            return .error(400, "Inference-Header-Content-Length: one whole number is wanted: the bytes of the JSON before the binary data")
        }
        let length = framing.contentLength ?? 0
        guard length <= options.maximumBodyBytes else {
            return .error(413, "body: \(length) bytes: at most \(options.maximumBodyBytes): send fewer rows at a time", closes: true)
        }
        return nil
    }

    private static func isOwn(_ origin: String, address: ListenAddress) -> Bool {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            return address.admits(hostHeader: String(origin.dropFirst(scheme.count)))
        }
        return false
    }
}

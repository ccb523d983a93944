/// What a request line names: a path, and in the absolute form (RFC 9112, 3.2.2), which a client sends to a proxy, a host before it.
package struct RequestTarget: Sendable, Equatable {
    /// The path with its query.
    package var path: Substring
    /// The host and port of the absolute form: they stand for those of the Host header.
    package var authority: Substring?

    /// Reads a target; one of another scheme than `http` stays as it is, and names no address here.
    package init(_ target: String) {
        path = target[...]
        guard target.utf8.first != 0x2F, target.prefix(7).lowercased() == "http://" else { return }
        let rest = target.dropFirst(7)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        authority = rest[..<end]
        path = rest[end...].isEmpty ? "/" : rest[end...]
    }
}

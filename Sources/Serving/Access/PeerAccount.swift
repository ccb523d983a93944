import Dispatch
import Engine
import Foundation
import NIOCore

/// Which account of this machine is at the other end of a loopback connection, as the kernel lists it.
package enum PeerAccount {
    /// How often the list is read before nobody is found.
    private static let looks = 4
    /// Some hundred thousand connections.
    private static let mostBytes = 64 << 20
    private static let queue = DispatchQueue(label: "flyball.http.accounts", qos: .utility)

    /// What an account without the right is told.
    static let refusal =
        "labels teach: they are taken from the workspace's owner, its operators and its group, or with a token of the scope labels"

    /// The uid; nil when it cannot be told, which means no right.
    ///
    /// Read off the event loops: the list grows with the machine's connections.
    static func uid(of peer: SocketAddress?, to own: SocketAddress?) async -> UInt32? {
        guard let peer, let own, let from = peer.port, let to = own.port, peer.ipAddress != nil else { return nil }
        return await withCheckedContinuation { continuation in
            queue.async {
                // The list is read piece by piece while connections come and go: a line may be passed over, and is there the next time.
                for _ in 0..<looks {
                    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
                        if let uid = Self.uid(in: text(of: file), from: from, to: to) { return continuation.resume(returning: uid) }
                    }
                }
                continuation.resume(returning: nil)
            }
        }
    }

    /// What a file of the kernel's says: a page at a time, whatever is asked for, so that only the end of it is its end.
    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < mostBytes {
            let count = fread(&piece, 1, piece.count, file)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The owner of the one socket with these ports, of which both ends lie on loopback; nil where there is none, or more than one.
    ///
    /// A line (proc(5)): number, local address, remote address, state, queues, timer, retransmissions, uid, time-out, inode, …. One without an inode is
    /// nobody's any more, and its uid is 0 whoever had it.
    package static func uid(in list: String, from: Int, to: Int) -> UInt32? {
        // By inode: for the same reason a line may stand there twice.
        var found: [Substring: UInt32] = [:]
        for line in list.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, port(fields[1]) == from, port(fields[2]) == to, isLoopback(fields[1]), isLoopback(fields[2]),
                fields[9] != "0", let uid = UInt32(fields[7])
            else { continue }
            found[fields[9]] = uid
        }
        return found.count == 1 ? found.first?.value : nil
    }

    private static func port(_ address: Substring) -> Int? {
        address.lastIndex(of: ":").flatMap { Int(address[address.index(after: $0)...], radix: 16) }
    }

    /// Addresses are words of 32 bits in the machine's order: 127.0.0.1 is `0100007F`.
    private static func isLoopback(_ address: Substring) -> Bool {
        let digits = address.prefix { $0 != ":" }
        if digits.utf8.count == 8 { return digits.hasSuffix("7F") }
        return digits == "00000000000000000000000001000000" || (digits.hasPrefix("0000000000000000FFFF0000") && digits.hasSuffix("7F"))
    }
}

extension Connection {
    /// Who has to be asked for before labels of this request are taken; nil where nobody has, since a token came or nobody is told apart.
    var labelGuard: (@Sendable () async -> Answer?)? {
        guard request.token == nil, let accounts = loop.serving.table.access.labelAccounts, let channel = channel?.channel else {
            return nil
        }
        let (peer, own) = (channel.remoteAddress, channel.localAddress)
        let (loops, eventLoop) = (loop.loops, loop.eventLoop)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return {
            if let uid = await PeerAccount.uid(of: peer, to: own), accounts.allows(uid) { return nil }
            loops.execute(on: eventLoop) { bound.value.loop.serving.refuse(.account) }
            return .error(403, PeerAccount.refusal)
        }
    }
}

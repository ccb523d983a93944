import Engine
import Foundation
import NIOCore
import NIOSSL
import Tabular

/// A certificate with its key, as listeners show it.
struct TLSIdentity: Sendable {
    /// For HTTP/1.1.
    let http: NIOSSLContext
    /// For gRPC, which is HTTP/2.
    let grpc: NIOSSLContext
    /// Whom it names.
    let name: String
    /// When its time is over, UTC milliseconds.
    let expiresAt: Int64

    /// Bytes of the largest file that is taken.
    private static let largestFile = 1 << 20
    /// How long a connection waits for the other side's farewell.
    private static let farewell = TimeAmount.seconds(2)

    /// Reads the files and makes sure that they belong together.
    ///
    /// - Parameter now: UTC milliseconds, to judge its time by; nil: whatever its time.
    init(_ files: TLSFiles, now: Int64?) throws(TLSFailure) {
        let chain = try Self.certificates(files.certificate, wanted: "certificate")
        guard let leaf = chain.first else { throw .content(path: files.certificate, wanted: "certificate") }
        let (from, until) = (Int64(leaf.notValidBefore) * 1_000, Int64(leaf.notValidAfter) * 1_000)
        if let now, now < from || now >= until {
            throw .time(path: files.certificate, from: TimeText.rfc3339(from), until: TimeText.rfc3339(until))
        }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(bytes: try Self.bytes(of: files.key, isSecret: true), format: .pem) } catch let failure
            as TLSFailure
        {
            throw failure
        } catch { throw .content(path: files.key, wanted: "private key without a passphrase") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = Self.farewell
        if let authorities = files.clientAuthorities {
            configuration.trustRoots = .certificates(try Self.certificates(authorities, wanted: "certificate of an authority"))
            // A client is known by what signed its certificate; its address proves nothing.
            configuration.certificateVerification = .noHostnameVerification
        }
        http = try Self.context(configuration, "http/1.1", files)
        grpc = try Self.context(configuration, "h2", files)
        name = Self.name(of: leaf)
        expiresAt = until
    }

    private static func context(
        _ configuration: TLSConfiguration, _ protocolName: String, _ files: TLSFiles
    ) throws(TLSFailure) -> NIOSSLContext {
        var configuration = configuration
        configuration.applicationProtocols = [protocolName]
        do { return try NIOSSLContext(configuration: configuration) } catch {
            let words = "\(error)"
            // Both have been read by themselves: what is wrong with the key is that it is another's.
            if words.contains("failedToLoadPrivateKey") || words.contains("MISMATCH") {
                throw .mismatch(certificate: files.certificate, key: files.key)
            }
            throw .refused(path: files.certificate, reason: words)
        }
    }

    private static func certificates(_ path: String, wanted: String) throws(TLSFailure) -> [NIOSSLCertificate] {
        let bytes = try bytes(of: path, isSecret: false)
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else { throw .content(path: path, wanted: wanted) }
        return found
    }

    private static func bytes(of path: String, isSecret: Bool) throws(TLSFailure) -> [UInt8] {
        // A pipe or a device would keep whoever opens it waiting.
        let facts = TLSFacts(path)
        guard facts.exists else { throw .unreadable(path: path, reason: "no such file") }
        guard facts.isFile else { throw .unreadable(path: path, reason: "no file") }
        guard !isSecret || facts.permissions & 0o007 == 0 else { throw .exposed(path: path) }
        guard facts.size <= largestFile, let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(path: path, reason: "not read, or larger than \(largestFile) bytes")
        }
        return Array(data)
    }

    /// The common name, else the first alternative one.
    private static func name(of certificate: NIOSSLCertificate) -> String {
        let words = "\(certificate)"
        for key in ["common_name=", "alternative_names="] {
            guard let start = words.range(of: key)?.upperBound else { continue }
            let value = words[start...].prefix { $0 != ";" && $0 != ">" }
            if !value.isEmpty { return SafeText.escape(String(value.prefix(200))) }
        }
        return "without a name"
    }

    /// Whom a client's certificate names, for the log.
    static func peer(_ certificate: NIOSSLCertificate) -> String { name(of: certificate) }
}

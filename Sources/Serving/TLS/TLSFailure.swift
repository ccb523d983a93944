import Tabular

/// Why the files of a certificate cannot be used.
public enum TLSFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file cannot be read, or is none.
    case unreadable(path: String, reason: String)
    /// The key's file is open to every account of the machine.
    case exposed(path: String)
    /// What is in a file is not what it should be.
    case content(path: String, wanted: String)
    /// The key is another certificate's.
    case mismatch(certificate: String, key: String)
    /// Its time is over, or has not come; as RFC 3339.
    case time(path: String, from: String, until: String)
    /// The library does not take them.
    case refused(path: String, reason: String)

    /// What, where, what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "TLS: \(reason): \(SafeText.escape(path)): check the name and who may read it"
        case .exposed(let path): "TLS: every account can read the private key: \(SafeText.escape(path)): chmod 600 it"
        case .content(let path, let wanted): "TLS: no \(wanted): \(SafeText.escape(path)): write it as PEM"
        case .mismatch(let certificate, let key):
            "TLS: the key is not this certificate's: \(SafeText.escape(key)), \(SafeText.escape(certificate)): name the two that belong together"
        case .time(let path, let from, let until):
            "TLS: the certificate is good from \(from) to \(until) only: \(SafeText.escape(path)): renew it"
        case .refused(let path, let reason): "TLS: \(SafeText.escape(reason)): \(SafeText.escape(path)): make the pair anew"
        }
    }
}

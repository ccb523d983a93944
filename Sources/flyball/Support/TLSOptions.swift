import ArgumentParser
import Engine
import Foundation
import Workload

/// What a client of a server with TLS says of itself, and whom it trusts.
struct TLSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The authorities that are trusted, PEM; else the system's.", valueName: "file"), completion: .file())
    var ca: String?
    @Option(help: ArgumentHelp("A certificate to show, PEM.", valueName: "file"), completion: .file()) var cert: String?
    @Option(help: ArgumentHelp("Its private key, PEM.", valueName: "file"), completion: .file()) var key: String?

    func validate() throws {
        if (cert == nil) != (key == nil) { throw ValidationError("--cert and --key go together") }
    }

    /// The endpoint with these files, which are looked at.
    ///
    /// - Parameter pinned: the certificate's own file, where the server is one of this machine's.
    func applied(to endpoint: Endpoint, pinned: String?) throws -> Endpoint {
        guard endpoint.tls != nil else {
            guard ca == nil, cert == nil else { throw CommandFailure.usage("--ca and --cert are for an address that begins with https://") }
            return endpoint
        }
        var endpoint = endpoint
        let tls = ClientTLS(authorities: ca, pinned: ca == nil ? pinned : nil, certificate: cert, key: key)
        try tls.check()
        endpoint.tls = tls
        return endpoint
    }

    /// The file of the certificate that a workspace's listeners show; nil where it cannot be read.
    static func certificate(of workspace: String) -> String? {
        guard let text = try? String(contentsOfFile: workspace + "/flyball.toml", encoding: .utf8),
            let files = try? WorkspaceConfiguration.parse(text).serving.tls?.inside(workspace),
            FileManager.default.isReadableFile(atPath: files.certificate)
        else { return nil }
        return files.certificate
    }
}

import Engine
import Foundation

/// Authorities, certificates and keys in a directory of their own, made by openssl for the test.
final class TestCertificates: Sendable {
    let directory: String

    /// Makes `ca`, and by it `server`, `next` (both for localhost) and `client`; `old`, whose time is over; and `other`, an authority that nobody trusts, with
    /// `stranger` by it.
    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/flyball-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let result = try Command.run("/bin/bash", ["-ec", Self.script], in: directory)
        guard result.status == 0 else { throw Failure(text: result.errors) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    struct Failure: Error { var text: String }

    func path(_ name: String) -> String { directory + "/" + name }

    /// A pair, under the names that a listener reads.
    func files(_ name: String = "server", key: String? = nil, clients: String? = nil) -> TLSFiles {
        TLSFiles(
            certificate: path(name + ".pem"), key: path((key ?? name) + ".key"), clientAuthorities: clients.map { path($0 + ".pem") })
    }

    /// A pair that the test may write over.
    func copied(_ name: String = "server") throws -> TLSFiles {
        let files = TLSFiles(certificate: path("shown.pem"), key: path("shown.key"))
        try put(name, over: files)
        return files
    }

    /// Puts a pair in the place of another, the key first, as a person would.
    func put(_ name: String, key: String? = nil, over files: TLSFiles) throws {
        for (from, to) in [(path((key ?? name) + ".key"), files.key), (path(name + ".pem"), files.certificate)] {
            let data = try Data(contentsOf: URL(filePath: from))
            let aside = to + ".new"
            try data.write(to: URL(filePath: aside))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: aside)
            guard rename(aside, to) == 0 else { throw Failure(text: "rename") }
        }
    }

    private static let script = """
        authority() {
          openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $1.key -days 30 -subj "/CN=$2" -out $1.pem
        }
        request() {
          openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $1.key -subj "/CN=$2" -out $1.csr
        }
        sign() {
          openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 30 -extfile names -out $1.pem
        }
        exec >/dev/null
        echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names
        authority ca 'Test authority'
        authority other 'Nobody in particular'
        for name in server next old; do request $name localhost; done
        request client 'night shift'
        request stranger 'somebody else'
        for name in server next client; do sign $name ca; done
        sign stranger other
        mkdir -p issued && : > index.txt && echo 01 > serial
        cat > ca.conf <<END
        [ca]
        default_ca = a
        [a]
        new_certs_dir = issued
        database = index.txt
        serial = serial
        default_md = sha256
        policy = p
        [p]
        commonName = supplied
        END
        openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -startdate 20200101000000Z -enddate 20210101000000Z \
          -extfile names -in old.csr -out old.pem -notext
        """
}

/// Programs that tests run.
enum Command {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a program to its end, on this thread.
    static func run(_ program: String, _ arguments: [String], in directory: String? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
            errors: String(decoding: complained, as: UTF8.self))
    }

    /// curl's exit status and what it printed: the body, and behind it the status of the answer.
    static func curl(_ arguments: String...) throws -> Result {
        try run("/usr/bin/curl", ["--silent", "--show-error", "--max-time", "30", "--write-out", " %{http_code}"] + arguments)
    }
}

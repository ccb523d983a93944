import Foundation

/// Keeps the log within its limit: a full file is put aside under the next number, the oldest one goes.
struct LogRotation {
    /// Former files that are kept: `engine.log.1` is the newest.
    static let kept = 3
    /// Bytes written between two looks at the file, at most.
    private static let unlooked: Int64 = 64 << 10

    let path: String
    /// Size at which a file is put aside: all of them together come to the limit.
    let piece: Int64
    private var written: Int64

    /// - Parameter limit: bytes of all files together.
    init(path: String, limit: Int64) {
        self.path = path
        piece = max(1, limit / Int64(Self.kept + 1))
        // The first line looks: the file may be large already.
        written = Self.unlooked
    }

    /// Whether the file behind a descriptor is full, asked after so many bytes more.
    mutating func isDue(_ descriptor: Int32, after bytes: Int) -> Bool {
        written += Int64(bytes)
        guard written >= min(Self.unlooked, piece / 8) else { return false }
        written = 0
        var status = stat()
        return fstat(descriptor, &status) == 0 && Int64(status.st_size) >= piece
    }

    /// Puts a log file aside, and each former one under the next number.
    static func shift(_ path: String) {
        for number in stride(from: kept - 1, through: 1, by: -1) { rename("\(path).\(number)", "\(path).\(number + 1)") }
        rename(path, path + ".1")
    }
}

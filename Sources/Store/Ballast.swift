import Foundation

/// Eight megabytes that are kept so that they can be given up: on a full disk they make room for a roll back, a pause or a freeze.
struct Ballast: Sendable {
    /// Its size, bytes.
    static let size: Int64 = 8 << 20
    let path: String

    init(directory: String) { path = directory + "/ballast" }

    /// Makes it, if it is missing and the disk has at least twice its size free. Returns whether it is there.
    @discardableResult func keep() -> Bool {
        var status = stat()
        if stat(path, &status) == 0, Int64(status.st_size) == Self.size { return true }
        var disk = statvfs()
        guard statvfs((path as NSString).deletingLastPathComponent, &disk) == 0,
            UInt64(disk.f_bavail) &* UInt64(disk.f_frsize) > UInt64(2 * Self.size)
        else { return false }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(Self.size)) == 0 else {
            unlink(path)
            return false
        }
        return true
    }

    /// Gives it up. Returns whether there was anything to give.
    func free() -> Bool { unlink(path) == 0 }
}

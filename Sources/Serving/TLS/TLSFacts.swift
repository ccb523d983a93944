import Foundation

/// What tells a file from the one that stood in its place before; links are followed, since those who renew certificates change links.
struct TLSFacts: Equatable {
    var exists = false
    var isFile = false
    var size = -1
    var permissions = 0
    private var number = 0
    private var changed = Date.distantPast

    init(_ path: String) {
        guard let whole = realpath(path, nil) else { return }
        defer { free(whole) }
        guard let facts = try? FileManager.default.attributesOfItem(atPath: String(cString: whole)) else { return }
        exists = true
        isFile = facts[.type] as? FileAttributeType == .typeRegular
        size = (facts[.size] as? NSNumber)?.intValue ?? -1
        permissions = (facts[.posixPermissions] as? NSNumber)?.intValue ?? 0
        number = (facts[.systemFileNumber] as? NSNumber)?.intValue ?? 0
        changed = facts[.modificationDate] as? Date ?? .distantPast
    }
}

import Tabular

extension Fingerprint {
    /// What is learnt from what: the same for the same rows, settings and seed alone.
    ///
    /// Complexity: O(values).
    static func training(_ rows: LabelledRows, _ settings: [String: String], seed: UInt64) -> UInt64 {
        var print = Fingerprint()
        print.add(seed)
        for name in settings.keys.sorted() {
            print.add(name)
            print.add(settings[name] ?? "")
        }
        for feature in rows.schema.features {
            print.add(feature.name)
            guard feature.kind == .categorical else { continue }
            for text in rows.categories[feature.name].table.names { print.add(text ?? "") }
        }
        print.add(rows.features)
        print.add(rows.targets)
        return print.value
    }

    /// Bytes of a seal.
    static let sealBytes = 8

    /// What tells that no byte has changed on the disk.
    static func seal(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var print = Fingerprint()
        for byte in bytes { print.add(UInt64(byte)) }
        return (0..<sealBytes).map { UInt8(truncatingIfNeeded: print.value >> UInt64(8 * $0)) }
    }

    /// The bytes behind a seal; nil when any has changed.
    static func unsealed(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        let body = bytes.dropLast(sealBytes)
        return bytes.count > sealBytes && seal(body) == Array(bytes.suffix(sealBytes)) ? body : nil
    }
}

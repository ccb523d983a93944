extension TensorDatatype {
    /// The datatype of that name in the scanned bytes.
    ///
    /// No allocation.
    init?(_ name: JSONText, in scanner: JSONScanner) {
        guard name.isPlain, name.length >= 4, name.length <= 6 else { return nil }
        switch scanner.bytes(name).first {
        case 0x46:
            if scanner.equals(name, "FP64") {
                self = .fp64
            } else if scanner.equals(name, "FP32") {
                self = .fp32
            } else if scanner.equals(name, "FP16") {
                self = .fp16
            } else {
                return nil
            }
        case 0x42:
            if scanner.equals(name, "BYTES") { self = .bytes } else if scanner.equals(name, "BOOL") { self = .bool } else { return nil }
        case 0x49:
            if scanner.equals(name, "INT64") {
                self = .int64
            } else if scanner.equals(name, "INT32") {
                self = .int32
            } else {
                self.init(rawValue: scanner.text(name))
            }
        default: self.init(rawValue: scanner.text(name))
        }
    }
}

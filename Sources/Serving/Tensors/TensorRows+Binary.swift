import Tabular

/// Elements as the binary-tensor extension and gRPC's raw contents bring them: little-endian, one behind the other, a text behind its length.
extension TensorRows {
    /// Appends all elements of the tensor that has begun.
    ///
    /// NaN and a text without a letter stand for no value. Complexity: O(bytes); nothing is allocated unless a name is new or a whole number is a name.
    package mutating func append(binary bytes: UnsafeRawBufferPointer) throws(TensorFailure) {
        switch datatype {
        case .bytes: try texts(bytes)
        case .bool:
            try fixed(bytes, UInt8.self) { rows, byte throws(TensorFailure) in
                guard byte <= 1 else { throw .element("a boolean is one byte, 0 or 1") }
                try rows.truth(byte == 1)
            }
        case .fp16:
            try fixed(bytes, UInt16.self) { rows, bits throws(TensorFailure) in
                try rows.real(Double(Float16(bitPattern: UInt16(littleEndian: bits))))
            }
        case .fp32:
            try fixed(bytes, UInt32.self) { rows, bits throws(TensorFailure) in
                try rows.real(Double(Float(bitPattern: UInt32(littleEndian: bits))))
            }
        case .fp64:
            if putPlain(bytes) { return }
            try fixed(bytes, UInt64.self) { rows, bits throws(TensorFailure) in
                try rows.real(Double(bitPattern: UInt64(littleEndian: bits)))
            }
        case .int8: try whole(bytes, Int8.self)
        case .int16: try whole(bytes, Int16.self)
        case .int32: try whole(bytes, Int32.self)
        case .int64: try whole(bytes, Int64.self)
        case .uint8: try whole(bytes, UInt8.self)
        case .uint16: try whole(bytes, UInt16.self)
        case .uint32: try whole(bytes, UInt32.self)
        case .uint64:
            try fixed(bytes, UInt64.self) { rows, bits throws(TensorFailure) in try rows.whole(UInt64(littleEndian: bits)) }
        }
    }

    /// Elements of one size each.
    @inline(__always)
    private mutating func fixed<Element: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ type: Element.Type,
        _ append: (inout TensorRows, Element) throws(TensorFailure) -> Void
    ) throws(TensorFailure) {
        let size = MemoryLayout<Element>.size
        let (wanted, overflow) = elements.multipliedReportingOverflow(by: size)
        guard !overflow, bytes.count == wanted else {
            throw .tensor("\(bytes.count) bytes of binary data, but \(elements) values of \(datatype.rawValue) are \(wanted)")
        }
        var offset = 0
        while offset < wanted {
            try append(&self, bytes.loadUnaligned(fromByteOffset: offset, as: Element.self))
            offset += size
        }
    }

    private mutating func whole<Element: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ type: Element.Type
    ) throws(TensorFailure) {
        try fixed(bytes, type) { rows, value throws(TensorFailure) in
            try rows.whole(Int64(truncatingIfNeeded: Element(littleEndian: value)))
        }
    }

    /// Appends a number in floating point; NaN stands for no value.
    @inline(__always)
    package mutating func real(_ value: Double) throws(TensorFailure) {
        if value.isNaN { return try missing() }
        guard value.isFinite else { throw .element("infinite: send a number, or NaN for an unknown one") }
        try number(value, whole: nil, digits: nil)
    }

    /// Appends a whole number.
    package mutating func whole(_ value: UInt64) throws(TensorFailure) {
        if let small = Int64(exactly: value) { return try whole(small) }
        try spelled(Double(value), whole: nil, digits: String(value))
    }

    /// Appends a whole number.
    package mutating func whole(_ value: Int64) throws(TensorFailure) {
        guard kind == .categorical || value.magnitude > 1 << 53 else {
            return try number(Double(value), whole: value, digits: nil)
        }
        try spelled(Double(value), whole: value, digits: String(value))
    }

    /// A whole number whose digits matter: it is a name, or a double cannot give it back.
    private mutating func spelled(_ value: Double, whole: Int64?, digits: String) throws(TensorFailure) {
        try Array(digits.utf8).withUnsafeBufferPointer { bytes throws(TensorFailure) in
            try number(value, whole: whole, digits: bytes)
        }
    }

    /// Texts, each behind its length of four bytes.
    private mutating func texts(_ bytes: UnsafeRawBufferPointer) throws(TensorFailure) {
        var offset = 0
        while offset < bytes.count {
            guard !isFull else { throw overfull }
            guard bytes.count - offset >= 4 else { throw .element("the binary data ends within the length of a text") }
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            offset += 4
            guard length <= bytes.count - offset else {
                throw .element("the binary data ends within a text of \(length) bytes")
            }
            let text = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]).assumingMemoryBound(to: UInt8.self)
            try outsideText(text)
            offset += length
        }
    }

    /// Appends a text that nobody has looked at yet.
    package mutating func outsideText(_ bytes: UnsafeBufferPointer<UInt8>) throws(TensorFailure) {
        guard Self.isText(bytes) else { throw .element("not UTF-8") }
        try text(bytes)
    }

    private static func isText(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}

import Engine
import Tabular

/// What is known of a tensor so far.
struct TensorHead {
    var name: JSONText?
    var datatype: TensorDatatype?
    /// The datatype's text, when it is none of ours.
    var unknownDatatype: JSONText?
    var rank: Int?
    var rows = 0
    var columns = 1
    /// Where `data` stands, when it came before the rest.
    var dataOffset: Int?
    var hasData = false
    /// Bytes of its binary data, where it comes so.
    var binarySize: Int?

    var isComplete: Bool { name != nil && (datatype != nil || unknownDatatype != nil) && rank != nil }
}

extension InferenceDecoder {
    /// Reads one tensor object.
    mutating func tensor() throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
        let start = scanner.position
        var first = true
        var others = OtherKeys()
        var hasParameters = false
        var head: TensorHead
        if let known = templates.match(tensors, &scanner) {
            head = known
            head.hasData = true
            first = false
            try data(head)
        } else {
            head = TensorHead()
        }
        while let key = try nextKey(&first) {
            if scanner.equals(key, "data") {
                guard !head.hasData else { throw duplicate(key) }
                head.hasData = true
                if head.isComplete {
                    if others.isEmpty, !hasParameters { templates.learn(tensors, head, from: start, scanner) }
                    try data(head)
                } else {
                    _ = scanner.peek()
                    head.dataOffset = scanner.position
                    try skip()
                }
            } else if scanner.equals(key, "name") {
                guard head.name == nil else { throw duplicate(key) }
                head.name = try string()
            } else if scanner.equals(key, "shape") {
                guard head.rank == nil else { throw duplicate(key) }
                try shape(&head)
            } else if scanner.equals(key, "datatype") {
                guard head.datatype == nil, head.unknownDatatype == nil else { throw duplicate(key) }
                let text = try string()
                head.datatype = TensorDatatype(text, in: scanner)
                if head.datatype == nil { head.unknownDatatype = text }
            } else if scanner.equals(key, "parameters") {
                guard !hasParameters else { throw duplicate(key) }
                hasParameters = true
                try parameters(of: &head)
            } else {
                try others.note(key, in: scanner)
                try skip()
            }
        }
        try finish(head)
    }

    /// Reads data that came before name, shape or datatype; says what is missing.
    private mutating func finish(_ head: TensorHead) throws(InferenceFailure) {
        guard head.name != nil else { throw failure(head, "name: missing: give the feature's name") }
        guard head.datatype != nil || head.unknownDatatype != nil else {
            throw failure(head, "datatype: missing: FP64, INT64, BOOL or BYTES")
        }
        guard head.rank != nil else { throw failure(head, "shape: missing: [n] or [n,1]") }
        if let size = head.binarySize { return try binaryData(head, size) }
        guard head.hasData else {
            throw failure(head, "data: missing: send it, or binary_data_size in parameters and the data behind the JSON")
        }
        guard let offset = head.dataOffset else { return }
        let end = scanner.position
        scanner.move(to: offset)
        try data(head)
        scanner.move(to: end)
    }

    /// The tensor's parameters: how many bytes of binary data are its own.
    private mutating func parameters(of head: inout TensorHead) throws(InferenceFailure) {
        var size: Int?
        let place = head
        try parameters { decoder, key throws(InferenceFailure) in
            if decoder.scanner.equals(key, "binary_data_size") {
                let number: JSONNumber
                do throws(JSONFailure) { number = try decoder.scanner.number() } catch { throw .json(error) }
                guard let found = number.integer.flatMap({ Int(exactly: $0) }), found >= 0 else {
                    throw decoder.failure(place, "binary_data_size: a whole number of bytes is wanted")
                }
                size = found
                return true
            }
            guard !decoder.scanner.equals(key, "shared_memory_region") else {
                throw decoder.failure(place, "shared memory is not taken: send the data in the request")
            }
            return false
        }
        head.binarySize = size
    }

    /// Reads the next bytes behind the JSON.
    private mutating func binaryData(_ head: TensorHead, _ size: Int) throws(InferenceFailure) {
        guard !head.hasData else { throw failure(head, "it has data and a binary_data_size: send one of them") }
        guard size <= binary.count - binaryOffset else {
            throw failure(
                head,
                "binary_data_size: \(size) bytes, but \(binary.count - binaryOffset) are left behind the JSON (its length is told by the header "
                    + "Inference-Header-Content-Length)")
        }
        let bytes = UnsafeRawBufferPointer(rebasing: binary[binaryOffset..<binaryOffset + size])
        _ = try begin(head)
        do throws(TensorFailure) { try rows.append(binary: bytes) } catch { throw located(error, head) }
        binaryOffset += size
        do throws(TensorFailure) { try rows.end() } catch { throw located(error, head) }
    }

    private mutating func string() throws(InferenceFailure) -> JSONText {
        do throws(JSONFailure) { return try scanner.string() } catch { throw .json(error) }
    }

    private mutating func shape(_ head: inout TensorHead) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        var rank = 0
        while try nextElement(&first) {
            let number: JSONNumber
            do throws(JSONFailure) { number = try scanner.number() } catch { throw .json(error) }
            guard let dimension = number.integer, dimension >= 0, dimension <= Int64(Int32.max) else {
                throw failure(head, "shape[\(rank)]: a whole number from 0 to \(Int32.max) is wanted")
            }
            guard rank < 2 else { throw failure(head, "shape: more than 2 dimensions: send [n] or [n,1]") }
            if rank == 0 { head.rows = Int(dimension) } else { head.columns = Int(dimension) }
            rank += 1
        }
        guard rank > 0 else { throw failure(head, "shape: empty: send [n] or [n,1]") }
        head.rank = rank
    }

    // MARK: Data

    private mutating func data(_ head: TensorHead) throws(InferenceFailure) {
        let datatype = try begin(head)
        try elements(head, datatype: datatype)
        do throws(TensorFailure) { try rows.end() } catch { throw located(error, head) }
    }

    /// Begins the tensor of a complete head.
    private mutating func begin(_ head: TensorHead) throws(InferenceFailure) -> TensorDatatype {
        guard let name = head.name else { throw failure(head, "name: missing: give the feature's name") }
        guard let datatype = head.datatype else {
            let given = head.unknownDatatype.map { scanner.text($0) } ?? ""
            throw failure(
                head,
                "datatype \"\(InferenceFailure.short(given))\" is unknown: one of \(TensorDatatype.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        let shape = TensorShape(datatype: datatype, rank: head.rank ?? 1, rows: head.rows, columns: head.columns)
        do throws(TensorFailure) { try begin(name, shape) } catch { throw located(error, head) }
        return datatype
    }

    private mutating func begin(_ name: JSONText, _ shape: TensorShape) throws(TensorFailure) {
        if name.isPlain { return try rows.begin(scanner.bytes(name), shape) }
        let text = Array(scanner.text(name).utf8)
        try text.withUnsafeBufferPointer { bytes throws(TensorFailure) in try rows.begin(bytes, shape) }
    }

    /// Walks over `data`, flat or nested as the shape says.
    private mutating func elements(_ head: TensorHead, datatype: TensorDatatype) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        let isNested = head.rank == 2 && scanner.peek() == 0x5B
        var first = true
        var row = 0
        while try nextElement(&first) {
            guard !rows.isFull else { throw located(rows.overfull, head) }
            if isNested {
                try nestedRow(head, row: row, datatype: datatype)
                row += 1
            } else {
                try element(head, datatype: datatype)
            }
        }
    }

    private mutating func nestedRow(_ head: TensorHead, row: Int, datatype: TensorDatatype) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        var column = 0
        while try nextElement(&first) {
            guard column < head.columns else { throw failure(head, "data[\(row)]: more than \(head.columns) values") }
            try element(head, datatype: datatype)
            column += 1
        }
        guard column == head.columns else { throw failure(head, "data[\(row)]: \(column) values, but the shape says \(head.columns)") }
    }

    // MARK: Failures

    func failure(_ head: TensorHead, _ problem: String) -> InferenceFailure {
        .tensor(index: tensors, name: head.name.map { scanner.text($0) } ?? "", problem: problem)
    }

    /// A failure with its place in the request: the tensor, and the byte for an element.
    func located(_ failure: TensorFailure, _ head: TensorHead?, offset: Int? = nil) -> InferenceFailure {
        let name = head.flatMap { $0.name.map { scanner.text($0) } } ?? ""
        switch failure {
        case .request(let text): return .request(text)
        case .tensor(let problem): return .tensor(index: tensors, name: name, problem: problem)
        case .element(let problem): return .value(index: tensors, name: name, element: rows.index, problem: problem, offset: offset)
        case .tooManyRows(let rows, let limit): return .tooManyRows(rows, limit: limit)
        }
    }
}

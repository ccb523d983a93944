import Foundation
package import NIOCore

/// Reads requests from the bytes of a connection (RFC 9112): heads, bodies with a length or in chunks, trailers.
///
/// A state machine that does nothing by itself: whoever calls asks for the next step until it says that more bytes are needed. What has been looked at is not
/// looked at again, however slowly the bytes come, and nothing is kept but the bytes of an unfinished head.
package struct RequestReader: Sendable {
    /// What the bytes are.
    package enum Step {
        /// They end within a request, or there are none.
        case more
        /// A whole head, whose facts are in `facts`, and its bytes, which their places count in.
        case head(ByteBuffer)
        /// A piece of the body.
        case body(ByteBuffer)
        /// The request is complete.
        case end
        /// They are no request: nothing behind them can be read.
        case failed(HeadFailure)
    }

    private enum Stage: Equatable {
        case head
        /// So many bytes of the body are to come.
        case body(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        case failed
    }

    /// Bytes of a chunk's line: its size and whatever extensions it has, which mean nothing to us.
    static let longestChunkLine = 256
    /// Hexadecimal digits of a chunk's size.
    static let chunkDigits = 15

    /// Of the head that was read last.
    package private(set) var facts = HeadFacts()
    private var stage = Stage.head
    private let limit: Int
    /// Where the next line of the head or of the trailers begins, counted from the first unread byte.
    private var lineStart = 0
    /// Up to where its end has been looked for.
    private var searched = 0
    /// Whether the head has its first line.
    private var hasLine = false
    /// Whether an empty line has been passed over.
    private var hasSkipped = false

    /// - Parameter maximumHeadBytes: of a head, and of the trailers.
    package init(maximumHeadBytes: Int) { limit = maximumHeadBytes }

    /// Whether a request has begun and has not ended.
    package var isWithin: Bool { stage != .head }

    /// The next step.
    package mutating func next(_ input: inout ByteBuffer) -> Step {
        do throws(HeadFailure) {
            while true {
                switch stage {
                case .head: return try head(&input)
                case .failed: return .more
                case .body(0): return finish()
                case .body(let left):
                    guard let piece = take(left, &input) else { return .more }
                    stage = .body(left - piece.readableBytes)
                    return .body(piece)
                case .chunkSize: guard try chunkSize(&input) else { return .more }
                case .chunk(let left):
                    guard let piece = take(left, &input) else { return .more }
                    stage = left > piece.readableBytes ? .chunk(left - piece.readableBytes) : .chunkEnd
                    return .body(piece)
                case .chunkEnd: guard try chunkEnd(&input) else { return .more }
                case .trailers: return try trailers(&input) ? finish() : .more
                }
            }
        } catch {
            stage = .failed
            return .failed(error)
        }
    }

    private mutating func finish() -> Step {
        stage = .head
        return .end
    }

    private func take(_ most: Int, _ input: inout ByteBuffer) -> ByteBuffer? {
        let count = min(most, input.readableBytes)
        return count > 0 ? input.readSlice(length: count) : nil
    }

    // MARK: Lines

    /// The next line without its end; nil where it is not whole yet.
    private mutating func line(_ bytes: UnsafeRawBufferPointer) throws(HeadFailure) -> HeadPiece? {
        let from = max(searched, lineStart)
        guard from < bytes.count, let first = bytes.baseAddress, let found = memchr(first + from, 0x0A, bytes.count - from) else {
            searched = bytes.count
            return nil
        }
        let end = UnsafeRawPointer(found) - first
        guard end > lineStart, bytes[end - 1] == 0x0D else { throw .malformed("a line that does not end with CR LF") }
        let line = HeadPiece(start: lineStart, end: end - 1)
        lineStart = end + 1
        return line
    }

    private mutating func head(_ input: inout ByteBuffer) throws(HeadFailure) -> Step {
        if lineStart == 0, searched == 0 {
            facts = HeadFacts()
            hasLine = false
        }
        let isWhole = try input.withUnsafeReadableBytes { bytes throws(HeadFailure) in try lines(bytes) }
        guard lineStart <= limit, isWhole || input.readableBytes <= limit else { throw .headTooLong(limit) }
        guard isWhole, let bytes = input.readSlice(length: lineStart) else { return .more }
        lineStart = 0
        searched = 0
        hasSkipped = false
        try facts.framing.check(isModern: facts.line.isModern)
        stage = facts.framing.isChunked ? .chunkSize : .body(facts.framing.contentLength ?? 0)
        return .head(bytes)
    }

    /// Reads whole lines; true at the end of the head.
    private mutating func lines(_ bytes: UnsafeRawBufferPointer) throws(HeadFailure) -> Bool {
        // Other protocols, TLS before all, are told from the first byte on.
        guard bytes.isEmpty || Self.canBegin(bytes[0]) else { throw .malformed("bytes that are no request") }
        while let line = try line(bytes) {
            if hasLine {
                if line.isEmpty { return true }
                try facts.take(bytes, line)
            } else if line.isEmpty {
                // An empty line before a request is passed over, one (RFC 9112, 2.2): old clients sent it behind a body.
                guard !hasSkipped else { throw .malformed("no request line") }
                hasSkipped = true
            } else {
                facts.line = try RequestLine(bytes, line)
                hasLine = true
            }
        }
        return false
    }

    private static func canBegin(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A || byte == 0x0D }

    // MARK: Chunks

    /// Reads the line before a chunk; false where it is not whole yet.
    private mutating func chunkSize(_ input: inout ByteBuffer) throws(HeadFailure) -> Bool {
        let size = try input.withUnsafeReadableBytes { bytes throws(HeadFailure) -> Int? in
            guard let line = try line(bytes) else {
                guard bytes.count <= Self.longestChunkLine else { throw .malformed("the size of a chunk: too long a line") }
                return nil
            }
            guard line.count <= Self.longestChunkLine else { throw .malformed("the size of a chunk: too long a line") }
            return try Self.size(bytes, line)
        }
        guard let size else { return false }
        input.moveReaderIndex(forwardBy: lineStart)
        lineStart = 0
        searched = 0
        stage = size > 0 ? .chunk(size) : .trailers
        return true
    }

    private static func size(_ bytes: UnsafeRawBufferPointer, _ line: HeadPiece) throws(HeadFailure) -> Int {
        var size = 0
        var place = line.start
        while place < line.end, let found = digit(bytes[place]) {
            guard place - line.start < chunkDigits else { throw .malformed("the size of a chunk: too many digits") }
            size = size << 4 | found
            place += 1
        }
        guard place > line.start else { throw .malformed("the size of a chunk: hexadecimal digits are wanted") }
        // Extensions say nothing to us, but they may not hide anything either.
        guard place == line.end || bytes[place] == 0x3B, HeadField.isValue(bytes, place, line.end) else {
            throw .malformed("the size of a chunk: hexadecimal digits are wanted")
        }
        return size
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }

    private mutating func chunkEnd(_ input: inout ByteBuffer) throws(HeadFailure) -> Bool {
        guard let first = input.getInteger(at: input.readerIndex, as: UInt8.self) else { return false }
        guard first == 0x0D else { throw .malformed("a chunk that is longer than its size says") }
        guard input.readableBytes >= 2 else { return false }
        guard input.getInteger(at: input.readerIndex + 1, as: UInt8.self) == 0x0A else {
            throw .malformed("a chunk that is longer than its size says")
        }
        input.moveReaderIndex(forwardBy: 2)
        stage = .chunkSize
        return true
    }

    /// Reads trailers, of which none means anything to us; false where they are not whole yet.
    private mutating func trailers(_ input: inout ByteBuffer) throws(HeadFailure) -> Bool {
        let isWhole = try input.withUnsafeReadableBytes { bytes throws(HeadFailure) in
            while let line = try line(bytes) {
                if line.isEmpty { return true }
                _ = try HeadField.split(bytes, line)
            }
            return false
        }
        guard lineStart <= limit, isWhole || input.readableBytes <= limit else { throw .trailersTooLong(limit) }
        guard isWhole else { return false }
        input.moveReaderIndex(forwardBy: lineStart)
        lineStart = 0
        searched = 0
        return true
    }
}

import Control
import Testing

@Suite("Frames")
struct FrameTests {
    @Test("frames come out as they went in, however the stream is cut", arguments: 1...17)
    func roundTrip(piece: Int) throws {
        var random = SplitMix(state: UInt64(piece))
        let frames = FrameKind.allCases.map { kind in
            Frame(kind: kind, payload: (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        let stream = frames.flatMap(\.bytes)
        var parser = FrameParser(limit: 1_024)
        var found: [Frame] = []
        var position = 0
        while position < stream.count {
            parser.append(stream[position..<min(position + piece, stream.count)])
            position += piece
            while let frame = try parser.next() { found.append(frame) }
        }
        #expect(found == frames)
    }

    @Test("a frame is its length with the kind, big-endian, then the kind, then the payload")
    func layout() {
        #expect(Frame(kind: .input, payload: [0xAA, 0xBB]).bytes == [0, 0, 0, 3, 7, 0xAA, 0xBB])
        #expect(Frame(kind: .drawn, payload: []).bytes == [0, 0, 0, 1, 9])
        #expect(Frame(kind: .call, payload: [UInt8](repeating: 1, count: 0x01_02_03)).bytes.prefix(5) == [0, 1, 2, 4, 4])
    }

    @Test(
        "what is no frame is a typed failure",
        arguments: [[0, 0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 4, 2], [0, 0, 0, 1, 0], [0, 0, 0, 1, 11]])
    func refused(bytes: [UInt8]) {
        var parser = FrameParser(limit: 1_024)
        parser.append(bytes)
        #expect(throws: ControlFailure.self) { try parser.next() }
    }

    @Test("a length is judged before its bytes have come, so that nothing is held for it")
    func early() {
        var parser = FrameParser(limit: 1_024)
        parser.append([0, 0, 4, 1])
        #expect(throws: ControlFailure.badFrame("a length of 1025 bytes")) { try parser.next() }
    }

    @Test("random bytes end in a failure, or wait for more; they never trap")
    func fuzz() {
        var random = SplitMix(state: 42)
        for _ in 0..<20_000 {
            var parser = FrameParser(limit: 4_096)
            var bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Half of them begin as a frame would.
            if Bool.random(using: &random) { bytes = [0, 0, 0, UInt8.random(in: 0...8, using: &random)] + bytes }
            for byte in bytes {
                parser.append([byte])
                do throws(ControlFailure) {
                    while let frame = try parser.next() { #expect(frame.payload.count < 4_096) }
                } catch {
                    guard case .badFrame = error else {
                        Issue.record("\(error)")
                        break
                    }
                    break
                }
            }
        }
    }
}

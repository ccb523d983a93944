import CPress

/// Unpacks a bzip2, xz or zstd file of one or more members, and refuses one that swells beyond reason or wants too much memory.
final class PressInflater: ByteStream {
    private static let inputSize = 128 << 10

    let file: ReadableFile
    private let packing: Packing
    private let input: UnsafeMutablePointer<UInt8>
    private var press: UnsafeMutableRawPointer?
    private var position = 0
    private var filled = 0
    private var produced: Int64 = 0
    private var memberEnded = false
    private var inputEnded = false

    init(file: ReadableFile, packing: Packing) {
        self.file = file
        self.packing = packing
        input = .allocate(capacity: Self.inputSize)
        press = Self.opened(packing)
    }

    deinit {
        flyball_press_close(press)
        input.deallocate()
    }

    private static func opened(_ packing: Packing) -> UnsafeMutableRawPointer? {
        switch packing {
        case .bzip2: flyball_press_open(Int32(flyball_press_bzip2))
        case .xz: flyball_press_open(Int32(flyball_press_xz))
        case .zstd: flyball_press_open(Int32(flyball_press_zstd))
        case .gzip: nil
        }
    }

    func restart() throws(TabularFailure) {
        try file.rewind()
        flyball_press_close(press)
        press = Self.opened(packing)
        (position, filled, produced) = (0, 0, 0)
        memberEnded = false
        inputEnded = false
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        guard let press else { throw failure("its library could not start") }
        while true {
            if position == filled, !inputEnded { try refill() }
            let rest = filled - position
            let step = flyball_press_run(
                press, input + position, rest, buffer.baseAddress, min(buffer.count, 1 << 30), inputEnded ? 1 : 0)
            position += step.used
            switch Int(step.state) {
            case flyball_press_damaged: throw failure("the \(packing.name) data is damaged")
            case flyball_press_too_large:
                throw .unreadable(
                    path: file.path, reason: "the \(packing.name) data wants more memory to be unpacked than a file may ask for",
                    remedy: "unpack it yourself, or pack it with a smaller window")
            case flyball_press_ends: memberEnded = true
            default: if step.used > 0 || step.made > 0 { memberEnded = false }
            }
            if step.made > 0 {
                produced += Int64(step.made)
                try Swelling.check(produced, of: file, packing)
                return step.made
            }
            if inputEnded, position == filled {
                guard memberEnded else { throw failure("the \(packing.name) data ends too early") }
                return 0
            }
            if rest > 0, step.used == 0 { throw failure("the \(packing.name) data is damaged") }
        }
    }

    private func refill() throws(TabularFailure) {
        filled = try file.read(into: UnsafeMutableRawBufferPointer(start: input, count: Self.inputSize))
        position = 0
        inputEnded = filled == 0
    }

    private func failure(_ reason: String) -> TabularFailure {
        .unreadable(path: file.path, reason: reason, remedy: "copy the file again; check it with \(packing.name) -t")
    }
}

import Foundation

// libFuzzer has the `main`: `flyball-fuzz TARGET [CORPUS] [-max_total_time=60 …]`; without arguments the targets are listed.
//
// Bytes that guide the search are those that reach new code. A trap, a hang beyond `-timeout` or memory beyond `-rss_limit_mb` ends the run with
// a status other than 0 and leaves the input in a file.

/// What reads the inputs; set once, before the first.
nonisolated(unsafe) private var body: (UnsafeBufferPointer<UInt8>) -> Void = { _ in }

/// Called before libFuzzer reads its arguments: takes the target's name out of them, and puts sound inputs into the corpus.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    let arguments = (0..<Int(count.pointee)).map { words.pointee[$0].map { String(cString: $0) } ?? "" }
    guard arguments.count > 1, let target = FuzzTarget.all.first(where: { $0.name == arguments[1] }) else {
        print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
        exit(arguments.count > 1 ? 2 : 0)
    }
    if arguments.count > 2, !arguments[2].hasPrefix("-") { plant(target.seeds(), in: arguments[2]) }
    for index in 1..<arguments.count { words.pointee[index] = words.pointee[index + 1] }
    count.pointee -= 1
    body = target.prepare()
    return 0
}

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    body(UnsafeBufferPointer(start: data, count: size))
    return 0
}

/// Puts sound inputs into the corpus, from which others are bred.
private func plant(_ seeds: [[UInt8]], in directory: String) {
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for (index, seed) in seeds.enumerated() {
        _ = FileManager.default.createFile(atPath: "\(directory)/seed-\(index)", contents: Data(seed))
    }
}

/// One reader of outside bytes or stored records.
struct FuzzTarget: Sendable {
    let name: String
    /// Sound inputs.
    let seeds: @Sendable () -> [[UInt8]]
    /// Makes ready whatever the reader needs, and gives what reads an input; that must return, whatever the bytes.
    let prepare: @Sendable () -> (UnsafeBufferPointer<UInt8>) -> Void

    static let all = tabular + files + serving + stored + texts + interchange

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}

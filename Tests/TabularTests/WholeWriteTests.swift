import Foundation
import Tabular
import Testing

@Suite("Writing whole")
struct WholeWriteTests {
    private static func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flyball-whole-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test("bytes go to a file whole, at any place, and a second time in place of the first")
    func whole() throws {
        try Self.inFolder { folder throws in
            let path = folder + "/file"
            #expect(WholeWrite.replace(path, with: [1, 2, 3, 4]))
            #expect(WholeWrite.write([9, 8], toFile: path))
            #expect(FileManager.default.contents(atPath: path) == Data([9, 8]))
            let descriptor = open(path, O_RDWR)
            #expect(WholeWrite.write([7, 7], to: descriptor, at: 1))
            close(descriptor)
            #expect(FileManager.default.contents(atPath: path) == Data([9, 7, 7]))
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names == ["file"])
        }
    }

    @Test("a pipe takes its bytes a part at a time, and gets all of them in order")
    func parts() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let thread = Thread {
            _ = WholeWrite.write(bytes, to: writer)
            close(writer)
        }
        thread.start()
        var found: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(reader, &buffer, buffer.count)
            guard count > 0 else { break }
            found += buffer[..<count]
        }
        close(reader)
        #expect(found == bytes)
    }

    @Test("what cannot be written says so, and leaves the former file as it was")
    func refused() throws {
        try Self.inFolder { folder in
            #expect(!WholeWrite.replace(folder + "/none/file", with: [1]))
            #expect(errno == ENOENT)
            #expect(!WholeWrite.write([1], to: -1))
            if access("/dev/full", W_OK) == 0 {
                #expect(!WholeWrite.write([1], toFile: "/dev/full"))
                #expect(errno == ENOSPC)
            }
        }
    }
}

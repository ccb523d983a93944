/// How much memory the pages of all columns of a file take together.
final class PageMemory {
    /// Half of what the smallest machines have that data of this kind is read on.
    static let limit = 1 << 30

    fileprivate var used = 0
}

/// The bytes of one page.
final class PageBuffer {
    private let memory: PageMemory
    private var storage = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private var count = 0

    init(_ memory: PageMemory) { self.memory = memory }

    deinit {
        storage.deallocate()
        memory.used -= storage.count
    }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: storage[..<count]) }

    /// Room for so many bytes, which `bytes` are from now on; what was in it is lost.
    func room(_ count: Int) throws(Damage) -> UnsafeMutableBufferPointer<UInt8> {
        if storage.count < count {
            guard memory.used - storage.count + count <= PageMemory.limit else {
                throw Damage(
                    what: "the pages of its columns want more than 1 GiB of memory at once",
                    remedy: "write the file with smaller row groups or pages")
            }
            memory.used += count - storage.count
            storage.deallocate()
            storage = .allocate(capacity: count)
        }
        self.count = count
        return UnsafeMutableBufferPointer(rebasing: storage[..<count])
    }
}

/// Room for the bytes of one value, and of one packed page, shared by all columns of a file.
final class Scratch {
    private var room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4_096)

    deinit { room.deallocate() }

    /// Some bytes at a place that stays, until the next call.
    func kept(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        let place = self.bytes(count: bytes.count)
        _ = place.update(fromContentsOf: bytes)
        return UnsafeBufferPointer(place)
    }

    /// Room for so many bytes, until the next call.
    func bytes(count: Int) -> UnsafeMutableBufferPointer<UInt8> {
        if room.count < count {
            room.deallocate()
            room = .allocate(capacity: max(count, 4_096))
        }
        return UnsafeMutableBufferPointer(rebasing: room[..<count])
    }
}

extension ReadableFile {
    /// Fills all of some room from a place of the file.
    @discardableResult
    func fill(_ room: UnsafeMutableBufferPointer<UInt8>, at place: Int64) throws(Damage) -> UnsafeBufferPointer<UInt8> {
        let bytes = UnsafeMutableRawBufferPointer(room)
        var done = 0
        while done < room.count {
            let count: Int
            do throws(TabularFailure) {
                count = try read(at: place + Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]))
            } catch { throw Damage(what: "the disk gives an error", remedy: "check the disk") }
            guard count > 0 else { throw .tooShort }
            done += count
        }
        return UnsafeBufferPointer(room)
    }
}

import Foundation
import Store
import Tabular
import Testing

@Suite("Stores set aside")
struct StoreAsideTests {
    @Test("whichever byte of the first page's head is flipped, the store opens, or is set aside whole and another begun")
    func flips() throws {
        try Scratch.directory { path in
            do {
                let store = try LabelStore(directory: path)
                _ = try store.commit([
                    LabelRecord(deployment: "d", id: Scratch.id(1), value: 1, received: 0, correct: false, isPending: false)
                ])
            }
            let whole = try #require(FileManager.default.contents(atPath: path + "/labels.db"))
            #expect(!FileManager.default.fileExists(atPath: path + "/labels.db-wal"))
            var opened = 0
            for position in 0..<100 {
                let place = path + "/\(position)"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                var bytes = whole
                bytes[position] ^= UInt8.random(in: 1...255)
                try bytes.write(to: URL(filePath: place + "/labels.db"))
                let early = try StoreAside.check("labels", in: place, now: 0)
                let (store, late) = try StoreAside.opening("labels", in: place, now: 0) { () throws(StoreFailure) in
                    let store = try LabelStore(directory: place)
                    try store.checkReadable()
                    return store
                }
                let aside = early ?? late
                if let aside {
                    #expect(FileManager.default.contents(atPath: "\(place)/\(aside.file)") == bytes, "byte \(position)")
                } else {
                    opened += 1
                    #expect(try store.label(of: Scratch.id(1), deployment: "d") == 1, "byte \(position)")
                }
                let outcome = try store.commit([
                    LabelRecord(deployment: "d", id: Scratch.id(2), value: 1, received: 0, correct: false, isPending: false)
                ])
                #expect(outcome == [.accepted], "byte \(position)")
            }
            // Counters and marks of an application say nothing of what the file holds.
            #expect(opened > 20 && opened < 80, "\(opened)")
        }
    }

    @Test("a second one of the same moment has a name of its own, and a full or forbidden place moves nothing")
    func names() throws {
        try Scratch.directory { path in
            for count in 1...2 {
                try Data("no store".utf8).write(to: URL(filePath: path + "/labels.db"))
                let aside = try #require(try StoreAside.check("labels", in: path, now: 0))
                #expect(aside.file == (count == 1 ? "aside/labels-19700101T000000Z.db" : "aside/labels-19700101T000000Z-2.db"))
                #expect(
                    aside.text.contains("labels.db is damaged (the file has 8 bytes, which is no store): it was set aside as store/aside/"))
            }
            #expect(try StoreAside.check("labels", in: path, now: 0) == nil)
            try Data("no store".utf8).write(to: URL(filePath: path + "/labels.db"))
            try FileManager.default.removeItem(atPath: path + "/aside")
            try Data().write(to: URL(filePath: path + "/aside"))
            #expect(throws: StoreFailure.self) { try StoreAside.check("labels", in: path, now: 0) }
            #expect(FileManager.default.contents(atPath: path + "/labels.db") == Data("no store".utf8))
        }
    }
}

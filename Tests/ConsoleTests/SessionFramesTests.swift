import Console
import Engine
import Foundation
import Synchronization
import Testing

@Suite("Frames of a session") struct SessionFramesTests {
    @Test("nothing is drawn when nothing changed") func quiet() {
        let console = SessionDriver()
        console.forgetFrames()
        console.settle()
        #expect(console.frames.isEmpty)
        // The same present again is no change either, but for the clock in the header.
        console.session.publish(SessionDriver.calm)
        #expect(console.take() == nil || console.frames.allSatisfy { $0 < 100 })
    }

    @Test("data is drawn at most four times a second, keys at once") func pace() {
        let console = SessionDriver()
        console.forgetFrames()
        var snapshot = SessionDriver.calm
        for step in 1...100 {
            snapshot.generation += 1
            snapshot.deployments[0].requestsPerSecond += 10
            console.session.publish(snapshot)
            console.take()
            console.clock.advance(10)
            if step == 50 {
                console.session.receive(.key(.character("j")))
                let before = console.frames.count
                console.take()
                #expect(console.frames.count == before + 1, "a key waits for nothing")
            }
        }
        #expect((4...6).contains(console.frames.count), "\(console.frames.count) frames in a second")
    }

    @Test("a flood of keys is drawn at most twenty times a second, and the last one shows") func flood() {
        let console = SessionDriver(SampleSnapshot.large(1_000))
        console.clock.advance(1_000)
        console.forgetFrames()
        for _ in 0..<500 {
            console.session.receive(.key(.character("j")))
            console.take()
            console.clock.advance(10)
        }
        #expect(console.frames.count <= 5 * 20 + 8, "\(console.frames.count) frames in five seconds")
        console.settle()
        console.expect("▸model-00500")
    }

    @Test("a frame that waits wakes its terminal") func waking() async {
        let wakes = Atomic(0)
        var terminal = TerminalFacts()
        terminal.glyphs = .braille
        let session = ConsoleSession(
            opening: ConsoleOpening(width: 80, height: 24, timeZone: "UTC", terminal: terminal), link: ScriptedLink(),
            snapshot: SessionDriver.calm,
            operatorName: "oncall", role: .viewer, wake: { wakes.add(1, ordering: .relaxed) })
        _ = session.nextDelta()
        var next = SessionDriver.calm
        next.generation += 1
        next.deployments[0].requestsPerSecond = 7
        session.publish(next)
        let before = wakes.load(ordering: .relaxed)
        #expect(session.nextDelta() == nil)
        for _ in 0..<400 where wakes.load(ordering: .relaxed) == before { try? await Task.sleep(for: .milliseconds(5)) }
        #expect(wakes.load(ordering: .relaxed) > before)
        session.close()
        #expect(session.ending == .hangup)
    }

    @Test("a minute with running charts costs at most a kilobyte a frame, at every size", arguments: SampleContext.sizes)
    func steady(size: Size) async {
        for place in ["fleet", "deployment flight-delay"] {
            let console = SessionDriver(size: size).command(place)
            await console.load()
            let frames = await console.runMinute()
            let mean = Double(frames.reduce(0, +)) / Double(max(1, frames.count))
            #expect(mean <= 1_024, "\(place) at \(size.width)x\(size.height): \(mean) bytes a frame")
            #expect(frames.count <= 4 * 60 + 4)
        }
    }

    @Test("input, publications and frames from many threads at once end in one consistent screen") func threads() async {
        let console = SessionDriver(SampleSnapshot.large(200))
        let session = console.session
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var random = SplitMix(seed: UInt64(worker))
                    for _ in 0..<150 {
                        switch random.next() % 4 {
                        case 0: session.receive(.key(.character("j")))
                        case 1: session.publish(SampleSnapshot.large(200))
                        case 2: session.receive(.resize(Size(width: 40 + Int(random.next() % 100), height: 10 + Int(random.next() % 40))))
                        default: _ = session.nextDelta()
                        }
                    }
                }
            }
        }
        session.receive(.resize(Size(width: 90, height: 30)))
        session.receive(.key(.character("ctrl-l".unicodeScalars.first ?? "c")))
        console.clock.advance(1_000)
        _ = session.nextDelta()
        #expect(session.surface?.checkInvariants() == true)
    }
}

extension SessionDriver {
    /// A minute of live traffic, four publications a second, in which every figure moves; the bytes of each frame.
    func runMinute() async -> [Int] {
        forgetFrames()
        var snapshot = SessionDriver.calm
        var random = SplitMix(seed: 3)
        for step in 0..<240 {
            clock.advance(250)
            snapshot.generation += 1
            snapshot.asOf += 250
            for index in snapshot.deployments.indices where snapshot.deployments[index].requestsPerSecond > 0 {
                let noise = Double(random.next() % 1_000) / 1_000 - 0.5
                snapshot.deployments[index].requestsPerSecond += noise * 20
                snapshot.deployments[index].latencyP99Milliseconds = snapshot.deployments[index].latencyP99Milliseconds.map {
                    max(0.2, $0 + noise * 0.1)
                }
                snapshot.deployments[index].predictions += 100
            }
            session.publish(snapshot)
            take()
            if step % 4 == 0 { try? await Task.sleep(for: .milliseconds(1)) }
        }
        return frames
    }
}

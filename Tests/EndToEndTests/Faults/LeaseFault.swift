import Foundation
import Synchronization

/// The training's thread alone stands still for longer than its claim on the job lasts; then it goes on.
enum LeaseFault {
    static func run(_ rig: CLIRig) async throws -> FaultFigure {
        var figure = FaultFigure("a job has one result: a worker that stood still past its lease adds none")
        let place = try await FaultPlace.make(rig, name: "lease")
        let server = try await place.serve()
        let order = try await place.object([
            "train", FaultPlace.deployment, "--data", CLIRig.flights, "--algorithm", "boosted-trees", "--set", "trees=1500", "--seed", "4",
        ])
        let job = order["job"] as? Int ?? 0
        func row() throws -> [String] { try place.rows("control", "SELECT state, fence, attempts FROM job WHERE id = \(job)").first ?? [] }
        _ = try await cliEventually("the job runs") {
            let status = try await place.object(["job", "show", "\(job)"])
            return status["state"] as? String == "running" && (status["progress"] as? Double ?? 0) > 0.05 ? true : nil
        }
        guard let thread = thread(of: server.child.pid), var stop = ThreadStop(thread) else {
            figure.skipped = "this system lets nobody stop a single thread (ptrace)"
            server.child.kill()
            _ = await server.child.end()
            return figure
        }
        // A claim lasts for half a minute, and is looked at twice. A thread that was stopped with a lock in its hand, the store's or the allocator's, stops
        // whoever wants that too, which no machine does to a thread: then it is let go and stopped at another place.
        var lost: [String] = []
        for round in 1...3 {
            let deadline = ContinuousClock.now + .seconds(75)
            repeat {
                try await Task.sleep(for: .milliseconds(50))
                lost = try row()
            } while lost.first == "running" && ContinuousClock.now < deadline
            if lost.first != "running" || round == 3 { break }
            stop.end()
            try await Task.sleep(for: .milliseconds(300))
            guard let again = ThreadStop(thread) else { break }
            stop = again
        }
        if lost.first != "queued" { figure.wrong.append("the claim was not given up: \(lost)") }
        let answers = try await place.predict(server, rows: 0..<20)
        if answers.contains(where: { $0 == nil }) { figure.wrong.append("predictions fail while the training stands still") }
        stop.end()
        _ = try await cliEventually("the job's end") { try row().first == "done" ? true : nil }
        let versions = try place.rows("control", "SELECT number FROM version").count
        if versions != 3 { figure.wrong.append("\(versions) versions of 3") }
        let late = try place.rows("control", "SELECT summary FROM journal WHERE summary LIKE '%late%' OR summary LIKE '%discarded%'")
        if late.isEmpty { figure.wrong.append("the journal says nothing of the late result") }
        figure.wrong += try await place.journalProblems()
        server.child.kill()
        _ = await server.child.end()
        figure.wrong += try await place.doctorProblems()
        figure.tried =
            "the training's thread stopped at work until its claim was given to another attempt: \(late.first?[0] ?? "no late result"); 1 version of the job"
        return figure
    }

    /// The thread that trains.
    private static func thread(of pid: pid_t) -> pid_t? {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return tasks.compactMap { pid_t($0) }.first { task in
            (try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/comm", encoding: .utf8))?.hasPrefix("flyball.train") == true
        }
    }
}

/// One thread of another process, stopped for as long as this lives; its process goes on.
private final class ThreadStop: Sendable {
    private typealias Trace = @convention(c) (Int, Int, UInt, UInt) -> Int
    private static let (seize, interrupt, detach) = (0x4206, 0x4207, 17)

    private let go = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Nil when the system does not let us.
    init?(_ thread: pid_t) {
        let isStopped = Mutex(false)
        let begun = DispatchSemaphore(value: 0)
        let (go, ended) = (go, ended)
        // Whoever stopped a thread must be the one that lets it go.
        let tracer = Thread {
            guard let symbol = dlsym(nil, "ptrace") else {
                begun.signal()
                return
            }
            let ptrace = unsafeBitCast(symbol, to: Trace.self)
            let isOurs = ptrace(Self.seize, Int(thread), 0, 0) == 0 && ptrace(Self.interrupt, Int(thread), 0, 0) == 0
            var status: Int32 = 0
            let isHeld = isOurs && waitpid(thread, &status, Int32(bitPattern: 0x4000_0000)) == thread
            isStopped.withLock { $0 = isHeld }
            begun.signal()
            guard isHeld else { return }
            go.wait()
            _ = ptrace(Self.detach, Int(thread), 0, 0)
            ended.signal()
        }
        tracer.start()
        begun.wait()
        if !isStopped.withLock({ $0 }) { return nil }
    }

    /// Lets it go on.
    func end() {
        go.signal()
        ended.wait()
    }
}

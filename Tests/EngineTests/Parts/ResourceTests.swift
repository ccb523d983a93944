import Engine
import Foundation
import Synchronization
import Testing

/// How far work makes way, without an engine.
@Suite("Resources of work beside serving")
struct ResourceTests {
    @Test("the governor closes at once at the budget, by half near it, opens by a tenth a second, and never closes altogether")
    func governor() {
        var governor = Governor()
        governor.judge(p99: 41, budget: 50)
        #expect(governor.opening == 0.5)
        governor.judge(p99: 40, budget: 50)
        #expect(governor.opening == 0.25)
        for _ in 0..<20 { governor.judge(p99: 45, budget: 50) }
        #expect(governor.opening == Governor.floor)
        governor.judge(p99: 39, budget: 50)
        #expect(abs(governor.opening - 0.2) < 1e-12)
        governor.judge(p99: 50, budget: 50)
        #expect(governor.opening == Governor.floor)
        for _ in 0..<10 { governor.judge(p99: 0, budget: 50) }
        #expect(governor.opening == 1)
        governor.judge(p99: .nan, budget: 50)
        #expect(governor.opening == 1)
    }

    @Test(
        "a class has its share of all processors, no more than its threads can use, and what serving leaves of that",
        arguments: [
            (0.5, 2, 1, 1, 1), (0.25, 2, 1, 1, 0.5), (1, 8, 1, 1, 1), (1, 8, 4, 1, 4), (0.5, 4, 4, 0.1, 0.2), (1, 2, 1, 0.1, 0.1),
            (0.5, 0, 0, 1, 0.5),
        ] as [(Double, Int, Int, Double, Double)])
    func cores(_ share: Double, _ processors: Int, _ threads: Int, _ opening: Double, _ expected: Double) {
        let cores = Governor.cores(share: share, processors: processors, threads: threads, opening: opening)
        #expect(abs(cores - expected) < 1e-12)
    }

    /// A thread that works for `work` milliseconds whenever it may, for `seconds` of its time; the processor time that it had of that.
    private static func share(of cores: Double, work: Double = 7, threads: Int = 1, kernel: Double = 1, seconds: Double = 60) -> Double {
        var budget = CPUBudget()
        var (time, worked) = (1e9, 0.0)
        while time < 1e9 + seconds * 1e9 {
            let reading = CPUBudget.Reading(thread: 1, worked: UInt64(worked), time: UInt64(time))
            let pause = budget.take(reading, threads: threads, cores: cores)
            if pause > 0 {
                time += min(pause, 20e6)
            } else {
                worked += work * 1e6
                time += work * 1e6 / kernel
            }
        }
        return worked / (time - 1e9)
    }

    @Test(
        "work takes its share of the time and no more, whether its pieces are short or long", arguments: [0.1, 0.25, 0.5, 0.9],
        [0.05, 7, 900])
    func budget(_ cores: Double, _ work: Double) {
        let share = Self.share(of: cores, work: work)
        #expect(abs(share - cores) < 0.02 + work / 60_000, "\(share)")
    }

    @Test("work that the kernel gives less than its share is not slowed down further")
    func starved() {
        #expect(abs(Self.share(of: 0.1, kernel: 0.08) - 0.08) < 0.001)
        #expect(abs(Self.share(of: 0.1, kernel: 0.5) - 0.1) < 0.005)
    }

    @Test("work on several threads pays for all of them")
    func threads() { #expect(abs(Self.share(of: 1, threads: 4) - 0.25) < 0.01) }

    @Test("time that was not used is kept for a moment only, and another thread owes nothing for the first")
    func kept() {
        var budget = CPUBudget()
        #expect(budget.take(.init(thread: 1, worked: 0, time: 0), threads: 1, cores: 0.5) == 0)
        // An hour of waiting is worth 50 ms.
        let hour: UInt64 = 3_600_000_000_000
        #expect(budget.take(.init(thread: 1, worked: 0, time: hour), threads: 1, cores: 0.5) == 0)
        let pause = budget.take(.init(thread: 1, worked: 1_000_000_000, time: hour + 1_000_000_000), threads: 1, cores: 0.5)
        #expect(abs(pause - 950_000_000) < 1, "\(pause)")
        #expect(budget.take(.init(thread: 2, worked: 5, time: hour + 1_000_000_001), threads: 1, cores: 0.5) == 0)
        #expect(budget.worked == 1e9)
    }

    @Test("a thread is held to its share, counts what it waited for, and goes on while it is cancelled")
    func thread() async {
        var plan = ResourcePlan(memory: 1 << 30)
        plan[.training].cpu = 0.2
        let manager = ResourceManager(plan: plan, processors: 1)
        let (worked, elapsed) = await Self.work(with: manager.share(.training), seconds: 0.6)
        // However busy the machine is, it has never more than its share and what is kept of one moment.
        #expect(worked <= elapsed * 0.2 + 0.06, "\(worked) of \(elapsed)")
        #expect(worked > 0)
        let status = manager.status.first { $0.job == .training }
        // A machine that gives the thread less than its share has nothing to hold it back from.
        #expect(status?.boundedMilliseconds ?? 0 > 0 || worked < elapsed * 0.2)
        #expect(status?.yieldedMilliseconds == 0)
        manager.update(p99: 60, budget: 50)
        _ = await Self.work(with: manager.share(.training), seconds: 0.3)
        let yielded = manager.status.first { $0.job == .training }
        #expect(yielded?.yieldedMilliseconds ?? 0 > 0 && yielded?.opening == Governor.floor)
        #expect(abs((yielded?.cores ?? 0) - 0.02) < 1e-9)
        manager.share(.training).hold("frozen")
        // A cancel ends the wait.
        manager.share(.training).breathe(until: { true })
        #expect(manager.status.first { $0.job == .training }?.heldBy == "frozen")
    }

    /// Spins on a thread of its own, asking after each millisecond; its processor time and the time that passed, seconds.
    private static func work(with share: ResourceShare, seconds: Double) async -> (worked: Double, elapsed: Double) {
        await withCheckedContinuation { done in
            let thread = Thread {
                func processor() -> Double {
                    var time = timespec()
                    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
                }
                let (began, first) = (ContinuousClock.now, processor())
                while ContinuousClock.now - began < .seconds(seconds) {
                    let piece = processor()
                    while processor() - piece < 0.001 {}
                    share.breathe()
                }
                done.resume(returning: (processor() - first, (ContinuousClock.now - began) / .seconds(1)))
            }
            thread.start()
        }
    }

    @Test(
        "shares, memory and room on the disk are read by class; a search and an analysis have a training's unless they are given their own")
    func configured() throws {
        let plan = try WorkspaceConfiguration.parse(
            """
            [training]
            cpu = "50%"
            memory = "4GiB"
            disk = "2GiB"
            threads = 3
            [search]
            cpu = "25%"
            disk = "1GiB"
            [analysis]
            memory = "1GiB"
            [online]
            cpu = "12.5%"
            [backup]
            target = "/mnt/b"
            cpu = "20%"
            """
        ).resources
        #expect(plan[.training] == ResourceBounds(cpu: 0.5, memory: 4 << 30, disk: 2 << 30))
        #expect(plan[.search] == ResourceBounds(cpu: 0.25, memory: 4 << 30, disk: 1 << 30))
        #expect(plan[.analysis] == ResourceBounds(cpu: 1, memory: 1 << 30))
        #expect(plan[.online].cpu == 0.125 && plan[.backup].cpu == 0.2)
        #expect(plan.threads(.training) == 3 && plan.threads(.backup) == 1)
        #expect(try WorkspaceConfiguration.parse("").resources[.training].cpu == 1)
    }

    @Test(
        "what is no share is refused, with the key",
        arguments: [
            "[training]\ncpu = 50", "[training]\ncpu = \"0%\"", "[training]\ncpu = \"120%\"", "[search]\ncpu = \"half\"",
            "[analysis]\ndisk = \"1GiB\"",
        ])
    func refused(_ text: String) {
        #expect(throws: WorkspaceFailure.self) { try WorkspaceConfiguration.parse(text) }
    }
}

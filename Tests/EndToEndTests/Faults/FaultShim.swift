import Foundation

/// A library that is loaded before the program's own ones and lies about the clock, or writes less than it was asked to.
///
/// Compiled by the machine's C compiler when it is needed.
struct FaultShim: Sendable {
    let library: String
    /// What it reads while it runs: eight bytes each of seconds that the date is away, and of writes in a hundred that are short.
    let control: String

    static var obstacle: String? { access("/usr/bin/cc", X_OK) == 0 ? nil : "no C compiler at /usr/bin/cc" }

    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static volatile long *words(void) {
            static volatile long *found;
            if (!found) {
                static long none[2];
                const char *path = getenv("FLYBALL_SHIM");
                int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
                void *place = descriptor < 0 ? MAP_FAILED : mmap(0, 4096, PROT_READ, MAP_SHARED, descriptor, 0);
                found = place == MAP_FAILED ? none : place;
                if (descriptor >= 0) close(descriptor);
            }
            return found;
        }
        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += words()[0];
            return result;
        }
        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *place) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (place) *place = now.tv_sec;
            return now.tv_sec;
        }
        /* How much of a write to a file is done: all of it, or a part. */
        static size_t part(int descriptor, size_t count) {
            static unsigned long state = 88172645463325252UL;
            struct stat facts;
            if (count < 2 || !words()[1] || fstat(descriptor, &facts) || !S_ISREG(facts.st_mode)) return count;
            unsigned long drawn = __atomic_add_fetch(&state, 0x9e3779b97f4a7c15UL, __ATOMIC_RELAXED);
            drawn = (drawn ^ (drawn >> 30)) * 0xbf58476d1ce4e5b9UL;
            drawn ^= drawn >> 27;
            return (long)(drawn % 100) < words()[1] ? 1 + (drawn >> 8) % (count - 1) : count;
        }
        ssize_t write(int descriptor, const void *bytes, size_t count) { return syscall(SYS_write, descriptor, bytes, part(descriptor, count)); }
        ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t place) {
            return syscall(SYS_pwrite64, descriptor, bytes, part(descriptor, count), place);
        }
        ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t place) { return pwrite(descriptor, bytes, count, place); }
        """

    /// Compiles it into a directory.
    static func make(_ rig: CLIRig) async throws -> FaultShim {
        let shim = FaultShim(library: rig.directory + "/shim.so", control: rig.directory + "/shim")
        let text = rig.directory + "/shim.c"
        try source.write(toFile: text, atomically: true, encoding: .utf8)
        let result = try await rig.call("/usr/bin/cc", ["-O2", "-shared", "-fPIC", text, "-o", shim.library])
        guard result.status == 0 else { throw CLIUnexpected("cc: \(result.errors)") }
        try Data(count: 4_096).write(to: URL(filePath: shim.control))
        return shim
    }

    /// What a program must be started with.
    var environment: [String: String] { ["LD_PRELOAD": library, "FLYBALL_SHIM": control] }

    /// From now on the date is so many seconds away, and so many writes in a hundred are short.
    func set(away: Int = 0, short: Int = 0) throws {
        let descriptor = open(control, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CLIUnexpected("the shim's file is gone") }
        defer { close(descriptor) }
        var words = [Int64(away), Int64(short)]
        guard pwrite(descriptor, &words, 16, 0) == 16 else { throw CLIUnexpected("the shim's file cannot be written") }
    }
}

/// The machine's date jumps a day back, ten years on, and right again, under a running engine.
enum ClockFault {
    static func run(_ rig: CLIRig, rows: Int) async throws -> FaultFigure {
        var figure = FaultFigure("a clock that jumps deletes nothing and refuses nobody")
        figure.skipped = FaultShim.obstacle
        if figure.skipped != nil { return figure }
        let shim = try await FaultShim.make(rig)
        let place = try await FaultPlace.make(rig, name: "clock")
        var server = try await place.serve(shim.environment)
        let day = 86_400
        var steps = 0
        var taken: [FaultLabels.Label] = []
        for days in [0, -1, 3_650, 0] {
            try shim.set(away: days * day)
            for isLater in [false, true] {
                // So that an engine which follows the date has noticed it.
                if isLater { try await Task.sleep(for: .seconds(2)) }
                steps += 1
                let what = "the date is \(days) days away" + (isLater ? ", a little later" : "")
                figure.wrong += try await step(place, server, what, isOdd: steps.isMultiple(of: 2), rows: rows, &taken)
            }
        }
        let count = rows * steps + 60
        try await place.done(["stop"])
        _ = await server.child.end()
        server = try await place.serve()
        let logged = try place.rows("telemetry", "SELECT COALESCE(SUM(rows), 0) FROM block")[0][0]
        if logged != "\(count)" { figure.wrong.append("\(logged) of \(count) predictions are in the log") }
        if let client = CLIHTTP(server.address) { figure.wrong += FaultLabels.problems(taken: taken, client) }
        figure.wrong += try await place.journalProblems()
        server.child.kill()
        _ = await server.child.end()
        figure.tried = "a day back, ten years on and right again: \(count) predictions logged, \(taken.count) labels, \(steps) promotions"
        return figure
    }

    private static func step(
        _ place: FaultPlace, _ server: CLIServer, _ what: String, isOdd: Bool, rows: Int, _ taken: inout [FaultLabels.Label]
    ) async throws -> [String] {
        var wrong: [String] = []
        let answers = try await place.predict(server, rows: 0..<rows)
        let labels = answers.compactMap { $0?.id.map { FaultLabels.Label(id: $0) } }
        if labels.count != rows { wrong.append("\(what): \(rows - labels.count) predictions failed") }
        guard let client = CLIHTTP(server.address) else { return ["\(what): nobody listens"] }
        let told = FaultLabels.send(labels, client)
        if told.outcomes?.allSatisfy({ ["accepted", "pending"].contains($0) }) != true { wrong.append("\(what): labels: \(told)") }
        taken += labels
        let promoted = try await place.call(["promote", FaultPlace.deployment, isOdd ? "v2" : "v1", "--reason", what])
        if promoted.status != 0 { wrong.append("\(what): \(promoted.errors)") }
        return wrong
    }
}

/// Each write may take a part of its bytes only, as the system is free to do.
enum ShortWriteFault {
    static func run(_ rig: CLIRig, rounds: Int) async throws -> FaultFigure {
        var figure = FaultFigure("writes that take a part of their bytes lose nothing")
        figure.skipped = FaultShim.obstacle
        if figure.skipped != nil { return figure }
        let shim = try await FaultShim.make(rig)
        let place = try await FaultPlace.make(rig, name: "short")
        try shim.set(short: 60)
        var taken: [FaultLabels.Label] = []
        for round in 1...rounds {
            let server = try await place.serve(shim.environment)
            let labels = try await place.predict(server, rows: 0..<100).compactMap { $0?.id.map { FaultLabels.Label(id: $0) } }
            if labels.count != 100 { figure.wrong.append("round \(round): \(100 - labels.count) predictions failed") }
            guard let client = CLIHTTP(server.address) else { throw CLIUnexpected("nobody listens") }
            let told = FaultLabels.send(labels, client)
            if told.outcomes != nil { taken += labels } else { figure.wrong.append("round \(round): labels: \(told)") }
            for arguments in [
                ["train", FaultPlace.deployment, "--data", CLIRig.flights, "--algorithm", "boosted-trees", "--set", "trees=20", "--wait"],
                ["promote", FaultPlace.deployment, round.isMultiple(of: 2) ? "v2" : "v1"], ["backup", rig.directory + "/short-backup"],
            ] {
                let result = try await place.call(arguments)
                if result.status != 0 { figure.wrong.append("round \(round): \(arguments): \(result.errors)") }
            }
            if round.isMultiple(of: 2) { server.child.kill() } else { server.child.signal(SIGTERM) }
            _ = await server.child.end()
        }
        let server = try await place.serve()
        if let client = CLIHTTP(server.address) { figure.wrong += FaultLabels.problems(taken: taken, client) }
        server.child.kill()
        _ = await server.child.end()
        figure.wrong += try await place.doctorProblems()
        let backup = try await place.call(["backup", "verify", rig.directory + "/short-backup"])
        if backup.status != 0 { figure.wrong.append("backup verify: \(backup.errors)") }
        figure.tried = "60 of 100 writes short, \(rounds) starts: \(taken.count) labels, \(rounds) trainings, promotions and backups"
        return figure
    }
}

import Foundation
import Testing

/// What a request costs the allocator, in the program as users run it: counted by a library that stands before the C library's own.
@Suite("Allocations", .enabled(if: ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"))
struct AllocationTests {
    /// Counts, in each event loop, calls of malloc, calloc, realloc and their kin, and requests: from a read that gave bytes to the write of the answer.
    ///
    /// The counters stand in a file that the test reads, so that neither side asks the other anything.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <sys/types.h>
        #include <unistd.h>
        extern void *__libc_malloc(size_t); extern void *__libc_calloc(size_t, size_t); extern void *__libc_realloc(void *, size_t);
        extern void *__libc_memalign(size_t, size_t);
        struct counters { unsigned long requests, clean, inside, outside; };
        static struct counters *shared;
        static __thread int within, loop;
        static __thread unsigned long made;
        static ssize_t (*real_read)(int, void *, size_t);
        static ssize_t (*real_write)(int, const void *, size_t);
        __attribute__((constructor)) static void begin(void) {
            real_read = dlsym(RTLD_NEXT, "read");
            real_write = dlsym(RTLD_NEXT, "write");
            const char *path = getenv("FLYBALL_COUNTERS");
            int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
            if (file < 0 || ftruncate(file, 4096) != 0) return;
            void *found = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (found != MAP_FAILED) shared = found;
            close(file);
        }
        static int is_loop(void) {
            char name[16];
            if (!loop && prctl(PR_GET_NAME, name) == 0) loop = strncmp(name, "NIO-ELT", 7) == 0;
            return loop;
        }
        static void count(void) {
            if (!shared || !is_loop()) return;
            made++;
            __atomic_add_fetch(within ? &shared->inside : &shared->outside, 1, __ATOMIC_RELAXED);
        }
        void *malloc(size_t size) { count(); return __libc_malloc(size); }
        void *calloc(size_t n, size_t size) { count(); return __libc_calloc(n, size); }
        void *realloc(void *old, size_t size) { count(); return __libc_realloc(old, size); }
        void *memalign(size_t alignment, size_t size) { count(); return __libc_memalign(alignment, size); }
        void *aligned_alloc(size_t alignment, size_t size) { count(); return __libc_memalign(alignment, size); }
        int posix_memalign(void **result, size_t alignment, size_t size) {
            count();
            *result = __libc_memalign(alignment, size);
            return *result ? 0 : 12;
        }
        ssize_t read(int file, void *bytes, size_t size) {
            ssize_t got = real_read ? real_read(file, bytes, size) : syscall(SYS_read, file, bytes, size);
            // An event loop also reads the eight bytes of its counters.
            if (got > 8 && shared && is_loop()) { within = 1; made = 0; }
            return got;
        }
        ssize_t write(int file, const void *bytes, size_t size) {
            if (within) {
                within = 0;
                __atomic_add_fetch(&shared->requests, 1, __ATOMIC_RELAXED);
                if (made == 0) __atomic_add_fetch(&shared->clean, 1, __ATOMIC_RELAXED);
            }
            return real_write ? real_write(file, bytes, size) : syscall(SYS_write, file, bytes, size);
        }
        """

    private struct Counters {
        /// Requests; those without an allocation; allocations from the read to the write; all others of the event loops.
        var requests, clean, inside, outside: Int

        init(_ path: String) throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let words = bytes.prefix(32).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
            try #require(words.count == 4)
            (requests, clean, inside, outside) = (Int(words[0]), Int(words[1]), Int(words[2]), Int(words[3]))
        }
    }

    @Test(
        "Ten thousand requests, each logged and monitored, are answered without an allocation, but for a new block of the log now and then")
    func requests() async throws {
        try await CLIRig.run { rig in
            let home = NSTemporaryDirectory() + "flyball-allocations-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: home) }
            try Self.shim.write(toFile: home + "/count.c", atomically: true, encoding: .utf8)
            let built = try await ShellCommand.run(
                "/usr/bin/env",
                ["cc", "-O1", "-shared", "-fPIC", "-ftls-model=initial-exec", "-o", home + "/count.so", home + "/count.c", "-ldl"],
                environment: ProcessInfo.processInfo.environment)
            try #require(built.status == 0, "\(built.errors)")
            try await rig.deploy(algorithm: "boosted-trees")
            let server = try await rig.serve(["LD_PRELOAD": home + "/count.so", "FLYBALL_COUNTERS": home + "/counters"])
            let flights = try CLIFlights(rows: 0..<500)
            let count = 10_000
            let started = ContinuousClock.now
            let (before, after, failed) = try await Self.ask(count, server.address, flights, home + "/counters")
            let seconds = Int((ContinuousClock.now - started).components.seconds)
            #expect(failed == 0)
            let requests = after.requests - before.requests
            let (inside, outside) = (after.inside - before.inside, after.outside - before.outside)
            let unclean = requests - (after.clean - before.clean)
            if ProcessInfo.processInfo.environment["FLYBALL_BENCH_SERVING"] == "1" {
                print("\(requests) requests, \(unclean) of them with an allocation; \(inside) allocations in them, \(outside) in between")
            }
            #expect(requests >= count)
            // A block of the log is full after 4,096 rows, a text may be new; and four times a second the engine takes what was counted and what
            // was logged, so that requests begin both anew: a slow machine takes longer over as many requests.
            #expect(unclean <= 20 + 10 * seconds, "\(unclean) requests with \(inside) allocations in \(seconds) s")
            // A few times a second the engine takes what has been gathered; that costs the same however many requests there were.
            #expect(outside < requests / 4, "\(outside)")
        }
    }

    /// Asks on one connection, after some rounds in which everything is met for the first time.
    private static func ask(
        _ count: Int, _ address: String, _ flights: CLIFlights, _ counters: String
    ) async throws -> (Counters, Counters, failed: Int) {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result { () throws -> (Counters, Counters, failed: Int) in
                        guard let client = CLIHTTP(address) else { throw CLIUnexpected("nobody listens on \(address)") }
                        func round(_ count: Int) -> Int {
                            (0..<count).count {
                                client.post("/v2/models/flight-delay/infer", flights.bodies[$0 % flights.bodies.count])?.status != 200
                            }
                        }
                        _ = round(2_000)
                        let before = try Counters(counters)
                        let failed = round(count)
                        return (before, try Counters(counters), failed: failed)
                    })
            }.start()
        }
    }
}

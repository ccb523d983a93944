import NIOCore

/// One run of the load client, confined to its event loop.
final class LoadRun {
    /// Between two looks at deadlines.
    private static let sweep = TimeAmount.milliseconds(25)
    /// Sweeps between two reports of progress.
    private static let sweepsPerProgress = 20
    /// All connections are open by then, or the run begins with those that are.
    private static let opening = TimeAmount.seconds(10)
    /// What is under way when the run is stopped may take this long.
    private static let grace = TimeAmount.seconds(1)

    /// Requests that wait for their time, and where they come from.
    private struct Supply {
        var ready = CircularBuffer<LoadRequest>(initialCapacity: 512)
        var taken = 0
        var isFetching = false
        var isAtEnd = false
    }

    /// When what happens.
    private struct Timing {
        var began = NIODeadline.now()
        /// Whether the connections are open and the schedule runs.
        var hasBegun = false
        var nextStart: NIODeadline?
        var wakesAt: NIODeadline?
        var sweeps = 0
        var sweeper: RepeatedTask?
    }

    private let options: LoadOptions
    private let source: any LoadSource
    private let eventLoop: any EventLoop
    private let onAnswer: (@Sendable (LoadAnswer) -> Void)?
    private let onProgress: (@Sendable (LoadReport) -> Void)?
    private let calls: CallBuilder

    private var connections: [ClientConnection] = []
    private var idle: [ClientConnection] = []
    private var schedule: ArrivalSchedule
    private var supply = Supply()
    private var timing = Timing()
    private var isStopping = false
    private var isInterrupted = false
    private var tally = LoadTally()
    private var failure: WorkloadFailure?
    private var done: ((Result<LoadReport, WorkloadFailure>) -> Void)?

    init(
        _ options: LoadOptions, source: any LoadSource, eventLoop: any EventLoop, onAnswer: (@Sendable (LoadAnswer) -> Void)?,
        onProgress: (@Sendable (LoadReport) -> Void)?
    ) {
        self.options = options
        self.source = source
        self.eventLoop = eventLoop
        self.onAnswer = onAnswer
        self.onProgress = onProgress
        calls = CallBuilder(options.endpoint)
        schedule = options.schedule
    }

    /// Opens the connections and fetches the first requests, then starts the schedule.
    func start(_ done: @escaping (Result<LoadReport, WorkloadFailure>) -> Void) {
        self.done = done
        connections = (0..<options.connections).map { _ in ClientConnection(endpoint: options.endpoint, eventLoop: eventLoop) }
        var left = connections.count
        var opened = 0
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timing.sweeper = eventLoop.scheduleRepeatedTask(initialDelay: Self.sweep, delay: Self.sweep) { _ in bound.value.look() }
        for connection in connections {
            connection.open(by: .now() + Self.opening) { isOpen in
                left -= 1
                opened += isOpen ? 1 : 0
                if left == 0 { self.opened(opened) }
            }
        }
        fetch()
    }

    /// Starts nothing more; what is under way gets a moment to end.
    func stop() {
        guard !isStopping, done != nil else { return }
        isInterrupted = true
        end()
        for connection in connections { connection.limit(to: .now() + Self.grace) }
        finishIfDone()
    }

    private func opened(_ count: Int) {
        guard count > 0 || !options.needsServerAtStart else {
            let reason = connections.first?.lastError ?? "no connection within the deadline"
            return finish(.failure(.unreachable(endpoint: options.endpoint.description, reason: reason)))
        }
        idle = connections
        timing.began = .now()
        timing.hasBegun = true
        pump()
    }

    private func end() {
        isStopping = true
        supply.ready.removeAll()
    }

    private var timeout: TimeAmount { .milliseconds(Int64(options.timeoutMilliseconds)) }

    // MARK: The source

    private func fetch() {
        guard !supply.isFetching, !supply.isAtEnd, !isStopping, supply.ready.count <= options.readAhead / 2 else { return }
        supply.isFetching = true
        let source = source
        let fetching = eventLoop.makePromise(of: Result<[LoadRequest], WorkloadFailure>.self)
        let count = options.readAhead
        fetching.completeWithTask { await Self.next(count, of: source) }
        fetching.futureResult.assumeIsolated().whenSuccess { self.fetched($0) }
    }

    private static func next(_ count: Int, of source: any LoadSource) async -> Result<[LoadRequest], WorkloadFailure> {
        do { return .success(try await source.next(count)) } catch { return .failure(error) }
    }

    private func fetched(_ result: Result<[LoadRequest], WorkloadFailure>) {
        supply.isFetching = false
        guard !isStopping else { return finishIfDone() }
        switch result {
        case .success(let requests):
            if requests.isEmpty { supply.isAtEnd = true }
            supply.ready.append(contentsOf: requests)
        case .failure(let error):
            failure = error
            end()
        }
        pump()
    }

    // MARK: The schedule

    /// Starts every request that is due and has a connection.
    private func pump() {
        guard timing.hasBegun, done != nil else { return }
        while !isStopping {
            let now = NIODeadline.now()
            if let limit = options.limit, supply.taken >= limit { return finishAtEnd() }
            if let duration = options.durationSeconds, (now - timing.began).nanoseconds >= Self.nanoseconds(duration) {
                return finishAtEnd()
            }
            guard let start = dueStart(now) else { break }
            guard !supply.ready.isEmpty else {
                if supply.isAtEnd { return finishAtEnd() }
                fetch()
                break
            }
            if start + timeout <= now {
                take()
                tally.count(.timeout, detail: "no connection was free")
                continue
            }
            guard let index = idle.lastIndex(where: { $0.restsUntil <= now }) else { break }
            let connection = idle.remove(at: index)
            dispatch(take(), start: start, on: connection)
        }
        fetch()
        finishIfDone()
    }

    /// The intended start of the next request if that is not in the future; else wakes up then.
    private func dueStart(_ now: NIODeadline) -> NIODeadline? {
        if schedule.isClosedLoop { return now }
        let start = timing.nextStart ?? timing.began + .nanoseconds(schedule.next())
        timing.nextStart = start
        if start <= now { return start }
        wake(at: start)
        return nil
    }

    private func wake(at time: NIODeadline) {
        guard timing.wakesAt == nil || timing.wakesAt.map({ $0 > time }) == true else { return }
        timing.wakesAt = time
        eventLoop.assumeIsolated().scheduleTask(deadline: time) {
            self.timing.wakesAt = nil
            self.pump()
        }
    }

    @discardableResult
    private func take() -> LoadRequest {
        supply.taken += 1
        timing.nextStart = nil
        return supply.ready.removeFirst()
    }

    private func dispatch(_ request: LoadRequest, start: NIODeadline, on connection: ClientConnection) {
        let call = calls.post(options.path, ByteBuffer(bytes: request.body))
        connection.send(call, deadline: start + timeout) { outcome in
            self.completed(request, start: start, outcome, connection)
        }
    }

    private func completed(_ request: LoadRequest, start: NIODeadline, _ outcome: HTTPOutcome, _ connection: ClientConnection) {
        switch outcome {
        case .failed(let failure): tally.count(failure, detail: connection.lastError)
        case .answered(let status, let body):
            let latency = (NIODeadline.now() - start).nanoseconds
            let answer = status == 200 ? read(body) : nil
            tally.count(status: status, latency: latency, version: answer?.version, body: body)
            if let onAnswer {
                onAnswer(
                    LoadAnswer(
                        row: request.row, label: request.label, status: status, version: answer?.version,
                        predictionID: answer?.predictionID, scores: answer?.scores ?? [], latencyNanoseconds: latency))
            }
        }
        idle.append(connection)
        // A short way round: an outcome may come from within `pump`, when a write fails at once.
        eventLoop.assumeIsolated().execute { self.pump() }
    }

    private func read(_ body: ByteBuffer) -> AnswerReader? {
        body.withUnsafeReadableBytes { AnswerReader($0.bindMemory(to: UInt8.self), readsScores: onAnswer != nil) }
    }

    // MARK: Time and end

    private func look() {
        let now = NIODeadline.now()
        for connection in connections { connection.expire(now: now) }
        timing.sweeps += 1
        if timing.sweeps % Self.sweepsPerProgress == 0, timing.hasBegun, let onProgress { onProgress(summary()) }
        pump()
    }

    private func finishAtEnd() {
        end()
        finishIfDone()
    }

    private func finishIfDone() {
        guard isStopping, !timing.hasBegun || idle.count == connections.count else { return }
        if let failure { return finish(.failure(failure)) }
        finish(.success(summary()))
    }

    private func finish(_ result: Result<LoadReport, WorkloadFailure>) {
        guard let done else { return }
        self.done = nil
        isStopping = true
        timing.sweeper?.cancel()
        for connection in connections { connection.close() }
        done(result)
    }

    private func summary() -> LoadReport {
        tally.summary(
            elapsedSeconds: timing.hasBegun ? Double((NIODeadline.now() - timing.began).nanoseconds) / 1e9 : 0, interrupted: isInterrupted)
    }

    private static func nanoseconds(_ seconds: Double) -> Int64 { Int64(exactly: (seconds * 1e9).rounded()) ?? .max }
}

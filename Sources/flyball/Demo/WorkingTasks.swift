import Synchronization

/// Tasks that end together.
final class WorkingTasks: Sendable {
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Keeps a task until the end.
    func add(_ task: Task<Void, Never>) { tasks.withLock { $0.append(task) } }

    /// Ends all.
    func cancelAll() {
        let ended = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in ended { task.cancel() }
    }
}

import Dispatch
import Logging
import Store

extension EngineCore {
    /// Waits until the engine has stopped.
    func stopped() async {
        if isStopped { return }
        await withCheckedContinuation { stopWaiters.append($0) }
    }

    /// Shuts down in order: no new work, trainings cancelled back into the queue, connections drained, traffic logged, memory written.
    func shutdown() async {
        guard !isStopped else { return }
        isStopping = true
        jobBoard.cancelAll()
        trainer?.stop()
        online?.worker.close()
        online?.thread.stop()
        importances.stop()
        await dataPlane.shutdown()
        await flushTraffic()
        await waitForJobs()
        recoverUnjournalled()
        persistMemories()
        publish()
        isStopped = true
        for waiter in stopWaiters { waiter.resume() }
        stopWaiters = []
        board.stopped()
        logger.notice("stopped")
    }

    /// Takes what the event loops hold, part-filled blocks included, and waits until it is logged.
    func flushTraffic() async {
        fold(await dataPlane.harvest(flushing: true), at: now())
        await writer.flush()
    }

    /// Gives running trainings two seconds to notice that they are cancelled.
    ///
    /// One that does not is found orphaned at the next start.
    private func waitForJobs() async {
        for _ in 0..<40 where jobBoard.isBusy { try? await Task.sleep(for: .milliseconds(50)) }
    }

    /// Starts the training thread, and the one that learns label by label, which is a policy's doing.
    func startTraining() {
        let runner = JobRunner(core: self)
        trainer = TrainingThread(name: "flyball.train") { runner.runOne() }
        trainer?.poke()
        guard configuration.runsPolicies else { return }
        let worker = OnlineWorker(core: self)
        online = (worker, TrainingThread(name: "flyball.online") { worker.runOne() })
    }
}

import Dispatch
import Logging
import Store

extension EngineCore {
    /// Waits until the engine has stopped.
    func stopped() async {
        await withCheckedContinuation { stopping.wait($0) }
    }

    /// Shuts down in order: no new work, trainings cancelled back into the queue, connections drained, traffic logged, memory written.
    func shutdown() async {
        guard !stopping.isOver else { return }
        isStopping = true
        services.watchdog.stop()
        jobBoard.cancelAll()
        threads.stop()
        importances.stop()
        await stopBackup()
        pairs.stop()
        if stopping.successor == nil {
            await plane.dataPlane.shutdown()
            await flushTraffic()
            await waitForJobs()
        } else {
            // Connections wait from here on until the other program takes them: whatever else takes time comes before.
            await waitForJobs()
            await plane.dataPlane.handOver()
            await flushTraffic()
        }
        recoverUnjournalled()
        persistMemories()
        noteTokenUses()
        trustDate(now())
        publish()
        stopping.end()
        board.stopped()
        logger.notice("stopped")
    }

    /// Takes what the event loops hold, part-filled blocks included, and waits until it is logged.
    func flushTraffic() async {
        fold(await plane.dataPlane.harvest(flushing: true), at: now())
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
        let trainer = TrainingThread(name: "flyball.train") { runner.runOne() }
        threads.trainer = trainer
        trainer.poke()
        guard configuration.runsPolicies else { return }
        let worker = OnlineWorker(core: self)
        threads.online = (worker, TrainingThread(name: "flyball.online") { worker.runOne() })
        listenForLabels()
    }
}

import Monitoring

/// What is said when somebody asks why, of the sample's deployment with an upstream fault.
enum SampleCauses {
    static func report(_ deployment: String) -> CauseReport {
        let now = SampleSnapshot.now
        var missing = Cause(
            .missing, columns: ["wind_speed"], onset: now - 21 * SampleSnapshot.minute, score: 0.93,
            verdict: "wind_speed is missing in 96 % of rows (training had 0.1 %)")
        missing.evidence = ["PSI of its missing values 6.1, usual 0.002", "wind_speed has 18 % of all importance"]
        missing.replay = CauseReplay(before: 0.31, since: 0.42, undone: 0.32, rows: 400, share: 0.91)
        missing.next = "F freezes learning, so that nothing is learnt from it; tell the owner of the source"
        var deploy = Cause(
            .deploy, onset: now - 4 * SampleSnapshot.minute, verdict: "'canary v13 5 %' is not the cause: it came after the onset")
        deploy.isRuledOut = true
        deploy.replayLack = "not tried"
        return CauseReport(
            deployment: deployment, asOf: now, from: now - 90 * SampleSnapshot.minute, rows: 8_000, labels: 3_120,
            causes: deployment == "flight-delay" ? [missing, deploy] : [],
            lacks: ["how much each column matters is not known yet: all count alike"])
    }
}

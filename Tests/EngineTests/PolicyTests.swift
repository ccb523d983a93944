import Engine
import Testing

@Suite("Policy text")
struct PolicyTests {
    @Test("the design's form and the flat form say the same, and the text that a policy writes reads back as itself")
    func forms() throws {
        let flat = try Policy.parse(
            "automation = \"auto\"\n[retrain]\non_drift = false\nevery = \"24h\"\nafter_labels = 50_000\nwindow = \"7d\"\nalgorithm = \"logistic\"\n"
                + "minimum_labels = 10\ncooldown = \"90s\"\n[promote]\nmax_per_day = 4", deployment: "d")
        let nested = try Policy.parse(
            """
            [deployment.d]
            automation = "auto"
            [deployment.d.retrain]
            on_drift = false
            every = "24h"
            after_labels = 50_000
            window = "7d"
            algorithm = ["logistic"]
            minimum_labels = 10
            cooldown = "90s"
            [deployment.d.promote]
            max_per_day = 4
            """, deployment: "d")
        #expect(flat == nested)
        #expect(try Policy.parse(flat.text, deployment: "d") == flat)
        #expect(try Policy.parse("", deployment: "d") == Policy())
        #expect(try Policy.parse(Policy().text, deployment: "d") == Policy())
        #expect(flat.triggers == ["every 1d", "after 50000 labels"])
    }

    @Test(
        "an error names the key, what is allowed there, or the nearest right word",
        arguments: [
            (
                "automation = \"approve\"",
                "automation: approve (a second person) is not in this version: one of manual, advise, auto is needed"
            ),
            ("automation = \"automatic\"", "automation: one of manual, advise, auto is needed"),
            ("automation = 1", "automation: a text in quotes is needed"),
            ("automatoin = \"auto\"", "automatoin: no such key: did you mean automation?"),
            ("[retrain]\nevery = \"soon\"", "retrain.every: a duration like \"250ms\", \"10m\" or \"30d\" is needed"),
            ("[retrain]\nevery = \"0s\"", "retrain.every: a duration like \"250ms\", \"10m\" or \"30d\" is needed"),
            ("[retrain]\nafter_labels = 0", "retrain.after_labels: a whole number from 1 to 1000000000 is needed"),
            ("[retrain]\non_drift = \"yes\"", "retrain.on_drift: true or false is needed"),
            ("[retrain]\nalgorithm = [\"logistic\", \"boosted-trees\"]", "retrain.algorithm: exactly one is needed"),
            ("[retrain]\nalgorithm = \"boosted-tree\"", "retrain.algorithm: "),
            ("[retrain]\non_quality_drop = 2", "retrain.on_quality_drop: a number from 0.001 to 0.5 is needed"),
            ("[promote]\nsteps = [5]", "promote.steps: not in this version: remove it"),
            ("fallback = { kind = \"constant\" }", "fallback: not in this version: remove it"),
            ("[deployment.other]\nautomation = \"auto\"", "deployment: exactly one section [deployment.d] is needed"),
            ("retrain = 5", "retrain: a section [retrain] is needed"),
            ("automation = ", "policy: "),
        ])
    func errors(text: String, message: String) throws {
        let failure = #expect(throws: WorkspaceFailure.self) { try Policy.parse(text, deployment: "d") }
        #expect("\(try #require(failure))".hasPrefix("configuration: \(message)"), "\(failure.map { "\($0)" } ?? "")")
    }
}

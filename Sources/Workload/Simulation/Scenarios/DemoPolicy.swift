/// The policies of the demo: everything that takes hours or days in earnest takes seconds here.
enum DemoPolicy {
    /// Retrains on drift and promotes by itself.
    static let automatic = text(automation: "auto")
    /// Retrains on drift; a person promotes.
    static let advising = text(automation: "advise")

    /// Learns from each label as it comes, and makes a version of that every minute.
    static let learning = automatic + "[online]\nevery = \"60s\"\nafter_labels = 1000\n"

    private static func text(automation: String) -> String {
        """
        automation = "\(automation)"

        [retrain]
        on_drift = true
        window = "60s"
        minimum_labels = 400
        cooldown = "60s"

        [promote]
        max_per_day = 2000

        """
    }
}

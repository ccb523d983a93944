/// Every screen there is.
enum Screens {
    /// The screen of a place, as it is first seen; `from` and `subject` are where the operator stood, which is what the help is about.
    static func make(_ place: Place, from: Place = .fleet, subject: Subject = Subject()) -> any Screen {
        switch place {
        case .fleet: FleetScreen()
        case .deployment(let name): DeploymentScreen(name)
        case .alerts: AlertsScreen()
        case .drift(let name): DriftScreen(deployment: name)
        case .why(let name): WhyScreen(deployment: name)
        case .versions(let name): VersionsScreen(deployment: name)
        case .jobs: JobsScreen()
        case .journal: JournalScreen()
        case .predictions(let name): PredictionsScreen(deployment: name)
        case .system: SystemScreen()
        case .help: HelpScreen(from: from, subject: subject, commands: CommandTable.all)
        }
    }
}

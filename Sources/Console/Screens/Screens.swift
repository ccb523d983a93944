/// Every screen there is.
enum Screens {
    /// The screen of a place, as it is first seen.
    static func make(_ place: Place) -> any Screen {
        switch place {
        case .fleet: FleetScreen()
        case .deployment(let name): DeploymentScreen(name)
        case .alerts: AlertsScreen()
        case .versions, .jobs, .journal, .system, .help: AlertsScreen()
        }
    }
}

/// Where an operator is, was, and would go forward to; with the state of each screen, so that coming back finds it as it was left.
struct Navigation: Sendable {
    /// Places that are remembered.
    private static let limit = 100
    /// Screens whose state is kept.
    private static let screenLimit = 40

    private var trail: [Place]
    private var index = 0
    private var previous: Place?
    private var screens: [Place: any Screen]

    init(_ place: Place) {
        trail = [place]
        screens = [place: Screens.make(place)]
    }

    var place: Place { trail[index] }

    /// The screen that shows.
    var screen: any Screen {
        get { screens[place] ?? Screens.make(place) }
        set { screens[place] = newValue }
    }

    /// The deployment of the latest place that was about one.
    var recentDeployment: String? { trail[...index].last { $0.deployment != nil }?.deployment }

    var canGoBack: Bool { index > 0 || place != .fleet }

    /// Goes to a place; what was forward is forgotten.
    mutating func go(_ next: Place, subject: Subject = Subject()) {
        guard next != place else { return }
        // The help is about where it was asked for, so it is made anew each time.
        if next == .help || screens[next] == nil { screens[next] = Screens.make(next, from: place, subject: subject) }
        previous = place
        trail.removeSubrange((index + 1)...)
        trail.append(next)
        if trail.count > Self.limit { trail.removeFirst(trail.count - Self.limit) }
        index = trail.count - 1
        forgetScreens()
    }

    /// Goes back; from the first place home to the fleet.
    ///
    /// False when there is nowhere to go.
    mutating func back() -> Bool {
        guard canGoBack else { return false }
        previous = place
        if index > 0 {
            index -= 1
        } else {
            trail.insert(.fleet, at: 0)
            if screens[.fleet] == nil { screens[.fleet] = Screens.make(.fleet) }
        }
        return true
    }

    mutating func forward() -> Bool {
        guard index + 1 < trail.count else { return false }
        previous = place
        index += 1
        return true
    }

    /// To the view before, so that a second call comes back.
    mutating func swap() -> Bool {
        guard let previous, previous != place else { return false }
        go(previous)
        return true
    }

    private mutating func forgetScreens() {
        guard screens.count > Self.screenLimit else { return }
        let kept = Set(trail.suffix(Self.screenLimit / 2) + [place, .fleet])
        screens = screens.filter { kept.contains($0.key) }
    }
}

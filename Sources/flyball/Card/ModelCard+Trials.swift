import Engine
import Learning

extension ModelCard {
    /// What the search for its settings tried; nothing without a search.
    func trials(_ card: inout CardText) {
        guard let trials = report?.trials, let winner = trials.first(where: { $0.state == .best }) else { return }
        card.heading("Search")
        card.sentence(
            "\(trials.count) settings were tried on a part of the training rows and judged on the rest of these by \(winner.metric);"
                + " the held-out rows took no part. Trial 1 is what the search started with.")
        card.table(
            ["trial", "settings", winner.metric, "share of rows", "seconds", "state"],
            trials.map { trial in
                [
                    "\(trial.number)", trial.settingsText, trial.figure.map { FigureTexts.four($0) } ?? "-",
                    "\(Int((trial.share * 100).rounded())) %", FigureTexts.significant(trial.seconds), trial.error ?? trial.state.rawValue,
                ]
            })
    }
}

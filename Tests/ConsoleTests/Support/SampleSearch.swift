import Foundation
import Learning

/// A search in its second round, and the same one when it is over.
enum SampleSearch {
    /// Trial 12 is being trained on a third of the rows.
    static let running = make(
        round: 2, rows: 17_239, seconds: 21.4, limit: 60,
        trials: [
            (12, 4, "auc", 0.6891, 0.11, 0.9, "running"), (3, 1, "auc", 0.7012, 0.33, 3.2, "judged"),
            (7, 2, "auc", 0.6990, 0.33, 2.8, "judged"),
            (1, 3, "auc", 0.6912, 0.33, 2.1, "judged"), (19, 5, "auc", 0.6874, 0.11, 0.7, "kept"),
            (8, 6, "auc", 0.6702, 0.11, 12.5, "dropped"),
            (2, 7, "auc", 0.6633, 0.11, 0.4, "dropped"), (5, nil, "auc", nil, 0, 0.1, "failed"),
        ])

    /// Trial 3 was the best one.
    static let done = make(
        round: 0, rows: 0, seconds: 44.0, limit: 0,
        trials: [
            (3, 1, "auc", 0.7131, 1, 9.7, "best"), (7, 2, "auc", 0.7120, 1, 9.1, "judged"), (1, 3, "auc", 0.7054, 1, 7.6, "judged"),
            (8, 4, "auc", 0.6702, 0.11, 12.5, "dropped"), (2, 5, "auc", 0.6633, 0.11, 0.4, "dropped"),
        ])

    private typealias Row = (number: Int, rank: Int?, metric: String, figure: Double?, share: Double, seconds: Double, state: String)

    private static func make(round: Int, rows: Int, seconds: Double, limit: Double, trials: [Row]) -> SearchProgress? {
        let best = trials.map { row in
            let settings =
                row.number == 1
                ? #"{"leaves":"31","learning-rate":"0.1","min-leaf":"20","trees":"100"}"#
                : #"{"leaves":"\#(row.number * 7)","learning-rate":"0.0\#(row.number)4","trees":"\#(row.number * 40)"}"#
            let rank = row.rank.map { #""rank":\#($0),"# } ?? ""
            let figure = row.figure.map { #""figure":\#($0),"# } ?? ""
            let error = row.state == "failed" ? #","error":"diverged at iteration 3: lower learning-rate""# : ""
            return
                #"{"number":\#(row.number),\#(rank)\#(figure)"settings":\#(settings),"share":\#(row.share),"seconds":\#(row.seconds),"state":"\#(row.state)"\#(error)}"#
        }
        let text =
            #"{"round":\#(round),"rounds":\#(round > 0 ? 3 : 0),"rows":\#(rows),"seconds":\#(seconds),"limit":\#(limit),"metric":"auc","total":40,"tried":33,"dropped":26,"failed":1,"best":[\#(best.joined(separator: ","))]}"#
        return try? JSONDecoder().decode(SearchProgress.self, from: Data(text.utf8))
    }
}

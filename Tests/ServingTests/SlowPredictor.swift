import Foundation
import Learning

/// A model of three numbers that takes its time for each row.
final class SlowPredictor: Predictor {
    let width = 3
    let outputs = 1

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        Thread.sleep(forTimeInterval: 0.0003)
        result[0] = 1
    }
}

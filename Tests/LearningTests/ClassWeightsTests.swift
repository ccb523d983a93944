import Learning
import Tabular
import Testing

/// Coefficients under given weights are compared with scikit-learn's in `LinearTests`.
@Suite("Class weights") struct ClassWeightsTests {
    private static let subjects = Subject.all.filter { subject in
        subject.task != .regression && ((try? subject.type.parameters.contains { $0.name == "class-weights" }) ?? false)
    }

    @Test("A class that weighs more is answered more, by every algorithm that takes weights", arguments: subjects)
    func heavier(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 800)
        let asked = Made.mixed(subject.task, count: 400, seed: 2)
        let name = rows.schema.target.classes[1]
        func share(_ weights: String) throws -> Double {
            let scores = try subject.fit(rows, settings: ["class-weights": weights]).scores(of: asked)
            let outputs = scores.count / asked.count
            return (0..<asked.count).reduce(0) { $0 + scores[$1 * outputs + min(1, outputs - 1)] } / Double(asked.count)
        }
        let plain = try share("none")
        #expect(try share("\(name)=5") > plain + 0.05)
        #expect(try share("\(name)=0.2") < plain - 0.05)
        let equal = rows.schema.target.classes.map { "\($0)=1" }.joined(separator: ",")
        #expect(abs(try share(equal) - plain) < 0.02)
    }

    @Test("Weights of a class that there is not are refused with those that there are, and so are weights of numbers", arguments: subjects)
    func unknown(subject: Subject) throws {
        let classes = subject.task == .binary ? "no, yes" : "blue, green, red"
        let failure = #expect(throws: LearningFailure.self) {
            try Training.run(
                Made.mixed(subject.task), request: TrainingRequest(algorithm: subject.algorithm, settings: ["class-weights": "late=2"]),
                hooks: TrainingHooks())
        }
        #expect(
            failure?.description
                == "setting class-weights = late=2: it must be weights of classes that there are, \(classes): not of late")
        guard try subject.type.tasks.contains(.regression) else { return }
        #expect(throws: LearningFailure.badSetting(name: "class-weights", value: "yes=2", allowed: "none where a number is predicted")) {
            try Subject(algorithm: subject.algorithm, task: .regression).fit(Made.mixed(.regression), settings: ["class-weights": "yes=2"])
        }
    }

    @Test(
        "Texts that are no weights are refused before anything is read",
        arguments: ["", "yes", "yes=", "=3", "yes=-1", "yes=0", "yes=0x10", "yes=nan", "yes=inf", "yes=3,", "yes=3,yes=2", "equal"])
    func unreadable(text: String) {
        let failure = #expect(throws: LearningFailure.self) {
            try Training.check(TrainingRequest(algorithm: "logistic", settings: ["class-weights": text]))
        }
        #expect(failure?.description.hasSuffix("it must be none, balanced, or weights of classes, such as yes=3,no=1") == true)
    }

    @Test("Names of classes may hold commas and equal signs")
    func names() throws {
        var rows = Made.mixed(.binary)
        rows.schema.target.classes = ["a,b", "c=d"]
        let request = TrainingRequest(algorithm: "logistic", settings: ["class-weights": "a,b=2,c=d=0.5"])
        #expect(try Training.run(rows, request: request, hooks: TrainingHooks()).settings["class-weights"] == "a,b=2,c=d=0.5")
    }
}

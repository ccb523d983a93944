import ArgumentParser



import Logging





@main
struct Flyball: ParsableCommand {
    func run() throws {}
}

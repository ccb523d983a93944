import Console
import Foundation
import Interchange
import Learning

/// What every process of ours does before anything else.
enum Startup {
    /// Settles locale, signals and the numerical library.
    ///
    /// Nothing else may run before it.
    static func prepare() {
        TerminalLocale.settle(environment: ProcessInfo.processInfo.environment)
        // A reader that goes away and a file that grows too large are errors of one call, not the end of the engine.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        LinearAlgebra.useOneThread()
        // Versions may be models of other libraries.
        OnnxImport.register()
    }
}

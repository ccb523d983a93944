import Foundation

/// The locale that decides which characters a terminal is sent.
package enum TerminalLocale {
    /// Sets the process's locale from the environment, except for numbers: files and protocols write a point whatever the operator's country does.
    ///
    /// A UTF-8 locale that this machine has not installed, as SSH brings them along, still means that the terminal shows UTF-8. Must run before
    /// any thread does.
    package static func settle(environment: [String: String]) {
        if setlocale(LC_ALL, "") == nil || (!isUTF8 && namesUTF8(environment)) {
            setlocale(LC_CTYPE, namesUTF8(environment) ? "C.UTF-8" : "C")
        }
        setlocale(LC_NUMERIC, "C")
    }

    /// Whether characters are written in UTF-8.
    package static var isUTF8: Bool {
        guard let name = nl_langinfo(nl_item(CODESET)) else { return false }
        return String(cString: name).uppercased() == "UTF-8"
    }

    /// Whether the locale asked for is a UTF-8 one; the first of the three that is set counts.
    package static func namesUTF8(_ environment: [String: String]) -> Bool {
        let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let coding = name.split(separator: ".").dropFirst().first.map { $0.uppercased() } ?? ""
        return coding.hasPrefix("UTF-8") || coding.hasPrefix("UTF8")
    }
}

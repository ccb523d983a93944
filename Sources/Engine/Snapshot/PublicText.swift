import Store

/// Texts for whoever may ask without saying who he is: they name no place of the machine.
package enum PublicText {
    /// What stands in for a path.
    package static let placeholder = "(a path)"

    /// The text with every absolute path replaced.
    ///
    /// A path begins with a slash at the start of the text, after a blank, or after what opens or joins words (quotes, brackets, `:`, `=`, `,`), and goes on to
    /// the next blank. The workspace's own directory, which may hold blanks, is taken out first.
    package static func withoutPaths(_ text: String, workspace: String) -> String {
        var rest = Substring(workspace.isEmpty ? text : text.replacing(workspace, with: "/workspace"))
        var result = ""
        while let slash = rest.firstIndex(of: "/") {
            let before = slash == rest.startIndex ? result.last : rest[rest.index(before: slash)]
            result += rest[..<slash]
            rest = rest[slash...]
            if before.map({ $0.isWhitespace || "\"'`([{<:=,".contains($0) }) ?? true {
                let path = rest.prefix { !$0.isWhitespace }
                // What ends a sentence or a bracket belongs to the sentence.
                let kept = path.reversed().prefix { ":;,.)]}>\"'`".contains($0) }.count
                result += placeholder + path.suffix(kept)
                rest = rest.dropFirst(path.count)
            } else {
                result.append("/")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}

extension StatusDocument {
    /// The document for whoever asks over HTTP, where nobody says who he is: no place of the machine in any text.
    public func withoutPaths(workspace: String) -> StatusDocument {
        func cleaned(_ text: String) -> String { PublicText.withoutPaths(text, workspace: workspace) }
        var document = self
        document.engine.degraded = engine.degraded.map(cleaned)
        for index in document.deployments.indices { document.deployments[index].failure = document.deployments[index].failure.map(cleaned) }
        for index in document.frozen.indices { document.frozen[index].by = cleaned(document.frozen[index].by) }
        document.backup?.target = nil
        document.backup?.text = backup.map { cleaned($0.text) } ?? ""
        document.damaged = damaged?.map { record in
            var record = record
            record.reason = cleaned(record.reason)
            return record
        }
        return document
    }
}

extension ActionFailure {
    /// What it says, for the same.
    public func withoutPaths(workspace: String) -> String { PublicText.withoutPaths(description, workspace: workspace) }
}

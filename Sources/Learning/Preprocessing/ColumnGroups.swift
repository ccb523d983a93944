/// Groups of columns as people write them: `age,income;region,shop`, or `none`.
enum ColumnGroups {
    /// Groups that a tree can tell apart.
    static let most = 63

    /// The groups; nil for a text that does not read so.
    static func parse(_ text: String) -> [[String]]? {
        if text == "none" { return [] }
        let groups = text.split(separator: ";", omittingEmptySubsequences: false).map { group in
            group.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        }
        let isWhole = groups.allSatisfy { names in names.allSatisfy { !$0.isEmpty } && Set(names).count == names.count }
        return isWhole && groups.count <= most ? groups : nil
    }
}

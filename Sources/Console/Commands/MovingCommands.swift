/// Keys that move inside a screen.
enum MovingCommands {
    static let all: [Command] = [
        move("up", ["up", "k"], .up, "Goes one row up."),
        move("down", ["down", "j"], .down, "Goes one row down."),
        move("left", ["left", "h"], .left, "Goes to the left, or to a longer time on charts."),
        move("right", ["right", "l"], .right, "Goes to the right, or to a shorter time on charts."),
        move("page-up", ["pageup", "ctrl-b"], .pageUp, "Goes one page up."),
        move("page-down", ["pagedown", "ctrl-f"], .pageDown, "Goes one page down."),
        move("top", ["g", "home"], .top, "Goes to the first row."),
        move("bottom", ["G", "end"], .bottom, "Goes to the last row, and follows what is added."),
        move("next-pane", ["tab"], .nextPane, "Goes to the next part of the screen.", label: "pane"),
        move("previous-pane", ["shift-tab"], .previousPane, "Goes to the part of the screen before."),
        move("open", ["enter"], .open, "Goes into what is selected.", label: "open", hint: 100),
        move("mark", ["space"], .mark, "Marks the selected row, for what works on several."),
        move("sort-previous", ["<"], .sortPrevious, "Sorts by the column before."),
        move("sort-next", [">"], .sortNext, "Sorts by the next column."),
        move("sort-flip", ["o"], .sortFlip, "Turns the order of the rows round."),
    ]

    private static func move(
        _ name: String, _ keys: [String], _ movement: Movement, _ doc: String, label: String? = nil, hint: Int = 0
    ) -> Command {
        Command(name, keys: keys, label: label, doc: doc, group: "Moving", hint: hint) { _ in .move(movement) }
    }
}

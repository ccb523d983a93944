/// What an operator can have seen when a key comes.
///
/// Keys may be typed ahead of the screen: over a slow line a whole sentence comes in one read. So a dialog is confirmed only by a key that
/// came after it was on the screen, and what was typed before the screen showed that it was gone is no command.
struct Attention: Sendable {
    /// Counts what has to be seen before keys mean it.
    private var changes = 0
    /// The changes that are in the frame being drawn, in the one under way to the terminal, and on the terminal.
    private var drawing = 0
    private var sent = 0
    private var seen = 0
    /// Whether the last change took a dialog away.
    private var isClosing = false

    /// Whether everything there is to answer has been on the screen.
    var isCurrent: Bool { seen == changes }

    /// Whether keys are still those of a dialog that has gone.
    var dropsKeys: Bool { isClosing && !isCurrent }

    /// Something waits for an answer: a dialog, or its button.
    mutating func asks() {
        changes += 1
        isClosing = false
    }

    /// A dialog is gone.
    mutating func closed() {
        changes += 1
        isClosing = true
    }

    /// A frame is being drawn from the state as it is now.
    mutating func frameBegan() { drawing = changes }

    /// The frame is on its way to the terminal, or is the same as the last one.
    mutating func frameEnded(isNew: Bool) {
        sent = drawing
        if !isNew { seen = sent }
    }

    /// The last frame is on the screen.
    mutating func frameDrawn() { seen = sent }
}

/// One operator's console as a terminal sees it, whichever process the terminal is in.
///
/// `ConsoleSession` is the real one; tests of terminals stand in for it. Safe to call from any thread; nothing in it blocks.
package protocol ConsoleModel: AnyObject, Sendable {
    /// Takes an input event, in order.
    func receive(_ event: InputEvent)
    /// What has changed on the screen since the last call, built from the newest state; nil when nothing has.
    func nextDelta() -> FrameDelta?
    /// The last frame is on the screen, and what was typed before it has been received.
    func drawn()
    /// How it ended, if it has.
    var ending: ConsoleEnding? { get }
    /// The terminal is gone: nothing follows.
    func close()
}

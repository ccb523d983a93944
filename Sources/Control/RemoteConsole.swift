public import Engine

/// One operator's console as the socket sees it: input goes in, frames come out.
///
/// The coding of both is the console's own.
public protocol RemoteConsole: AnyObject, Sendable {
    /// Takes an input event.
    func receive(_ input: [UInt8])
    /// The next frame, built from the newest state; nil when nothing has changed since the last one.
    func nextFrame() -> [UInt8]?
    /// The last frame is on the operator's screen; every input before this call was typed without having seen it.
    func drawn()
    /// Why the console has ended, if it has.
    var ending: String? { get }
    /// The connection is gone.
    func close()
}

/// Makes a console on an engine for an operator who attaches, and lists them among those on watch until it is closed.
///
/// `wake` may be called from anywhere when there is something new to draw. Nil: the opening message cannot be read.
public typealias ConsoleOpener =
    @Sendable (_ opening: [UInt8], _ engine: Engine, _ who: Operator, _ wake: @escaping @Sendable () -> Void) ->
    (any RemoteConsole)?

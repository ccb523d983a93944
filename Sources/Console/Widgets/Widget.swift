/// Something that draws itself in a rectangle: a pure function of its values, at home in any rectangle, also an empty one.
package protocol Widget {
    /// Draws inside `area` and nowhere else.
    func draw(on surface: inout Surface, in area: Rect)
}

import Events

extension JSONView {
    /// The elements of an array by its name; none when there is no such array.
    func list(_ name: String) -> [JSONView] { self[name].map { Array($0.elements) } ?? [] }
}

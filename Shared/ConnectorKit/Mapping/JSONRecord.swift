public import Events

/// A JSON object: members are named by a dotted path, elements of an array by their number.
public struct JSONRecord: SourceRecord {
    let view: JSONView

    /// The record that the object is.
    public init(_ view: JSONView) throws(RecordError) {
        guard view.kind == .object else { throw RecordError("not_an_object", "The record is not a JSON object.") }
        self.view = view
    }

    /// The member's value; `nil` when it is absent, null or an empty text.
    public func value(at path: String) -> JSONValue? {
        if let member = view[path] { return present(member) }
        var current = view
        for step in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = child(String(step), of: current) else { return nil }
            current = next
        }
        return present(current)
    }

    private func child(_ step: String, of view: JSONView) -> JSONView? {
        if let member = view[step] { return member }
        guard view.kind == .array, let index = Int(step), index >= 0, index < view.count else { return nil }
        return view.elements.dropFirst(index).first { _ in true }
    }

    private func present(_ view: JSONView) -> JSONValue? {
        view.isNull || view.string == "" ? nil : view.value
    }
}

public import HTTPTypes

extension HTTPField.Name {
    /// The name that a literal is; one that is no name is a mistake in the program.
    public static func literal(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(name.description) else { preconditionFailure("\(name) is no header name.") }
        return name
    }
}

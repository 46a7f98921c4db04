import ArgumentParser
import Events

/// Whom a command is about: an identifier, or a profile's id.
///
/// What has no namespace is taken for what it looks like: `ada@example.com` for an e-mail address, `+82…` for a phone number.
struct PersonReference: ExpressibleByArgument, Equatable, Sendable {
    /// The ways to name somebody, as help has them.
    static let forms = "namespace:value, an e-mail address, a phone number with +, or a profile id."

    let text: String

    init?(argument: String) {
        if let identifier = Identifier(parsing: argument) {
            text = identifier.description
        } else if argument.contains("@") {
            text = "email:\(argument)"
        } else if argument.hasPrefix("+") {
            text = "phone:\(argument)"
        } else if PersonReference.isProfileID(argument) {
            text = argument
        } else {
            return nil
        }
    }

    /// Its place in the API.
    var path: String { "/v1/profiles/\(API.encoded(text))" }

    private static func isProfileID(_ text: String) -> Bool {
        text.utf8.count == 26
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
            }
    }
}

extension ArgumentHelp {
    /// What commands say of an argument that is a ``PersonReference``.
    static var person: ArgumentHelp { ArgumentHelp(PersonReference.forms, valueName: "identifier") }
}

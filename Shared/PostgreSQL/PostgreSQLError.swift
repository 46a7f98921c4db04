/// Why a statement gave no result, or a connection could not be made.
public struct PostgreSQLError: Error, Equatable, Sendable {
    /// What it is.
    public var kind: Kind
    /// The server's SQLSTATE; `nil` when the server did not say anything.
    public var state: String?
    /// What is wrong, without any password.
    public var message: String
    /// Whether the connection that it came up on is of no use any more.
    public var isConnectionLost: Bool

    /// The kinds of errors.
    public enum Kind: String, Sendable {
        /// The address cannot be read.
        case address
        /// No connection could be made; with a SQLSTATE the server refused it.
        case connecting
        /// The statement cannot be sent, or the server refused it.
        case statement
        /// The connection broke: whether the statement was carried out is not known.
        case broken
        /// The deadline passed.
        case deadline
        /// The task was cancelled.
        case cancellation
    }

    /// An error of its parts.
    public init(_ kind: Kind, state: String? = nil, _ message: String, isConnectionLost: Bool = false) {
        self.kind = kind
        self.state = state
        self.message = message
        self.isConnectionLost = isConnectionLost
    }

    var losingConnection: PostgreSQLError {
        PostgreSQLError(kind, state: state, message, isConnectionLost: true)
    }
}

extension PostgreSQLError: CustomStringConvertible {
    /// One sentence that says what is wrong.
    public var description: String {
        let code = state.map { " (\($0))" } ?? ""
        return switch kind {
        case .address, .deadline, .cancellation: message
        case .connecting: "No connection could be made: \(message)\(code)"
        case .statement: "The database refused: \(message)\(code)"
        case .broken: "The connection broke: \(message)\(code)"
        }
    }
}

/// Why a transfer gave no answer.
public enum CurlError: Error, Equatable, Sendable {
    /// The request itself cannot be sent.
    case invalidRequest(String)
    /// The host's name has no address.
    case unknownHost(String)
    /// The address that the name resolved to may not be connected to.
    case addressRefused(String)
    /// No connection could be made.
    case notConnected(String)
    /// The peer could not prove who it is, or speaks no acceptable TLS.
    case tls(String)
    /// The user name or password is wrong.
    case loginDenied(String)
    /// The request as a whole took longer than its deadline.
    case timedOut
    /// The task was cancelled.
    case cancelled
    /// The answer has more bytes than asked for.
    case tooLarge(limit: Int)
    /// A streamed request was answered with something else than 200 to 299.
    case status(Int, body: String)
    /// The peer refused or answered what the protocol does not provide for.
    case refused(String)
    /// The connection broke, or anything else.
    case failed(code: Int, reason: String)
}

extension CurlError: CustomStringConvertible {
    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .invalidRequest(let reason): "The request cannot be sent: \(reason)"
        case .unknownHost(let reason): "The host is unknown: \(reason)"
        case .addressRefused(let address): "The address \(address) is not public and not allowed."
        case .notConnected(let reason): "No connection could be made: \(reason)"
        case .tls(let reason): "TLS failed: \(reason)"
        case .loginDenied(let reason): "The login was refused: \(reason)"
        case .timedOut: "The deadline passed before the answer was complete."
        case .cancelled: "The transfer was cancelled."
        case .tooLarge(let limit): "The answer is larger than \(limit) bytes."
        case .status(let status, let body): "The answer has the status \(status): \(body)"
        case .refused(let reason): "The server refused: \(reason)"
        case .failed(let code, let reason): "The transfer failed (libcurl \(code)): \(reason)"
        }
    }
}

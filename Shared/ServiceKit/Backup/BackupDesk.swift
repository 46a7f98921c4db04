import Glibc
public import Hummingbird

/// `PUT /v1/backups/{name}`: has a service put a consistent copy of its store into the folder `backups/NAME` of the data directory.
///
/// Only the service itself may open its store, so nobody else can copy it while it runs. It takes an admin key, and is audited.
public struct BackupDesk: Sendable {
    /// Where it is.
    public static let path = "/v1/backups/:name"

    private let data: String
    private let file: String
    private let copy: @Sendable (_ path: String) throws -> Void

    /// The desk of a service.
    ///
    /// - Parameters:
    ///   - data: The data directory.
    ///   - file: What the copy is called: the name of the store's file.
    ///   - copy: Writes the copy as one transaction sees the store; may take as long as it takes.
    public init(data: String, file: String, copy: @escaping @Sendable (_ path: String) throws -> Void) {
        self.data = data
        self.file = file
        self.copy = copy
    }

    /// Adds the route.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>, trail: AuditTrail) {
        router.put(RouterPath(Self.path)) { request, context in
            try await trail.administration("backups.create", request) {
                try await made(named: try context.parameters.require("name"))
            }
        }
    }

    /// Makes the copy, in place of one of the same name.
    public func made(named name: String) async throws -> Administered {
        guard Self.isName(name) else {
            throw APIError.badRequest("invalid_name", "A backup's name has 1 to 64 lower-case letters, digits and “-”.")
        }
        let folder = "\(data)/backups/\(name)"
        // A large store takes minutes, and requests are to be answered meanwhile.
        try await offPool { try write(to: folder) }
        return Administered(subject: name, response: .json(Array(#"{"file":"backups/\#(name)/\#(file)"}"#.utf8)))
    }

    private func write(to folder: String) throws {
        // Whoever asked for the copy may have gone before it was made.
        defer { BackupStaging.removeAbandoned(in: data) }
        mkdir("\(data)/backups", 0o750)
        guard mkdir(folder, 0o750) == 0 || errno == EEXIST else { throw BackupError(folder, errno: errno) }
        let draft = "\(folder)/\(file).new"
        unlink(draft)
        try copy(draft)
        guard rename(draft, "\(folder)/\(file)") == 0 else { throw BackupError(draft, errno: errno) }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

/// Why a copy could not be put where it belongs.
private struct BackupError: Error, CustomStringConvertible {
    let path: String
    let errno: Int32

    init(_ path: String, errno: Int32) {
        self.path = path
        self.errno = errno
    }

    var description: String { "\(path): \(String(cString: strerror(errno)))" }
}

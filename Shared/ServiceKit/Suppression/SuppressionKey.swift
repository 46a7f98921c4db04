import Crypto
public import Events
import Glibc
public import Identity

/// The key of the hashes by which persons are known who are to be forgotten; all services of a data directory share one.
///
/// Without it the hashes, which are kept, tell nothing, since an address could be guessed and hashed.
public struct SuppressionKey: Sendable {
    /// Bytes of the key, and of a hash.
    private static let (length, hashLength) = (32, 16)

    /// Each hash goes on with a copy: to begin with the key takes longer than all the rest.
    private let code: HMAC<SHA256>

    init(bytes: some Collection<UInt8>) {
        code = HMAC(key: SymmetricKey(data: Array(bytes)))
    }

    /// The key that `KITH_SUPPRESSION_KEY` holds, or the file that `KITH_SUPPRESSION_KEY_FILE` names; else that of a directory.
    public static func configured(orIn directory: String) throws -> SuppressionKey {
        let name = "KITH_SUPPRESSION_KEY"
        guard let text = try Environment.secret(name) else { return try load(in: directory) }
        return try parse(Array(text.utf8)[...], from: name)
    }

    /// Reads the key from `suppression.key` in a directory, or makes it: of several that make it at once all get the same.
    public static func load(in directory: String) throws(SuppressionKeyError) -> SuppressionKey {
        let path = "\(directory)/suppression.key"
        if let key = try read(path) { return key }
        try make(path, in: directory)
        guard let key = try read(path) else { throw .io("open", path, errno: ENOENT) }
        return key
    }

    /// The hash of an identifier: the first 16 bytes of the HMAC-SHA256 of its namespace, a zero byte and its value, in lower-case
    /// hexadecimal.
    public func hash(of identifier: Identifier) -> String {
        hash(of: Array(identifier.namespace.utf8) + [0] + Array(identifier.value.utf8), length: Self.hashLength)
    }

    /// The hashes of the mailboxes that mail addresses are other spellings of; the addresses have the form of some rules.
    public func foldedHashes(of identifiers: [Identifier], by rules: Rules) -> [String] {
        identifiers.compactMap { rules.mailbox(of: $0) }.map { hash(of: $0) }
    }

    /// The hash of an event's id, of half the length: the first 8 bytes of the HMAC-SHA256 of two zero bytes, the source, a zero byte
    /// and the message id.
    public func hash(ofMessage id: String, from source: String) -> String {
        hash(of: [0, 0] + Array(source.utf8) + [0] + Array(id.utf8), length: Self.hashLength / 2)
    }

    private func hash(of bytes: [UInt8], length: Int) -> String {
        var code = code
        code.update(data: bytes)
        return Hexadecimal.encode(Array(code.finalize()).prefix(length))
    }
}

// MARK: - The file

extension SuppressionKey {
    private static func read(_ path: String) throws(SuppressionKeyError) -> SuppressionKey? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return nil }
            throw .io("open", path, errno: errno)
        }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 2 * length + 2)
        let count = fread(&text, 1, text.count, file)
        guard ferror(file) == 0 else { throw .io("read", path, errno: errno) }
        var line = text.prefix(count)
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        return try parse(line, from: path)
    }

    private static func parse(
        _ line: ArraySlice<UInt8>,
        from place: String
    ) throws(SuppressionKeyError) -> SuppressionKey {
        guard let bytes = Hexadecimal.decode(String(decoding: line, as: UTF8.self)), bytes.count == length else {
            throw .damaged(place)
        }
        return SuppressionKey(bytes: bytes)
    }

    /// Makes the file whole beside its name and links it there: a link never replaces what somebody else has made.
    private static func make(_ path: String, in directory: String) throws(SuppressionKeyError) {
        var random = SystemRandomNumberGenerator()
        let draft = "\(path).\(getpid()).\(random.next()).new"
        try write(
            Hexadecimal.encode((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }) + "\n",
            to: draft
        )
        let isLinked = link(draft, path) == 0 || errno == EEXIST
        let code = errno
        unlink(draft)
        guard isLinked else { throw .io("link", path, errno: code) }
        try sync(directory)
    }

    private static func write(_ text: String, to path: String) throws(SuppressionKeyError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .io("create", path, errno: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            let code = errno
            unlink(path)
            throw .io("write", path, errno: code)
        }
    }

    /// Makes the name durable: hashes of a lost key would never match again.
    private static func sync(_ directory: String) throws(SuppressionKeyError) {
        let handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw .io("open", directory, errno: errno) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw .io("sync", directory, errno: errno) }
    }
}

/// Why there is no key.
public enum SuppressionKeyError: Error, Equatable, CustomStringConvertible {
    /// The operating system refused an operation on a file.
    case io(String, String, errno: Int32)
    /// The file, or the variable, holds something else; with another key nobody would be known as suppressed.
    case damaged(String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .io(let operation, let path, let code):
            "\(path): The operation “\(operation)” failed: \(String(cString: strerror(code)))."
        case .damaged(let place): "\(place): This is no suppression key; restore it from a backup."
        }
    }
}

import Events
import ServiceKit
import Topics

/// The keys that an instance starts with; made once, then kept in its data directory.
struct InstanceKeys: Sendable, Equatable {
    var write: String
    var read: String
    var admin: String

    static func generate() -> InstanceKeys {
        InstanceKeys(
            write: Secret.generate(.write),
            read: Secret.generate(.read),
            admin: Secret.generate(.admin)
        )
    }

    /// The keys in the file, or `nil` when there is no file.
    static func load(from path: String) throws(CommandError) -> InstanceKeys? {
        guard let bytes = try Files.read(path) else { return nil }
        guard let root = try? JSONDocument(bytes).root, let write = root["write"]?.string,
            let read = root["read"]?.string, let admin = root["admin"]?.string
        else {
            throw CommandError(
                .failure,
                "\(path) is not a key file.",
                remedy: "Restore it, or remove it to have new keys made."
            )
        }
        return InstanceKeys(write: write, read: read, admin: admin)
    }

    /// The keys in the file; new ones, stored there, when there is no file.
    static func loadOrMake(at path: String) throws(CommandError) -> InstanceKeys {
        if let keys = try load(from: path) { return keys }
        let keys = generate()
        try Files.write(keys.json, to: path, mode: 0o600)
        return keys
    }

    private var json: [UInt8] {
        JSONWriter.object { writer in
            writer.field("write", write)
            writer.field("read", read)
            writer.field("admin", admin)
        } + [UInt8(ascii: "\n")]
    }
}

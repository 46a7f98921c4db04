import Events
import Glibc

/// Where a running instance can be reached, as `kith up` writes it once every service is ready.
///
/// `{"pid", "data", "ingest", "profile", "connector", "notifier", "writeKey", "readKey", "adminKey"}`: the four services'
/// names give their URLs.
struct ReadyFile: Sendable, Equatable {
    var process: Int32
    var data: String
    var urls: [ServiceName: String]
    var keys: InstanceKeys

    func url(of service: ServiceName) -> String {
        urls[service] ?? ""
    }

    func write(to path: String) throws(CommandError) {
        try Files.write(json, to: path, mode: 0o600)
    }

    /// What the file says, or `nil` when there is none.
    static func load(from path: String) throws(CommandError) -> ReadyFile? {
        guard let bytes = try Files.read(path) else { return nil }
        guard let root = try? JSONDocument(bytes).root, let ready = ReadyFile(json: root) else {
            throw CommandError(.failure, "\(path) is not what “kith up” writes.", remedy: "Start “kith up” again.")
        }
        return ready
    }

    private var json: [UInt8] {
        JSONWriter.object { writer in
            writer.field("pid", Int64(process))
            writer.field("data", data)
            for service in ServiceName.byPort {
                writer.field(service.rawValue, url(of: service))
            }
            writer.field("writeKey", keys.write)
            writer.field("readKey", keys.read)
            writer.field("adminKey", keys.admin)
        } + [UInt8(ascii: "\n")]
    }
}

extension ReadyFile {
    private init?(json root: JSONView) {
        guard let process = root["pid"]?.int64, let data = root["data"]?.string, let write = root["writeKey"]?.string,
            let read = root["readKey"]?.string, let admin = root["adminKey"]?.string
        else { return nil }
        var urls: [ServiceName: String] = [:]
        for service in ServiceName.allCases {
            urls[service] = root[service.rawValue]?.string
        }
        self.init(
            process: Int32(clamping: process),
            data: data,
            urls: urls,
            keys: InstanceKeys(write: write, read: read, admin: admin)
        )
    }
}

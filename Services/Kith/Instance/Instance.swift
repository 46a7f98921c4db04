import Curl
import ServiceKit
import Topics

/// A running Kith: where its services are, and with which keys they let us in.
struct Instance: Sendable {
    let urls: [ServiceName: String]
    /// The key that was given, which is used for everything.
    let key: String?
    /// The keys of the data directory.
    let keys: InstanceKeys?

    init(urls: [ServiceName: String], key: String?, keys: InstanceKeys?) {
        self.urls = urls
        self.key = key
        self.keys = keys
    }

    /// The instance that `kith up` describes.
    init(_ ready: ReadyFile, key: String? = nil) {
        self.init(urls: ready.urls, key: key, keys: ready.keys)
    }

    /// Where the services are when they were not found through a data directory.
    static func urls(profile: String) -> [ServiceName: String] {
        var urls: [ServiceName: String] = [.profile: profile]
        urls[.ingest] = Environment["KITH_INGEST_URL"]
        urls[.connector] = Environment["KITH_CONNECTOR_URL"]
        urls[.notifier] = Environment["KITH_NOTIFIER_URL"]
        return urls
    }

    /// A service's API, spoken to with a key of the scope that it needs.
    func api(_ service: ServiceName = .profile, _ scope: GrantedKey.Scope = .read) throws(CommandError) -> API {
        guard let url = urls[service] else {
            let variable = "KITH_\(service.rawValue.uppercased())_URL"
            throw CommandError(
                .unreachable,
                "It is not known where the service “\(service.rawValue)” is.",
                remedy: "Set \(variable), or give --data."
            )
        }
        guard let key = key ?? storedKey(scope) else {
            throw CommandError(
                .unauthorized,
                "This needs a key with the scope “\(scope.rawValue)”.",
                remedy: "Give one with --key or KITH_KEY."
            )
        }
        return API(url: url, key: key)
    }

    /// A service's API once the service has answered something: one that hangs is named at once, however long a call may take.
    func answeringAPI(_ service: ServiceName = .profile, _ scope: GrantedKey.Scope) async throws(CommandError) -> API {
        let api = try api(service, scope)
        guard await ServiceHealth.of(service, at: api.url).answers else {
            throw CommandError(
                .unreachable,
                "\(service.rawValue) does not answer at \(api.url).",
                remedy: "Is it running? “kith up” starts it; “kith status” shows how it is."
            )
        }
        return api
    }

    private func storedKey(_ scope: GrantedKey.Scope) -> String? {
        switch scope {
        case .write: keys?.write
        case .read: keys?.read
        case .admin: keys?.admin
        }
    }
}

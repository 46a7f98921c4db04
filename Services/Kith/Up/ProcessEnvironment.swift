import Glibc

/// The environment that this process was started with.
enum ProcessEnvironment {
    /// Every variable but those that name one service's own place, which `up` decides.
    static var inherited: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let (name, value) = split(String(cString: text))
            variables[name] = value
            entry += 1
        }
        for name in ["KITH_DATA", "KITH_INSTANCE", "KITH_GROUP", "KITH_HOST", "KITH_PORT", "KITH_LOG_LEVEL"] {
            variables[name] = nil
        }
        return variables
    }

    private static func split(_ entry: String) -> (name: String, value: String) {
        guard let sign = entry.firstIndex(of: "=") else { return (entry, "") }
        return (String(entry[..<sign]), String(entry[entry.index(after: sign)...]))
    }
}

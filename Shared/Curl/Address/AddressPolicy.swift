/// Which addresses may be connected to; asked at connect, with the address that a name has resolved to.
public enum AddressPolicy: Sendable, Equatable {
    /// All of them: for servers that the operator has named.
    case any
    /// Only addresses of the public internet, and those in the ranges given: for addresses that others have named.
    case publicOnly(allow: [CIDR])

    /// Whether the address may be connected to.
    public func permits(_ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .publicOnly(let allowed):
            allowed.contains { range in range.contains(address) || address.mapped.map(range.contains) == true }
                || Self.isPublic(address)
        }
    }

    private static func isPublic(_ address: IPAddress) -> Bool {
        guard address.bytes.count == 16 else { return !inside4.contains { $0.contains(address) } }
        // Only 2000::/3 is routed; mapped, translated, unique local, link-local and multicast addresses lie outside.
        return global6.contains { $0.contains(address) } && !inside6.contains { $0.contains(address) }
    }

    private static let inside4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { CIDR($0) }

    private static let global6 = ["2000::/3"].compactMap { CIDR($0) }
    private static let inside6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].compactMap { CIDR($0) }
}

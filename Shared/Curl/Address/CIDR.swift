/// A range of addresses, such as `10.0.0.0/8`; a single address is a range of one.
public struct CIDR: Hashable, Sendable, CustomStringConvertible {
    private let address: IPAddress
    private let length: Int

    /// The range in its usual written form; `nil` when the text is not one.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let longest = address.bytes.count * 8
        guard let length = parts.count == 2 ? Int(parts[1]) : longest, (0...longest).contains(length) else {
            return nil
        }
        self.address = address
        self.length = length
    }

    /// The usual written form.
    public var description: String { "\(address)/\(length)" }

    /// Whether the address is in the range; an IPv4 address is in no IPv6 range.
    public func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(8, max(0, length - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            return pair.0 & mask == pair.1 & mask
        }
    }
}

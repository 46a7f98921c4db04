import Events
import Glibc

/// A text that is the same as another only if its bytes are, as in SQL; `String` holds more for equal.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ExactText, right: ExactText) -> Bool { ExactBytes.areSame(left.text, right.text) }

    func hash(into hasher: inout Hasher) {
        ExactBytes.hash(text, into: &hasher)
    }
}

extension ExactText: Comparable, LosslessStringConvertible {
    var description: String { text }

    static func < (left: ExactText, right: ExactText) -> Bool {
        UTF8Order.precedes(left.text, right.text) ?? false
    }
}

/// An identifier as a key of the tables that every event is looked up in.
struct ExactName: Hashable, Sendable {
    let identifier: Identifier

    init(_ identifier: Identifier) {
        self.identifier = identifier
    }

    static func == (left: ExactName, right: ExactName) -> Bool {
        ExactBytes.areSame(left.identifier.value, right.identifier.value)
            && ExactBytes.areSame(left.identifier.namespace, right.identifier.namespace)
    }

    func hash(into hasher: inout Hasher) {
        // Values that are the same in several namespaces are few: telling those apart is left to the comparison.
        ExactBytes.hash(identifier.value, into: &hasher)
    }
}

/// Texts as their UTF-8 bytes, in one step instead of byte by byte.
private enum ExactBytes {
    static func areSame(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        var (left, right) = (left, right)
        return left.withUTF8 { one in right.withUTF8 { other in areSame(bytes: one, other) } }
    }

    private static func areSame(bytes left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let one = left.baseAddress, let other = right.baseAddress else { return left.count == right.count }
        return memcmp(one, other, left.count) == 0
    }

    static func hash(_ text: String, into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// How much of a text is read at most.
public struct JSONLimits: Sendable {
    /// Containers inside each other.
    public var depth: Int
    /// Values and keys together.
    public var nodes: Int

    /// Makes limits; what is not given is as in ``standard``.
    public init(depth: Int = 32, nodes: Int = 100_000) {
        self.depth = depth
        self.nodes = nodes
    }

    /// The limits for one event.
    public static let standard = JSONLimits()
}

/// A whole JSON text, scanned once and decoded only where it is looked at.
///
/// The scan is strict: UTF-8 only, no U+0000, no half surrogate pairs, no key twice in one object, nothing before or
/// behind the value, limits on depth and number of values. Keys that differ only in their Unicode normal form count as
/// the same, because `String` holds them equal. Numbers keep the text they were written with. The cost is linear in
/// the number of bytes, whatever they are.
public struct JSONDocument: Sendable {
    let storage: JSONStorage

    /// The value that the text consists of.
    public var root: JSONView { JSONView(storage: storage, index: 0) }

    /// Scans a text and refuses it at the first fault.
    public init(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        storage = try JSONStorage(scanning: bytes, limits: limits, tolerant: false)
    }

    /// Scans a text in which one bad item must not spoil the others.
    ///
    /// A fault that leaves the structure clear (in a string, a number or a word such as `NaN`, a duplicate key, a value
    /// that is nested too deep) does not refuse the text: it is told by ``JSONView/fault`` of every value around it.
    /// A value that is itself faulty reads as absent. Broken structure still throws, as do too many values.
    public init(tolerating bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        storage = try JSONStorage(scanning: bytes, limits: limits, tolerant: true)
    }
}

/// What all views of a document share.
final class JSONStorage: Sendable {
    let bytes: [UInt8]
    let tape: [JSONNode]
    /// In the order of their offsets; empty after a strict scan.
    let faults: [JSONError]

    init(scanning bytes: [UInt8], limits: JSONLimits, tolerant: Bool) throws(JSONError) {
        let scan = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            try JSONScanner.scan(buffer, limits: limits, tolerant: tolerant)
        }
        self.bytes = bytes
        tape = scan.tape
        faults = scan.faults
    }

    /// The first fault inside a span of bytes.
    func fault(from start: Int, to end: Int) -> JSONError? {
        var low = 0
        var high = faults.count
        while low < high {
            let middle = (low + high) / 2
            if faults[middle].offset < start { low = middle + 1 } else { high = middle }
        }
        return low < faults.count && faults[low].offset < end ? faults[low] : nil
    }
}

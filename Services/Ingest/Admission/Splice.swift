import Events

/// Changes to a JSON object's bytes that leave all others as they are.
struct Splice {
    /// What comes in place of which bytes; of two changes of one value the later counts.
    private var edits: [Range<Int>: [UInt8]] = [:]
    private var additions: [UInt8] = []

    /// Whether there is nothing to change.
    var isEmpty: Bool { edits.isEmpty && additions.isEmpty }

    /// Puts something else in place of a value.
    mutating func replace(_ view: JSONView, with bytes: [UInt8]) {
        let raw = view.raw
        edits[raw.startIndex..<raw.endIndex] = bytes
    }

    /// Puts a string in place of a value.
    mutating func replace(_ view: JSONView, withText text: String) {
        var writer = JSONWriter(capacity: text.utf8.count + 2)
        writer.string(text)
        replace(view, with: writer.bytes)
    }

    /// Makes a value absent, which is what `null` means.
    mutating func remove(_ view: JSONView) {
        replace(view, with: Array("null".utf8))
    }

    /// Adds a member; the object must not have the key yet.
    mutating func add(_ key: String, _ value: some Collection<UInt8>) {
        var writer = JSONWriter(capacity: key.utf8.count + 3)
        writer.string(key)
        if !additions.isEmpty { additions.append(UInt8(ascii: ",")) }
        additions += writer.bytes
        additions.append(UInt8(ascii: ":"))
        additions += value
    }

    /// Gives a member a value, whether the object has the key already or not.
    mutating func set(_ key: String, of object: JSONView, to value: some Collection<UInt8>) {
        // An explicit null counts as absent, but its key must not be there twice.
        if let old = object.members.first(where: { $0.key == key })?.value {
            replace(old, with: Array(value))
        } else {
            add(key, value)
        }
    }

    /// The object with the changes; itself when there are none.
    func applied(to object: JSONView) -> ArraySlice<UInt8> {
        let raw = object.raw
        guard !isEmpty else { return raw }
        var result: [UInt8] = []
        result.reserveCapacity(raw.count + additions.count + edits.values.reduce(0) { $0 + $1.count })
        var at = raw.startIndex
        if !additions.isEmpty {
            result.append(UInt8(ascii: "{"))
            result += additions
            if object.count > 0 { result.append(UInt8(ascii: ",")) }
            at += 1
        }
        for (range, bytes) in edits.sorted(by: { $0.key.lowerBound < $1.key.lowerBound }) {
            result += raw[at..<range.lowerBound]
            result += bytes
            at = range.upperBound
        }
        result += raw[at...]
        return result[...]
    }
}

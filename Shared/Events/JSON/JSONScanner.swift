/// The one pass over a text: checks everything and writes the tape.
///
/// There is no recursion, so depth costs no stack. Where a fault leaves the structure clear, a tolerant scan
/// notes it and goes on.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    let limits: JSONLimits
    let tolerant: Bool
    var at = 0
    var tape: [JSONNode] = []
    var faults: [JSONError] = []
    /// The innermost container that is not closed yet.
    var open = JSONScanner.nothing
    var depth = 0

    static let nothing = -1
    /// Beyond this a text is not worth tolerating.
    static let faultLimit = 10_000
    static let numberLimit = 1000

    static func scan(
        _ buffer: UnsafeBufferPointer<UInt8>,
        limits: JSONLimits,
        tolerant: Bool
    ) throws(JSONError) -> (tape: [JSONNode], faults: [JSONError]) {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { throw .empty }
        guard buffer.count < Int(Int32.max) else { throw .tooLong(bytes: buffer.count, limit: Int(Int32.max) - 1) }
        var limits = limits
        limits.nodes = min(limits.nodes, JSONNode.countLimit - 1)
        var scanner = JSONScanner(base: base, end: buffer.count, limits: limits, tolerant: tolerant)
        scanner.tape.reserveCapacity(max(0, min(buffer.count / 12 + 4, limits.nodes)))
        try scanner.document()
        scanner.faults.sort { $0.offset < $1.offset }
        return (scanner.tape, scanner.faults)
    }

    private init(base: UnsafePointer<UInt8>, end: Int, limits: JSONLimits, tolerant: Bool) {
        self.base = base
        self.end = end
        self.limits = limits
        self.tolerant = tolerant
    }

    private mutating func document() throws(JSONError) {
        try checkEncoding()
        skipWhitespace()
        guard at < end else { throw .empty }
        try value()
        while open != Self.nothing {
            skipWhitespace()
            if tape[open].isObject { try member() } else { try element() }
        }
        skipWhitespace()
        guard at == end else { throw .trailingBytes(at: at) }
    }

    /// Gives the usual wrong encodings their name; all else that is not UTF-8 is found on the way.
    private func checkEncoding() throws(JSONError) {
        if end >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { throw .byteOrderMark }
        if base[0] >= 0xFE || base[0] == 0 { throw .notUTF8(at: 0) }
        if end >= 2, base[1] == 0 { throw .notUTF8(at: 1) }
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while at < end, base[at] <= 0x20 {
            guard base[at] == 0x20 || base[at] == 0x0A || base[at] == 0x0D || base[at] == 0x09 else { return }
            at &+= 1
        }
    }

    mutating func fault(_ error: JSONError) throws(JSONError) {
        guard tolerant, faults.count < Self.faultLimit else { throw error }
        faults.append(error)
    }

    @inline(__always)
    mutating func append(
        _ kind: JSONView.Kind,
        from start: Int,
        to end: Int,
        flags: JSONNode.Flags = []
    ) throws(JSONError) {
        let index = tape.count
        guard index < limits.nodes else { throw .tooManyNodes(limit: limits.nodes, at: start) }
        tape.append(JSONNode(kind, start: start, end: end, next: index &+ 1, flags: flags))
    }

    func unexpected(_ expected: String) -> JSONError {
        at < end ? .unexpected(byte: base[at], expected: expected, at: at) : .unexpectedEnd(at: at)
    }
}

// MARK: - Structure

extension JSONScanner {
    @inline(__always)
    private mutating func value() throws(JSONError) {
        guard at < end else { throw .unexpectedEnd(at: at) }
        switch base[at] {
        case UInt8(ascii: "\""):
            let string = try string()
            if string.flags.contains(.faulty) {
                try append(.null, from: string.start &- 1, to: at, flags: .faulty)
            } else {
                try append(.string, from: string.start, to: string.end, flags: string.flags)
            }
        case UInt8(ascii: "{"): try begin(.object)
        case UInt8(ascii: "["): try begin(.array)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: try word()
        }
    }

    /// Inside an array, at white space's end: its next element, or its end.
    @inline(__always)
    private mutating func element() throws(JSONError) {
        guard at < end else { throw .unexpectedEnd(at: at) }
        let isFirst = tape[open].count == 0
        if base[at] == UInt8(ascii: "]") { return close() }
        if !isFirst { try separator() }
        tape[open].addChild()
        try value()
    }

    /// Inside an object, at white space's end: its next key and value, or its end.
    @inline(__always)
    private mutating func member() throws(JSONError) {
        guard at < end else { throw .unexpectedEnd(at: at) }
        let isFirst = tape[open].count == 0
        if base[at] == UInt8(ascii: "}") {
            try checkKeys(of: open)
            return close()
        }
        if !isFirst { try separator() }
        tape[open].addChild()
        try key()
        skipWhitespace()
        guard at < end, base[at] == UInt8(ascii: ":") else { throw unexpected("a colon") }
        at &+= 1
        skipWhitespace()
        try value()
    }

    @inline(__always)
    private mutating func separator() throws(JSONError) {
        guard base[at] == UInt8(ascii: ",") else { throw unexpected("a comma or the end of the container") }
        at &+= 1
        skipWhitespace()
    }

    @inline(__always)
    private mutating func key() throws(JSONError) {
        guard at < end, base[at] == UInt8(ascii: "\"") else { throw unexpected("a key") }
        var string = try string()
        if string.end &- string.start > Self.shortKey { string.flags.insert(.special) }
        if string.flags.contains(.special) { tape[open].set(.special) }
        try append(.string, from: string.start, to: string.end, flags: string.flags)
    }

    private mutating func begin(_ kind: JSONView.Kind) throws(JSONError) {
        guard depth < limits.depth else { return try skipTooDeep() }
        let index = tape.count
        try append(kind, from: at, to: at)
        tape[index].next = UInt32(truncatingIfNeeded: open &+ 1)
        open = index
        depth &+= 1
        at &+= 1
    }

    @inline(__always)
    private mutating func close() {
        at &+= 1
        depth &-= 1
        let index = open
        open = Int(tape[index].next) &- 1
        tape[index].end = UInt32(truncatingIfNeeded: at)
        tape[index].next = UInt32(truncatingIfNeeded: tape.count)
    }

    /// Steps over a container by its brackets alone; it stays on the tape as a faulty null.
    private mutating func skipTooDeep() throws(JSONError) {
        let start = at
        try fault(.tooDeep(limit: limits.depth, at: start))
        var brackets = 0
        repeat {
            guard at < end else { throw .unexpectedEnd(at: at) }
            switch base[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): brackets &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): brackets &-= 1
            case UInt8(ascii: "\""): skipQuoted()
            default: break
            }
            at &+= 1
        } while brackets > 0
        try append(.null, from: start, to: at, flags: .faulty)
    }

    /// From an opening quote to the closing one.
    private mutating func skipQuoted() {
        at &+= 1
        while at < end, base[at] != UInt8(ascii: "\"") {
            at &+= base[at] == UInt8(ascii: "\\") ? 2 : 1
        }
    }
}

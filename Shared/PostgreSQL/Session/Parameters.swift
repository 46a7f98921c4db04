import CPostgres

/// A statement's parameters as libpq takes them.
struct Parameters {
    private var types: [UInt32] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    /// All values behind one another, each with a zero byte behind it.
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []

    init(_ values: [PostgreSQLValue]) throws(PostgreSQLError) {
        for value in values {
            switch value {
            case .null: add(nil, type: 0, isBinary: false)
            case .bytes(let bytes): add(bytes, type: 17, isBinary: true)
            case .text(let text, let type):
                // It would end there without a word.
                guard !text.utf8.contains(0) else {
                    throw PostgreSQLError(.statement, state: "22021", "A text cannot hold U+0000.")
                }
                add(Array(text.utf8), type: type.rawValue, isBinary: false)
            }
        }
    }

    private mutating func add(_ value: [UInt8]?, type: UInt32, isBinary: Bool) {
        types.append(type)
        formats.append(isBinary ? 1 : 0)
        lengths.append(Int32(value?.count ?? 0))
        offsets.append(value == nil ? nil : bytes.count)
        bytes += (value ?? []) + [0]
    }

    /// Sends the statement, or as much of it as there is room for.
    func send(
        _ statement: String,
        to handle: OpaquePointer,
        _ failure: () -> PostgreSQLError
    ) throws(PostgreSQLError) {
        let isSent = bytes.withUnsafeBufferPointer { bytes in
            let values = offsets.map { offset in
                offset.flatMap { start in bytes.baseAddress.map { UnsafeRawPointer($0 + start) } }
            }
            let pointers = values.map { $0?.assumingMemoryBound(to: CChar.self) }
            return PQsendQueryParams(handle, statement, Int32(types.count), types, pointers, lengths, formats, 0) == 1
        }
        guard isSent else { throw failure() }
    }
}

import CPostgres

/// A statement's parameters as libpq takes them.
struct Parameters {
    private(set) var types: [UInt32] = []
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
            case .integer(let number):
                add(withUnsafeBytes(of: number.bigEndian) { Array($0) }, type: 20, isBinary: true)
            case .real(let number): add(Array("\(number)".utf8), type: 701, isBinary: false)
            case .text(let text, let type):
                // It would end there without a word.
                guard !text.utf8.contains(0) else {
                    throw PostgreSQLError(.statement, state: "22021", "A text cannot hold U+0000.")
                }
                add(Array(text.utf8), type: type.rawValue, isBinary: false)
            }
        }
    }

    init(_ arrays: [PostgreSQLArray]) {
        for array in arrays { add(array.encoded, type: array.type, isBinary: true) }
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
        to handle: OpaquePointer?,
        _ failure: () -> PostgreSQLError
    ) throws(PostgreSQLError) {
        let isSent = withPointers { values in
            PQsendQueryParams(handle, statement, Int32(types.count), types, values, lengths, formats, 0) == 1
        }
        guard isSent else { throw failure() }
    }

    /// Sends the statement that was prepared under a name; what it gives comes in binary form.
    func sendPrepared(
        _ name: String,
        to handle: OpaquePointer?,
        _ failure: () -> PostgreSQLError
    ) throws(PostgreSQLError) {
        let isSent = withPointers { values in
            PQsendQueryPrepared(handle, name, Int32(types.count), values, lengths, formats, 1) == 1
        }
        guard isSent else { throw failure() }
    }

    private func withPointers(_ body: ([UnsafePointer<CChar>?]) -> Bool) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            let values = offsets.map { offset in
                offset.flatMap { start in bytes.baseAddress.map { UnsafeRawPointer($0 + start) } }
            }
            return body(values.map { $0?.assumingMemoryBound(to: CChar.self) })
        }
    }
}

import struct MessageLog.Header
import struct MessageLog.Record

/// Log records as bytes: 255, and then for each record its time (8 bytes), the length of its key and of its value (4 each), the
/// number of its headers (1), both contents, and for each header the length of its name (1) and of its value (2), and both.
///
/// Numbers have their most significant byte first. Without the 255, which no time begins with, no record has a number of headers,
/// or any: so it was written before there were any.
enum OutboxCoding {
    private static let withHeaders: UInt8 = 255

    static func encode(_ records: [Record]) -> [UInt8] {
        var bytes: [UInt8] = [withHeaders]
        bytes.reserveCapacity(records.reduce(1) { $0 + $1.key.count + $1.value.count + 96 })
        for record in records {
            append(record.timestamp, to: &bytes)
            append(UInt32(record.key.count), to: &bytes)
            append(UInt32(record.value.count), to: &bytes)
            append(UInt8(clamping: record.headers.count), to: &bytes)
            bytes += record.key
            bytes += record.value
            for header in record.headers.prefix(255) {
                append(UInt8(clamping: header.name.utf8.count), to: &bytes)
                append(UInt16(clamping: header.value.count), to: &bytes)
                bytes += header.name.utf8
                bytes += header.value
            }
        }
        return bytes
    }

    /// `nil` when the bytes are not what ``encode(_:)`` gave.
    static func decode(_ bytes: [UInt8]) -> [Record]? {
        var records: [Record] = []
        let hasHeaders = bytes.first == withHeaders
        var rest = hasHeaders ? bytes.dropFirst() : bytes[...]
        while !rest.isEmpty {
            guard let record = record(from: &rest, hasHeaders: hasHeaders) else { return nil }
            records.append(record)
        }
        return records
    }

    private static func record(from bytes: inout ArraySlice<UInt8>, hasHeaders: Bool) -> Record? {
        guard let time = number(Int64.self, from: &bytes), let keySize = number(UInt32.self, from: &bytes),
            let valueSize = number(UInt32.self, from: &bytes),
            let count = hasHeaders ? number(UInt8.self, from: &bytes) : 0,
            let key = content(Int(keySize), from: &bytes), let value = content(Int(valueSize), from: &bytes)
        else { return nil }
        var record = Record(key: key, value: value, timestamp: time)
        for _ in 0..<count {
            guard let header = header(from: &bytes) else { return nil }
            record.headers.append(header)
        }
        return record
    }

    private static func header(from bytes: inout ArraySlice<UInt8>) -> Header? {
        guard let nameSize = number(UInt8.self, from: &bytes), let valueSize = number(UInt16.self, from: &bytes),
            let name = content(Int(nameSize), from: &bytes), let value = content(Int(valueSize), from: &bytes)
        else { return nil }
        return Header(name: String(decoding: name, as: UTF8.self), value: value)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func content(_ size: Int, from bytes: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard bytes.count >= size else { return nil }
        defer { bytes = bytes.dropFirst(size) }
        return Array(bytes.prefix(size))
    }

    private static func number<Number: FixedWidthInteger>(
        _: Number.Type,
        from bytes: inout ArraySlice<UInt8>
    ) -> Number? {
        content(MemoryLayout<Number>.size, from: &bytes)?.reduce(Number.zero) { number, byte in
            Number(truncatingIfNeeded: UInt64(truncatingIfNeeded: number) << 8 | UInt64(byte))
        }
    }
}

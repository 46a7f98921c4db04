import Testing

@testable import MessageLog

/// The bytes here were made from `docs/formats.md` by another program, in another language.
@Suite("The bytes on disk")
struct FormatTests {
    private static let segment = """
        4b49544853454701000102030405060708090a0b0c0d0e0f0700000000000000030000000000000000402046484706000000000000000000\
        000000004f0295f9
        """
    private static let batch = """
        2000f504400000004f0295f902000000070000000000000007000000000000000400000000000000e80300000000000000016b0276760101\
        6e0200ff03000000
        """
    /// The segment and its batch, rewritten once: the first record is empty now.
    private static let rewritten = """
        4b49544853454701000102030405060708090a0b0c0d0e0f0700000000000000030000000000000000402046484706000100000000000000\
        000000007fd6e4c803a612fe380000007fd6e4c802000000070000000000000007000000000000000400000000000000e803000000000000\
        0000000003000000
        """
    private static let markStart = """
        4b49544848454401000102030405060708090a0b0c0d0e0f090000000000000009000000000000000700000000000000800000000000000000\
        000000
        """
    private static let epoch = LogEpoch(upper: 0x0001_0203_0405_0607, lower: 0x0809_0a0b_0c0d_0e0f)
    private static let records = [
        Record(
            key: [0x6b],
            value: [0x76, 0x76],
            headers: [Header(name: "n", value: [0, 255])],
            timestamp: 1000
        ),
        Record(value: [], timestamp: 998),
    ]

    @Test("have the checksum of the specification")
    func checksum() {
        let digits = Array("123456789".utf8)
        #expect(digits.checksum(of: 0..<9) == 0xe306_9283)
        #expect(digits.checksum(of: 4..<9, seed: digits.checksum(of: 0..<4)) == 0xe306_9283)
    }

    @Test("of a segment and its batches are those of the specification")
    func segmentAndBatch() throws {
        let header = SegmentHeader(epoch: Self.epoch, base: 7, lastSequence: 3, created: 1_767_225_600_000_000)
        #expect(hexadecimal(header.encoded) == Self.segment)
        var tail = LaneTail(header, crc: 0xf995_024f)
        let entry = EncodedAppend(Self.records, size: EncodedAppend.size(of: Self.records), sequence: 4)
        var bytes: [UInt8] = []
        #expect(tail.encode(entry, into: &bytes) == .at(7))
        #expect(hexadecimal(bytes) == Self.batch)
        #expect(try SegmentHeader.decode(header.encoded, file: "").header == header)
    }

    @Test("of a segment that was rewritten are those of the specification")
    func rewrittenSegment() throws {
        let (system, partition) = (SimulatedFileSystem(), Partition(topic: "t", name: "p"))
        let paths = LanePaths(root: "/log", partition: partition)
        try system.makeDirectory(paths.directory)
        _ = try system.open(paths.head, .create)
        try system.open(paths.segment(7), .create).write(bytes(Self.segment + Self.batch), at: 0)
        let rewrite = Rewrite(partition: partition, offsets: RangeSet(7..<8)) { _ in Record(value: [], timestamp: 0) }
        let rewriting = SegmentRewriting(
            fileSystem: system,
            paths: paths,
            epoch: Self.epoch,
            base: 7,
            rewrite: rewrite,
            batchLimit: 1000,
            interruption: { nil }
        )
        #expect(try rewriting.run(upTo: 9) == 1)
        let found = try system.open(paths.segment(7), .read).bytes(at: 0, count: 1000)
        #expect(hexadecimal(found) == Self.rewritten)
    }

    @Test("of a head mark are those of the specification")
    func headMark() {
        let mark = HeadMark(epoch: Self.epoch, counter: 9, head: 9, segment: 7, position: 128)
        let bytes = mark.encoded
        #expect(hexadecimal(Array(bytes.prefix(60))) == Self.markStart)
        #expect(hexadecimal(Array(bytes.suffix(4))) == "2a94275c")
        #expect(HeadMark(bytes[...]) == mark)
    }

    @Test("of two head marks are whole only if both are")
    func wholeHead() {
        let marks = [UInt64(8), 9].map { number in
            HeadMark(epoch: Self.epoch, counter: number, head: number, segment: 7, position: 128).encoded
        }
        let torn = Array(marks[0].prefix(30) + marks[1].dropFirst(30))
        #expect(EmbeddedLog.isWhole(head: marks[0] + marks[1]))
        #expect(!EmbeddedLog.isWhole(head: torn + marks[1]))
        #expect(!EmbeddedLog.isWhole(head: marks[0] + torn))
        #expect(!EmbeddedLog.isWhole(head: marks[0]))
        #expect(!EmbeddedLog.isWhole(head: []))
    }

    @Test("give back times however far apart")
    func times() {
        let records = [Int64.min, .max, 0, -1, 1_767_225_600_000_000].map { Record(value: [], timestamp: $0) }
        let entry = EncodedAppend(records, size: EncodedAppend.size(of: records), sequence: nil)
        let found = entry.payload.withUnsafeBytes { bytes in
            var reader = RecordReader(bytes, timestamp: entry.timestamp)
            return records.map { _ in reader.record() }
        }
        #expect(found == records)
    }

    @Test("are refused without a crash when they are no records", arguments: 0..<500)
    func noise(seed: UInt64) {
        var random = SplitMix(state: seed)
        let noise = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random) & (Bool.random(using: &random) ? 0x07 : 0xff)
        }
        noise.withUnsafeBytes { bytes in
            var reader = RecordReader(bytes, timestamp: 0)
            while reader.record() != nil {}
            #expect(reader.position <= noise.count)
        }
    }

    @Test("spell an epoch the way it is stored")
    func epochText() {
        #expect(Self.epoch.description == "000102030405060708090a0b0c0d0e0f")
        #expect(LogEpoch(Self.epoch.description) == Self.epoch)
        #expect(LogEpoch("+00102030405060708090a0b0c0d0e0f") == nil)
        #expect(LogEpoch("0001") == nil)
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

import Synchronization

@testable import MessageLog

extension LogModel {
    /// Rewrites some of the records, or a range of them, or all.
    mutating func rewrite() async throws {
        guard let log, open.isEmpty else { return }
        let offsets = randomOffsets()
        lastVersion += 1
        let targets = try targets(offsets)
        steps.append("rewrite \(targets.count)")
        let records = targets.mapValues(\.new)
        do throws(MessageLogError) {
            let count = try await log.rewrite("events", at: offsets) { records[$0.offset] }
            try expect(count == records.count, "\(count) records were rewritten, not \(records.count)")
            try expectGone(targets.values.flatMap(\.formerMarks))
            note(Set(targets.keys), isCertain: true)
        } catch {
            switch error {
            case .full, .io, .syncFailed:
                steps.append("failed")
                note(Set(targets.keys), isCertain: false)
            default: throw error
            }
        }
    }

    /// A record to be rewritten, and how to tell that nothing is left of what it was.
    private struct Target {
        var new: Record
        var formerMarks: [[UInt8]]
    }

    private mutating func randomOffsets() -> RangeSet<Offset> {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return RangeSet(0..<Offset.max)
        case 1:
            let (one, other) = (
                Offset.random(in: 0...head, using: &random), Offset.random(in: 0...head, using: &random)
            )
            return RangeSet(min(one, other)..<max(one, other))
        default:
            let chosen = (0..<head).filter { _ in Int.random(in: 0..<8, using: &random) == 0 }
            return RangeSet(chosen.map { $0..<$0 + 1 })
        }
    }

    private func targets(_ offsets: RangeSet<Offset>) throws -> [Offset: Target] {
        var targets: [Offset: Target] = [:]
        for offset in first..<max(first, head) where offsets.contains(offset) {
            let (append, index) = try place(offset)
            targets[offset] = Target(
                new: append.record(index, version: lastVersion),
                formerMarks: append.versions[index].map { append.mark(index, version: $0) }
            )
        }
        return targets
    }

    private mutating func note(_ offsets: Set<Offset>, isCertain: Bool) {
        for index in stored.indices {
            for part in stored[index].sizes.indices where offsets.contains(stored[index].place(part)) {
                if isCertain { stored[index].versions[part] = [] }
                stored[index].versions[part].insert(lastVersion)
            }
        }
    }

    /// Nothing of it may be in a file that has a name, or would have one after a crash.
    private func expectGone(_ marks: [[UInt8]]) throws(MessageLogError) {
        let found = system.disk.withLock { disk in marks.first { disk.holds($0) } }
        try expect(found == nil, "\(String(decoding: found ?? [], as: UTF8.self)) is still there")
    }

    /// The append that has the offset, and the record of it.
    func place(_ offset: Offset) throws(MessageLogError) -> (append: Append, index: Int) {
        guard let append = stored.last(where: { $0.place(0) <= offset }) else {
            throw .corrupt(file: "model", at: 0, reason: "nobody wrote offset \(offset)")
        }
        return (append, Int(offset - append.place(0)))
    }
}

extension LogModel.Append {
    /// What a record says and how long it is in one of its versions; the time stays.
    func record(_ index: Int, version: Int) -> Record {
        let size = version == 0 ? sizes[index] : (sizes[index] * 7 + version * 131) % 1300
        return Record(
            key: version.isMultiple(of: 2) ? Array("\(sequence)".utf8) : [],
            value: Array(repeating: UInt8((Int(sequence) + index + version) % 50), count: size),
            headers: [
                Header(name: "part", value: [UInt8(index), UInt8(sizes.count)]),
                Header(name: "mark", value: mark(index, version: version)),
            ],
            timestamp: Int64(sequence)
        )
    }

    /// Bytes that no other record has, and no other version of this one.
    func mark(_ index: Int, version: Int) -> [UInt8] { Array("<\(sequence).\(index).\(version)>".utf8) }

    /// Which of the possible versions the record is.
    func version(of record: Record, at index: Int) -> Int? {
        versions[index].first { self.record(index, version: $0) == record }
    }
}

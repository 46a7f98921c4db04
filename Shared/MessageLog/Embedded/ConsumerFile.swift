/// The file in which a consumer notes how far it has come: lines of text, the last of them a checksum.
struct ConsumerFile {
    private static let title = "kith-progress 1"

    let fileSystem: any FileSystem
    let root: String
    let topic: String

    private var topicDirectory: String { "\(root)/\(topic)" }
    private var directory: String { "\(topicDirectory)/\(LanePaths.consumers)" }

    /// The names of the consumers that have noted progress, ascending.
    func names() throws(MessageLogError) -> [String] {
        do { return try fileSystem.list(directory).filter { Partition.isName($0) }.sorted() } catch {
            if error.isMissing { return [] }
            throw MessageLogError(error)
        }
    }

    /// What a consumer noted.
    func read(_ consumer: String) throws(MessageLogError) -> ConsumerStatus? {
        let path = "\(directory)/\(consumer)"
        let bytes: [UInt8]
        do {
            let file = try fileSystem.open(path, .read)
            bytes = try file.bytes(at: 0, count: file.size())
        } catch {
            if error.isMissing { return nil }
            throw MessageLogError(error)
        }
        guard let status = decode(bytes, consumer: consumer) else {
            throw .corrupt(file: path, at: 0, reason: "The consumer's progress cannot be read.")
        }
        return status
    }

    /// Replaces what a consumer noted.
    func write(_ status: ConsumerStatus) throws(MessageLogError) {
        let path = "\(directory)/\(status.name)"
        let (fileSystem, directory, bytes) = (fileSystem, directory, encode(status))
        let parents = isNew(status.name) ? [topicDirectory, root] : []
        try logged { () throws(FileError) in
            try fileSystem.makeDirectory(directory)
            _ = try fileSystem.place(bytes, at: path, in: directory)
            // A consumer that a power cut forgets would no longer hold back retention.
            for parent in parents { try fileSystem.syncDirectory(parent) }
        }
    }

    private func isNew(_ consumer: String) -> Bool {
        (try? fileSystem.open("\(directory)/\(consumer)", .read)) == nil
    }

    private func encode(_ status: ConsumerStatus) -> [UInt8] {
        var lines = [Self.title, "updated \(status.updated)"]
        lines += status.positions.sorted { $0.key < $1.key }.map { "\($0.key.name) \($0.value)" }
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        return text + Array("crc32c \(text.checksum(of: 0..<text.count))\n".utf8)
    }

    private func decode(_ bytes: [UInt8], consumer: String) -> ConsumerStatus? {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[0] == Self.title, let updated = number(lines[1], after: "updated") else {
            return nil
        }
        let last = lines[lines.count - 2]
        let checked = bytes.count - last.utf8.count - 1
        guard lines.last == "", checked >= 0, number(last, after: "crc32c") == Int64(bytes.checksum(of: 0..<checked))
        else { return nil }
        var positions: [Partition: Offset] = [:]
        for line in lines[2..<lines.count - 2] {
            let words = line.split(separator: " ")
            guard words.count == 2, let offset = Offset(words[1]) else { return nil }
            positions[Partition(topic: topic, name: String(words[0]))] = offset
        }
        return ConsumerStatus(name: consumer, positions: positions, updated: updated)
    }

    private func number(_ line: Substring, after word: String) -> Int64? {
        guard line.hasPrefix(word + " ") else { return nil }
        return Int64(line.dropFirst(word.utf8.count + 1))
    }
}

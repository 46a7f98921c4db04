import Events
import Glibc

/// Reads on in a service's output file, and picks out what a person should hear of.
struct OutputTail: Sendable {
    private static let sizeLimit = 16 << 20
    private let path: String
    private var position: Int

    /// Begins at the start of the file, or at its present end.
    init(path: String, fromEnd: Bool = false) {
        self.path = path
        position = fromEnd ? Files.size(path) : 0
    }

    /// The problems written since the last call, at most ten, each as one line.
    mutating func news() -> [String] {
        let size = Files.size(path)
        if size < position { position = 0 }
        guard size > position, let text = read(upTo: min(size - position, 256 << 10)) else { return [] }
        return Array(text.split(separator: "\n").compactMap { OutputTail.problem(in: $0) }.suffix(10))
    }

    /// The last problem in the file.
    func lastProblem() -> String? {
        var tail = self
        tail.position = max(0, Files.size(path) - (64 << 10))
        return tail.news().last
    }

    /// Keeps the file within bounds: what is too long moves to `….1`, in place of what was there.
    ///
    /// The file itself stays, because the service has it open for appending.
    mutating func trim() {
        guard Files.size(path) > OutputTail.sizeLimit, let bytes = try? Files.read(path) else { return }
        try? Files.write(bytes, to: "\(path).1", mode: 0o640)
        truncate(path, 0)
        position = 0
    }

    private mutating func read(upTo count: Int) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        fseek(file, position, SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: count)
        let length = fread(&bytes, 1, count, file)
        // An unfinished last line is left for the next time.
        guard let end = bytes[..<length].lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        position += end + 1
        return String(decoding: bytes[...end], as: UTF8.self)
    }

    /// What a line says is wrong, if anything: a log event of the level `error` or worse, or a line that is no log event.
    static func problem(in line: Substring) -> String? {
        guard let root = try? JSONDocument(Array(line.utf8)).root, let message = root["message"]?.string else {
            return plainProblem(in: line)
        }
        guard let level = root["level"]?.string, level == "error" || level == "critical" else { return nil }
        let known: Set = ["time", "level", "service", "message"]
        let details = root.members.filter { !known.contains($0.key) }
            .map { "\($0.key)=\($0.value.string ?? $0.value.value.text)" }
        return details.isEmpty ? message : "\(message) (\(details.joined(separator: ", ")))"
    }

    /// What a line says that is no log event; of a service that refuses its options, only why.
    private static func plainProblem(in line: Substring) -> String? {
        let mark = "Error: "
        if line.hasPrefix(mark) { return String(line.dropFirst(mark.count)) }
        let isAdvice = line.hasPrefix("Usage: ") || line.hasPrefix("  See '")
        return line.isEmpty || isAdvice ? nil : String(line)
    }
}

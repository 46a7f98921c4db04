import Glibc

/// Tells one process from all others, as far as one machine can.
struct ProcessIdentity: Codable, Sendable, Equatable {
    var host: String
    var number: Int32
    /// When it was started, in the kernel's ticks: numbers are used again, and in containers they are all the same.
    var start: UInt64

    /// This process.
    static let current = ProcessIdentity(host: hostName(), number: getpid(), start: start(of: getpid()) ?? 0)

    /// Whether it is known to have ended; of processes on other machines that is never known.
    var hasEnded: Bool {
        host == Self.current.host && Self.start(of: number) != start
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// The 22nd field of the process's state, counted behind its name, which may hold anything.
    private static func start(of number: Int32) -> UInt64? {
        guard let file = fopen("/proc/\(number)/stat", "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 4096)
        let count = fread(&text, 1, text.count - 1, file)
        let line = String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[end...].split(separator: " ")
        return fields.count > 20 ? UInt64(fields[20]) : nil
    }
}

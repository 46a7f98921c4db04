import Glibc

/// What is on a simulated disk, and what is only on its way there.
struct SimulatedDisk {
    /// A change to a file's bytes.
    enum Change {
        case write([UInt8], Int)
        case truncate(Int)
    }

    /// A change to a directory.
    enum NameChange {
        case link(String, Int)
        case rename(String, String, Int)
        case remove(String)
    }

    struct Node {
        var content: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Change] = []
    }

    private static let sector = 512

    private(set) var nodes: [Node] = [Node()]
    private(set) var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var pendingNames: [(directory: String, change: NameChange)] = []
    private(set) var life = 0
    var locks: Set<String> = []
    /// The changes that succeed before the process dies; nil lets it live.
    var stepsLeft: Int?
    /// Whether the next sync fails.
    var failsNextSync = false
    /// Whether the next sync of a directory fails, and leaves it open which of its changes reach the disk.
    var failsNextDirectorySync = false
    /// The bytes that files may still grow.
    var room = Int.max

    static func directory(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    func isAlive(_ life: Int?) -> Bool { life == nil || life == self.life }

    /// Counts a change; false if the process is dead by now.
    mutating func survivesStep() -> Bool {
        guard let left = stepsLeft else { return true }
        stepsLeft = max(0, left - 1)
        return left > 0
    }

    mutating func addNode() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }

    mutating func link(_ path: String, _ node: Int) {
        change(.link(path, node), in: Self.directory(of: path))
    }

    mutating func change(_ change: NameChange, in directory: String) {
        Self.apply(change, to: &names)
        pendingNames.append((directory, change))
    }

    /// Makes the names in a directory durable; false if the sync failed.
    mutating func syncNames(in directory: String) -> Bool {
        defer { failsNextDirectorySync = false }
        guard !failsNextDirectorySync else { return false }
        for (_, change) in pendingNames.filter({ $0.directory == directory }) {
            Self.apply(change, to: &durableNames)
        }
        pendingNames.removeAll { $0.directory == directory }
        return true
    }

    /// Whether the bytes are in a file that has a name, or may get its name back by a crash.
    func holds(_ bytes: [UInt8]) -> Bool {
        Set(names.values).union(durableNames.values).contains { node in
            nodes[node].content.contains(bytes) || nodes[node].durable.contains(bytes)
                || nodes[node].pending.contains { change in
                    guard case .write(let written, _) = change else { return false }
                    return written.contains(bytes)
                }
        }
    }

    mutating func apply(_ change: Change, to node: Int) {
        Self.apply(change, to: &nodes[node].content)
        nodes[node].pending.append(change)
    }

    /// How many of the bytes fit.
    mutating func room(for count: Int, at position: Int, in node: Int) -> Int {
        let growth = max(0, position + count - nodes[node].content.count)
        let fitting = growth <= room ? count : max(0, count - (growth - room))
        room -= min(growth, room)
        return fitting
    }

    /// Makes a file durable, or makes it seem so; false if the sync failed.
    mutating func sync(_ node: Int) -> Bool {
        defer { failsNextSync = false }
        if !failsNextSync {
            for change in nodes[node].pending { Self.apply(change, to: &nodes[node].durable) }
        }
        nodes[node].pending = []
        return !failsNextSync
    }

    /// Ends this life of the system.
    mutating func crash(_ crash: SimulatedFileSystem.Crash, using random: inout some RandomNumberGenerator) {
        life += 1
        locks = []
        stepsLeft = nil
        failsNextSync = false
        failsNextDirectorySync = false
        room = .max
        guard crash == .power else { return }
        for index in nodes.indices { nodes[index].settle(using: &random) }
        for (_, change) in pendingNames where Bool.random(using: &random) { Self.apply(change, to: &durableNames) }
        pendingNames = []
        names = durableNames.filter { path, _ in hasDirectory(path) }
        durableNames = names
    }

    private func hasDirectory(_ path: String) -> Bool {
        let directory = Self.directory(of: path)
        return directory.isEmpty || (durableNames[directory] != nil && hasDirectory(directory))
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .link(let path, let node): names[path] = node
        case .remove(let path): names[path] = nil
        case .rename(let path, let other, let node):
            names[path] = nil
            names[other] = node
        }
    }

    fileprivate static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .truncate(let size): bytes.resize(to: size)
        case .write(let new, let position):
            if bytes.count < position + new.count { bytes.resize(to: position + new.count) }
            bytes.replaceSubrange(position..<position + new.count, with: new)
        }
    }

    /// The parts of a change that reached the disk: sectors of it.
    fileprivate static func tear(_ change: Change, using random: inout some RandomNumberGenerator) -> [Change] {
        guard case .write(let bytes, let position) = change else { return [change] }
        var parts: [Change] = []
        var start = position
        while start < position + bytes.count {
            let end = min(position + bytes.count, (start / sector + 1) * sector)
            if Bool.random(using: &random) {
                parts.append(.write(Array(bytes[start - position..<end - position]), start))
            }
            start = end
        }
        return parts
    }
}

extension SimulatedDisk.Node {
    /// Leaves what was durable and a random part of the rest.
    fileprivate mutating func settle(using random: inout some RandomNumberGenerator) {
        content = durable
        for change in pending {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: break
            case 1: SimulatedDisk.apply(change, to: &content)
            default:
                for part in SimulatedDisk.tear(change, using: &random) { SimulatedDisk.apply(part, to: &content) }
            }
        }
        durable = content
        pending = []
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        withUnsafeBytes { bytes in
            var position = 0
            while position + part.count <= bytes.count, let start = bytes.baseAddress {
                let rest = start + position
                guard let found = memchr(rest, Int32(part[0]), bytes.count - part.count + 1 - position) else {
                    return false
                }
                if memcmp(found, part, part.count) == 0 { return true }
                position += UnsafeRawPointer(found) - rest + 1
            }
            return false
        }
    }

    fileprivate mutating func resize(to size: Int) {
        if size < count {
            removeLast(count - size)
        } else {
            append(contentsOf: [UInt8](repeating: 0, count: size - count))
        }
    }
}

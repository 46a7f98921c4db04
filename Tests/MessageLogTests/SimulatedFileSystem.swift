import Glibc
import Synchronization

@testable import MessageLog

/// Files in memory that forget, at a crash, what was not synced: all of it, some of it, or sectors of it.
///
/// Names count as unsynced too until their directory is synced. A sync that is made to fail leaves the content readable
/// but no longer on its way to the disk, as Linux does.
final class SimulatedFileSystem: FileSystem {
    /// How the machine goes down.
    enum Crash {
        /// Only the process dies: everything it wrote is still there.
        case process
        /// The power goes: what was not synced may or may not have reached the disk.
        case power
    }

    let disk = Mutex(SimulatedDisk())

    func makeDirectory(_ path: String) throws(FileError) {
        try change("mkdir", path) { disk in
            let parts = path.split(separator: "/")
            for count in 1...parts.count {
                let directory = "/" + parts.prefix(count).joined(separator: "/")
                if disk.names[directory] == nil { disk.link(directory, disk.addNode()) }
            }
        }
    }

    func list(_ path: String) throws(FileError) -> [String] {
        try look("opendir", path) { disk in
            guard disk.names[path] != nil else { return nil }
            return disk.names.keys.filter { SimulatedDisk.directory(of: $0) == path }
                .map { String($0.dropFirst(path.count + 1)) }
        }
    }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any File {
        let (node, life) = try node(path, access)
        return SimulatedFile(system: self, path: path, node: node, life: life)
    }

    private func node(_ path: String, _ access: FileAccess) throws(FileError) -> (Int, Int) {
        guard case .create = access else {
            return (try look("open", path) { $0.names[path] }, life)
        }
        let node = try change("open", path) { disk in
            if let node = disk.names[path] {
                disk.apply(.truncate(0), to: node)
                return node
            }
            let node = disk.addNode()
            disk.link(path, node)
            return node
        }
        return (node, life)
    }

    private var life: Int { disk.withLock(\.life) }

    func rename(_ path: String, to other: String) throws(FileError) {
        try change("rename", path) { disk in
            guard let node = disk.names[path] else { return }
            disk.change(.rename(path, other, node), in: SimulatedDisk.directory(of: path))
        }
    }

    func remove(_ path: String) throws(FileError) {
        guard disk.withLock({ $0.names[path] != nil }) else {
            throw FileError(operation: "unlink", path: path, errno: ENOENT)
        }
        try change("unlink", path) { $0.change(.remove(path), in: SimulatedDisk.directory(of: path)) }
    }

    func syncDirectory(_ path: String) throws(FileError) {
        let worked = try change("fsync", path) { $0.syncNames(in: path) }
        guard worked else { throw FileError(operation: "fsync", path: path, errno: EIO) }
    }

    func lock(_ path: String) throws(FileError) -> any FileLock {
        _ = try open(path, .create)
        return try waitForLock(path)
    }

    /// Does not wait: with one process there is nobody to wait for.
    func waitForLock(_ path: String) throws(FileError) -> any FileLock {
        let isFree = disk.withLock { $0.locks.insert(path).inserted }
        guard isFree else { throw FileError(operation: "flock", path: path, errno: EWOULDBLOCK) }
        return SimulatedLock(system: self, path: path, life: life)
    }

    /// Does something to the disk, unless it is time to die.
    func change<Value: Sendable>(
        _ operation: String,
        _ path: String,
        life: Int? = nil,
        _ body: (inout SimulatedDisk) -> Value
    ) throws(FileError) -> Value {
        let value: Value? = disk.withLock { disk in
            guard disk.isAlive(life), disk.survivesStep() else { return nil }
            return body(&disk)
        }
        guard let value else { throw FileError(operation: operation, path: path, errno: EIO) }
        return value
    }

    private func look<Value: Sendable>(
        _ operation: String,
        _ path: String,
        _ body: (SimulatedDisk) -> Value?
    ) throws(FileError) -> Value {
        guard let value = disk.withLock({ body($0) }) else {
            throw FileError(operation: operation, path: path, errno: ENOENT)
        }
        return value
    }
}

/// A file of one life of the system; after a crash it answers nothing.
private final class SimulatedFile: File {
    let system: SimulatedFileSystem
    let path: String
    let node: Int
    let life: Int

    init(system: SimulatedFileSystem, path: String, node: Int, life: Int) {
        self.system = system
        self.path = path
        self.node = node
        self.life = life
    }

    func size() throws(FileError) -> Int { system.disk.withLock { $0.nodes[node].content.count } }

    func isLinked() throws(FileError) -> Bool { system.disk.withLock { $0.names[path] == node } }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int {
        let bytes = system.disk.withLock { Array($0.nodes[node].content.dropFirst(position).prefix(buffer.count)) }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError) {
        let (node, bytes) = (node, Array(bytes))
        let room = try system.change("pwrite", path, life: life) { disk in
            let room = disk.room(for: bytes.count, at: position, in: node)
            disk.apply(.write(Array(bytes.prefix(room)), position), to: node)
            return room
        }
        guard room == bytes.count else { throw FileError(operation: "pwrite", path: path, errno: ENOSPC) }
    }

    func truncate(to size: Int) throws(FileError) {
        let node = node
        try system.change("ftruncate", path, life: life) { $0.apply(.truncate(size), to: node) }
    }

    func sync() throws(FileError) {
        let node = node
        let worked = try system.change("fdatasync", path, life: life) { $0.sync(node) }
        guard worked else { throw FileError(operation: "fdatasync", path: path, errno: EIO) }
    }
}

/// A lock that lasts until it is released or the process dies.
private final class SimulatedLock: FileLock {
    private let system: SimulatedFileSystem
    private let path: String
    private let life: Int

    init(system: SimulatedFileSystem, path: String, life: Int) {
        self.system = system
        self.path = path
        self.life = life
    }

    deinit {
        system.disk.withLock { disk in
            if disk.life == life { disk.locks.remove(path) }
        }
    }
}

import Glibc
import MessageLog
import Synchronization

/// What the pipeline is at, in a small file beside the store, for the next process to read when this one is killed by a trap; so is
/// it noted that the store refuses a batch.
///
/// ```
/// byte 0    0; 1 once a trap has ended the process (written by the signal handler); 2 once the store has refused the batch
/// 8, 16, 24, 32   the batch's first offset, its length, the offset being decoded or -1, the traps so far at this place
/// 40        the length of the partition's name, then its bytes
/// ```
/// Integers have eight bytes in the machine's order. The file is mapped and never synced: a trap ends the process, not the
/// machine, and what a process has written to a mapping stays with the kernel. After a power cut there is no trap to tell of.
final class InFlightMark {
    /// What has come of the batch at a place.
    enum Failure: UInt8 {
        /// A defect ended the process.
        case trap = 1
        /// The store can never take it.
        case refusal = 2
    }

    /// A place on the log that the process has died at.
    struct Place: Equatable {
        var partition: String
        var offset: Offset
        var count: Int
    }

    private static let size = 4096
    private let bytes: UnsafeMutableRawBufferPointer
    private let descriptor: Int32

    /// Opens the file, or makes it.
    init(path: String) throws(FileFailure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0, ftruncate(descriptor, off_t(Self.size)) == 0 else {
            throw FileFailure(path: path, code: errno)
        }
        let address =
            Self.makesRoom(in: descriptor)
            ? mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
            : mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else { throw FileFailure(path: path, code: errno) }
        bytes = UnsafeMutableRawBufferPointer(start: address, count: Self.size)
    }

    /// Makes room for the file: who writes to a mapping for which a full disk has none is ended by that.
    ///
    /// Where there is none, what is noted stays with this process.
    private static func makesRoom(in descriptor: Int32) -> Bool {
        ![ENOSPC, EDQUOT].contains(posix_fallocate(descriptor, 0, off_t(size)))
    }

    deinit {
        TrapSignal.remove(descriptor: descriptor)
        munmap(bytes.baseAddress, bytes.count)
        close(descriptor)
    }

    /// Has a trap of this process noted in the file.
    func watchTraps() {
        TrapSignal.install(descriptor: descriptor)
    }

    /// How the last batch failed; asked once, at the start.
    func takeFailure() -> Failure? {
        defer { bytes[0] = 0 }
        return Failure(rawValue: bytes[0])
    }

    /// Notes that the store refuses the batch that is under way.
    func noteRefusal() {
        if place != nil { bytes[0] = Failure.refusal.rawValue }
    }

    /// Notes that a batch is begun.
    func begin(_ place: Place) {
        store(place.offset, at: 8)
        store(UInt64(place.count), at: 16)
        decoding = nil
        let name = Array(place.partition.utf8.prefix(Self.size - 48))
        store(UInt64(name.count), at: 40)
        UnsafeMutableRawBufferPointer(rebasing: bytes[48...]).copyBytes(from: name)
    }

    /// Notes that no batch is under way: what traps now is something else.
    func end() {
        decoding = nil
        store(0, at: 40)
    }

    /// The batch that is under way.
    var place: Place? {
        let length = Int(clamping: load(at: 40))
        guard length > 0, length <= Self.size - 48 else { return nil }
        return Place(
            partition: String(decoding: bytes[48..<48 + length], as: UTF8.self),
            offset: load(at: 8),
            count: Int(clamping: load(at: 16))
        )
    }

    /// The record that is being decoded.
    var decoding: Offset? {
        get { load(at: 24) == .max ? nil : load(at: 24) }
        set { store(newValue ?? .max, at: 24) }
    }

    /// How many traps in a row have ended a process at ``place``, or at ``decoding``.
    var traps: Int {
        get { Int(clamping: load(at: 32)) }
        set { store(UInt64(newValue), at: 32) }
    }

    private func load(at offset: Int) -> UInt64 { bytes.load(fromByteOffset: offset, as: UInt64.self) }

    private func store(_ value: UInt64, at offset: Int) {
        bytes.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
    }
}

/// The operating system refused to open a file.
struct FileFailure: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String { "\(path) cannot be opened (error \(code))." }
}

/// Notes that the process is being ended by a defect: a trap of Swift's, or bad memory.
private enum TrapSignal {
    /// Where the handler writes: into the mark of the store in use, and into that of the one being rebuilt.
    ///
    /// It may call no more than `pwrite`, and look at nothing but this.
    private static let first = Atomic<Int32>(-1)
    private static let second = Atomic<Int32>(-1)

    static func install(descriptor number: Int32) {
        let isFirst = first.compareExchange(expected: -1, desired: number, ordering: .sequentiallyConsistent).exchanged
        if !isFirst { second.store(number, ordering: .sequentiallyConsistent) }
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in TrapSignal.note() }
            // Back from the handler the instruction traps again, and then the default action ends the process.
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_ONSTACK
            sigaction(signal, &action, nil)
        }
    }

    /// What else is opened under this number later is not to be written to.
    static func remove(descriptor number: Int32) {
        _ = first.compareExchange(expected: number, desired: -1, ordering: .sequentiallyConsistent)
        _ = second.compareExchange(expected: number, desired: -1, ordering: .sequentiallyConsistent)
    }

    private static func note() {
        var mark: UInt8 = 1
        _ = pwrite(first.load(ordering: .relaxed), &mark, 1, 0)
        _ = pwrite(second.load(ordering: .relaxed), &mark, 1, 0)
    }
}

import ConnectorKit
import Events
import ServiceKit

/// A source that reads one file from its beginning to its end, and goes on where it stopped.
///
/// - A file that has grown is read on from where it ended; one that was replaced or changed is read from its beginning.
/// - A last line that has no end may still be written: it is read once the file has rested for ``FileSource/rest``.
/// - Memory does not grow with the file.
protocol FileSource: NativeSource {
    /// What its records look like.
    associatedtype Format: FileFormat
    var path: String { get }
    /// Whether the file is whole as it is.
    var isReadOnce: Bool { get }
    /// What to read the records with, from an offset that a bookmark names.
    func format(from bookmark: FileBookmark?, time: Timestamp) -> Format
}

/// Cuts a file into records and makes events of them.
protocol FileFormat {
    /// Takes in the next bytes.
    mutating func add(_ bytes: ArraySlice<UInt8>)
    /// Says that the file has ended.
    mutating func finish()
    /// What the next record gives, or `nil` until more is added.
    mutating func next() throws(FileFormatError) -> FileItem?
    /// Up to where in the file everything has been given.
    var offset: Int64 { get }
    /// The columns that a later part of the file is read with.
    var header: [String] { get }
}

/// Why no record of a file can be read.
struct FileFormatError: Error, Equatable, CustomStringConvertible {
    let reason: String
    /// The file's own words; without a header line these are its first person.
    let columns: [String]

    init(_ reason: String, columns: [String] = []) {
        self.reason = reason
        self.columns = columns
    }

    var description: String {
        columns.isEmpty ? "\(reason)." : "\(reason); the columns are \(columns.joined(separator: ", "))."
    }
}

extension Error {
    /// What a log may say of the error: nothing that stands in a file, or that a vendor says.
    var withoutData: String {
        if let failure = self as? ConnectorFailure { return failure.kind.rawValue }
        return (self as? FileFormatError).map { "\($0.reason)." } ?? "\(self)"
    }
}

/// What one record of a file gives.
enum FileItem {
    case event(SourceEvent)
    case rejected(RejectedRecord)
    /// Several of both.
    case batch(SourceBatch)

    /// The event that is made, or the record that it could not be made of.
    init(of payload: @autoclosure () -> [UInt8], _ make: () throws(RecordError) -> SourceEvent) {
        do throws(RecordError) {
            self = .event(try make())
        } catch {
            self = .rejected(RejectedRecord(code: error.code, reason: error.reason, payload: payload()))
        }
    }
}

extension FileSource {
    /// How long a file is to be unchanged before its last line counts although it has no end.
    private static var rest: Int64 { 60 * 1_000_000 }

    func check() async throws {
        try await offPool { [path] in _ = try FileReader(path: path) }
    }

    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        try await withTaskExecutorPreference(FileExecutor()) { try await readThere(from: state, emit) }
    }

    private func readThere(
        from state: JSONValue?,
        _ emit: @Sendable (SourceBatch) async throws -> Void
    ) async throws {
        let file = try FileReader(path: path)
        let bookmark = state.flatMap { FileBookmark($0) }
        guard !file.isUnchanged(since: bookmark) else { return }
        let age = SystemClock.now().microseconds - file.modified.microseconds
        // A clock that is behind the file's says nothing of its age.
        let isWhole = isReadOnce || abs(age) >= Self.rest
        let known = try await Self.known(of: file, bookmark)
        var reading = FileReading(file: file, isWhole: isWhole, from: known) {
            format(from: $0, time: file.modified)
        }
        while let batch = try reading.next() {
            try Task.checkCancellation()
            try await emit(batch)
        }
    }

    /// Where to go on in a file, if it still begins as it did.
    private static func known(
        of file: FileReader,
        _ bookmark: FileBookmark?
    ) async throws(CancellationError) -> (bookmark: FileBookmark, hash: PrefixHash)? {
        guard let bookmark, let hash = try await file.hash(upTo: bookmark.offset), hash.digest == bookmark.digest else {
            return nil
        }
        return (bookmark, hash)
    }
}

/// One pass over a file.
private struct FileReading<Format: FileFormat> {
    private let file: FileReader
    private let isWhole: Bool
    private var format: Format
    private var hash: PrefixHash
    private var isOver = false
    private var isComplete = false
    private static var batchEvents: Int { 1000 }
    private static var chunkBytes: Int { 256 * 1024 }

    init(
        file: FileReader,
        isWhole: Bool,
        from known: (bookmark: FileBookmark, hash: PrefixHash)?,
        format: (FileBookmark?) -> Format
    ) {
        self.file = file
        self.isWhole = isWhole
        hash = known?.hash ?? PrefixHash()
        self.format = format(known?.bookmark)
    }

    /// The next batch; the last one says that the whole file has been read.
    mutating func next() throws -> SourceBatch? {
        guard !isComplete else { return nil }
        var batch = SourceBatch()
        while batch.events.count + batch.rejected.count < Self.batchEvents {
            if let item = try format.next() {
                switch item {
                case .event(let event): batch.events.append(event)
                case .rejected(let record): batch.rejected.append(record)
                case .batch(let part):
                    batch.events += part.events
                    batch.rejected += part.rejected
                }
            } else if isOver {
                isComplete = true
                break
            } else if batch.events.isEmpty, batch.rejected.isEmpty {
                try advance()
            } else {
                break
            }
        }
        hash.advance(to: format.offset)
        let bookmark = FileBookmark(
            offset: format.offset,
            digest: hash.digest,
            // What is left is looked at again.
            size: isComplete && (isWhole || format.offset == hash.end) ? file.size : -1,
            modified: file.modified.microseconds,
            file: file.number,
            header: format.header
        )
        batch.state = bookmark.value
        batch.progress = SourceProgress(done: format.offset, total: file.size)
        return batch
    }

    private mutating func advance() throws {
        let chunk = try file.read(Self.chunkBytes, at: hash.end)
        hash.add(chunk)
        format.add(chunk[...])
        if chunk.isEmpty {
            isOver = true
            if isWhole { format.finish() }
        }
    }
}

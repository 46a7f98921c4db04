import Events
import MessageLog
import ServiceKit
import Topics

/// The log that stays when stores go back to a backup: they take in again from it what came since.
struct KeptLog {
    let data: DataDirectory
    let backup: BackupFolder

    /// Refuses a log that somebody writes, and one that has not all that a store of the backup has to read.
    func refuseUnfit(for stores: Set<ReturningStore>) async throws {
        try await refuseWritten()
        for store in stores {
            let former = try await Extent(of: store, in: DataDirectory(backup.path))
            try check(try await Extent(of: store, in: data), after: former, for: store)
        }
    }

    /// How many people were forgotten since a time.
    func forgotten(since time: Timestamp) async throws -> Int {
        let log = try EmbeddedLog(directory: data.logDirectory, producer: nil)
        var cursor = ControlCursor(log: log)
        var ids: Set<String> = []
        while let records = try await cursor.next() {
            for case .forgotten(let forgotten) in records where forgotten.time >= time {
                ids.insert(forgotten.suppression)
            }
        }
        await log.close()
        return ids.count
    }

    // MARK: Writers

    /// Takes every lane for a moment, which only its writer could refuse.
    private func refuseWritten() async throws {
        for producer in try producers() {
            do {
                try await EmbeddedLog(directory: data.logDirectory, producer: producer).close()
            } catch {
                guard case .locked = error else { throw error }
                throw CommandError(
                    .failure,
                    "“\(producer)” is running on \(data.path).",
                    remedy: "Stop all services first."
                )
            }
        }
    }

    private func producers() throws(CommandError) -> [String] {
        var names: Set<String> = []
        for topic in try Files.list(data.logDirectory) {
            names.formUnion(try Files.list("\(data.logDirectory)/\(topic)"))
        }
        return names.subtracting(["consumers"]).sorted()
    }

    // MARK: What there is to read

    /// What a store is made from, and how far it has said it was, at one time.
    private struct Extent {
        let partitions: [PartitionStatus]
        let progress: [Partition: Offset]

        init(of store: ReturningStore, in data: DataDirectory) async throws {
            let log = try EmbeddedLog(directory: data.logDirectory, producer: nil)
            partitions = try await log.partitions(of: store.topic)
            progress = try await log.consumers(of: store.topic).first { $0.name == store.rawValue }?.positions ?? [:]
            await log.close()
        }
    }

    /// A store is not ahead of the log that it was backed up with, nor behind what it had said of its progress before that.
    private func check(
        _ present: Extent,
        after former: Extent,
        for store: ReturningStore
    ) throws(CommandError) {
        for before in former.partitions {
            let now = present.partitions.first { $0.partition == before.partition }
            guard let now, now.epoch == before.epoch, now.head >= before.head else {
                throw unfit("The log in \(data.path) is not what became of the backup's: see \(before.partition).")
            }
        }
        guard store.readsEverything else { return }
        for now in present.partitions where now.first > former.progress[now.partition] ?? 0 {
            throw unfit("Retention has removed from \(now.partition) what \(store.file) of the backup has not read.")
        }
    }

    private func unfit(_ problem: String) -> CommandError {
        CommandError(.failure, problem, remedy: "Restore all of a backup, without --store, into an empty directory.")
    }
}

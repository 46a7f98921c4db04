public import MessageLog
public import ServiceKit
public import Store

extension ServiceProcess {
    /// Opens the process's store, and enters the group that shares it.
    ///
    /// The store is a file of the instance's own, or what `KITH_STORE` names: then a schema that is called by the group.
    ///
    /// - Parameters:
    ///   - log: What a member must reach to have a part in the work.
    ///   - read: Finds what was read for the store, and in which life: it must be of this log.
    public func openStore(
        _ migrations: [SQLMigration],
        log: any MessageLog,
        read: @escaping @Sendable (any SQLConnection) throws -> [Partition: LogEpoch]
    ) async throws -> (store: any SQLStore, membership: Membership) {
        let all = migrations + [MemberTable.migration]
        guard let address = try Environment.secret("KITH_STORE") else {
            let path = "\(options.data)/\(instance).sqlite"
            let store = try SQLiteStore(path: path, migrations: all)
            try await log.check(isThatOf: path, read: store.read(read))
            return (store, .alone)
        }
        let schema = "kith_\(group)"
        let store = try await sharedStore(address, schema: schema, migrations: all)
        try await log.check(isThatOf: schema, read: store.read(read))
        // Of its own, so that no long transaction keeps the member from beating.
        let beats = try await sharedStore(address, schema: schema, migrations: [])
        let watch = LogWatch(log: log, readiness: readiness)
        let membership = try await Membership.join(group, as: instance, in: beats, watching: watch)
        return (membership.fenced(store), membership)
    }

    /// A notice of waits for the store, and of where it lies.
    public func storeNotice() throws -> WaitNotice {
        WaitNotice(.store, in: try Environment.secret("KITH_STORE") == nil ? options.data : nil)
    }

    /// A store that other processes have as well; once the process is to stop, nobody waits for its server any more.
    public func sharedStore(
        _ address: String,
        schema: String,
        migrations: [SQLMigration]
    ) async throws -> PostgreSQLStore {
        try await PostgreSQLStore(address, schema: schema, migrations: migrations, isShared: true) { [readiness] in
            readiness.isEnding
        }
    }

    /// Copies the store from its file to what `KITH_STORE` names, if that was asked for; whether it was.
    public func copyStore(_ migrations: [SQLMigration], as copying: StoreCopyOptions) throws -> Bool {
        try copying.run { address in
            try StoreCopy.run(
                file: "\(options.data)/\(instance).sqlite",
                to: address,
                schema: "kith_\(group)",
                migrations: migrations + [MemberTable.migration],
                telling: StoreCopyOptions.tell
            )
        }
    }
}

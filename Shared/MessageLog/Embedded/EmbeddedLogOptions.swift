/// Every number that bounds the embedded log.
public struct EmbeddedLogOptions: Sendable {
    /// The size a segment file may reach before the next one is begun.
    public var segmentBytes = 64 << 20
    /// The bytes of appends that may wait for the disk; above, appends throw
    /// ``MessageLogError/overloaded(pendingBytes:)``.
    public var pendingBytes = 64 << 20
    /// The bytes of the records of one append.
    public var appendBytes = 32 << 20
    /// The bytes written between two syncs; more waits for the next one.
    public var groupBytes = 8 << 20
    /// Told once for each partition whose end was repaired at opening; for the service to log.
    public var onRecovery: (@Sendable (Recovery) -> Void)?

    /// The defaults.
    public init() {}
}

/// What opening a partition after a crash found beyond the last durable mark.
public struct Recovery: Sendable, Equatable {
    /// The partition that was opened.
    public var partition: Partition
    /// Records found whole beyond the mark; they were made durable and are shown now.
    public var recordsRecovered: Int
    /// Bytes of an append that never finished, which were cut off; it was not acknowledged.
    public var bytesCut: Int
}

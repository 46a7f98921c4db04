import Glibc

/// How much room there is on a disk.
enum FreeRoom {
    /// What is left for whatever else is on the disk.
    private static let reserve = 16 << 20

    /// Throws where there is less than is needed; a file system that does not say has enough.
    static func check(_ needed: Int, beside path: String) throws(StoreError) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return }
        let free = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        guard !free.overflow, free.partialValue < needed + reserve else { return }
        throw .noRoom(path: path, needed: needed + reserve, free: free.partialValue)
    }
}

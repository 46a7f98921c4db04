/// Where rebuilds are asked for, and asked about.
protocol Rebuilds: Sendable {
    /// How the one that is under way stands, or how the last one ended.
    var status: RebuildStatus { get async throws }

    /// Asks for a rebuild; throws ``RebuildError/underWay`` while there is one. Once anybody can see that it is under way, it is
    /// done, whatever becomes of this process.
    func begin(_ request: RebuildRequest) async throws -> RebuildStatus

    /// Asks for its end; throws a ``RebuildError`` when there is none, and when it is too late.
    func abort() async throws -> RebuildStatus
}

extension RebuildDesk: Rebuilds {}

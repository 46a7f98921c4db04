import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

extension ProfileAPI {
    /// A body that breaks off when the key of its call is revoked, so that nobody takes what there is of it for all.
    func guardedBody(
        for call: Call,
        _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> ResponseBody {
        let isWelcome = self.isWelcome(call)
        return ResponseBody { writer in
            var guarded: any ResponseBodyWriter = GuardedWriter(writer: writer, isWelcome: isWelcome)
            try await write(&guarded)
            try await guarded.finish(nil)
        }
    }

    /// Whether the key of a call is good still.
    func isWelcome(_ call: Call) -> @Sendable () -> Bool {
        let (keys, key) = (keys, call.key)
        return { key.map(keys.isGood) ?? true }
    }
}

/// Writes for as long as whoever reads is welcome.
private struct GuardedWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let isWelcome: @Sendable () -> Bool

    mutating func write(_ buffer: ByteBuffer) async throws {
        guard isWelcome() else { throw APIError.unauthorized() }
        try await writer.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.finish(trailingHeaders)
    }
}

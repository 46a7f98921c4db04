import ConnectorKit
import Events

extension JSONWriter {
    /// The bytes of an object.
    static func object(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return writer.bytes
    }

    /// Writes a progress, when there is one.
    mutating func field(_ progress: SourceProgress?) {
        guard let progress else { return }
        key("progress")
        beginObject()
        field("done", progress.done)
        field("total", progress.total)
        endObject()
    }
}

import ConnectorKit
import Events

extension JSONWriter {
    /// Writes a progress, when there is one.
    mutating func field(_ progress: SourceProgress?) {
        guard let progress else { return }
        object("progress") { writer in
            writer.field("done", progress.done)
            writer.field("total", progress.total)
        }
    }
}

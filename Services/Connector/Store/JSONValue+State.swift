import ConnectorKit
import Events

extension JSONLimits {
    /// For what a source goes on from, which may say something of each of very many parts.
    static let state = JSONLimits(depth: 256, nodes: 16_000_000)
}

extension JSONValue {
    /// A source's state as the store keeps it; one that cannot be read is no reason to begin anew.
    init(state text: String) throws(ConnectorFailure) {
        do throws(JSONError) {
            self = try JSONDocument(Array(text.utf8), limits: .state).root.value
        } catch {
            throw ConnectorFailure(.system, "The state of the source cannot be read: \(error)")
        }
    }
}

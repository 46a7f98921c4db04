public import Events
import JQ

/// A jq expression that turns records into events, as ``Manifest``s have them, for sources written in Swift.
public struct EventExpression: Sendable {
    /// The setting by which a source takes one.
    public static let setting = SettingField.optional(
        "events",
        "A jq expression that makes events of a record, in place of a mapping; docs/connectors.md says how."
    )

    private let events: RecordEvents

    /// The expression of a source's setting; `nil` when there is none.
    public init?(_ setup: SourceSetup) throws(SettingsError) {
        guard let text = try setup.settings.text(Self.setting.name) else { return nil }
        guard setup.settings.value("mapping") == nil else {
            throw .invalid(Self.setting.name, reason: "and “mapping” exclude one another")
        }
        do throws(ProgramError) {
            events = RecordEvents(source: setup.name, stream: setup.name, expression: try Expression(text))
        } catch {
            throw .invalid(Self.setting.name, reason: "cannot be used: \(error.problem)")
        }
    }

    /// What a record gives; `time` is that of events which do not say theirs.
    public func batch(of record: JSONView, key: String = "", time: Timestamp) -> SourceBatch {
        events.batch(of: record.value, key: key, in: Scope(settings: .null, now: time), at: time)
    }

    /// What one version of a record gives: the same version gives the same ids, whenever it is read.
    ///
    /// `time` is when the record became what it is, if that is known; an event that has none is of `now`.
    public func batch(of record: JSONView, version: String, time: Timestamp?, now: Timestamp) -> SourceBatch {
        var events = events
        events.keysAreVersions = true
        return events.batch(
            of: record.value,
            key: version,
            time: time,
            in: Scope(settings: .null, now: now),
            at: now
        )
    }
}

import ConnectorKit
import Events
import Topics

/// Adds a line of JSON to a file for each command: its id, whom it is for, and what is to be said.
struct NDJSONDestination: NativeDestination {
    static let type = "ndjson"
    static let summary = "A line of JSON in a file for each message."
    static let settings: [SettingField] = [.required("path", "The file; it is made when there is none.")]

    private let file: AppendedFile

    init(name: String, settings: Settings) throws(SettingsError) {
        file = AppendedFile(path: try settings.requiredText("path"))
    }

    func deliver(_ command: Command) async -> DeliveryOutcome {
        let line = JSONWriter.object { writer in
            writer.field("id", command.id)
            writer.field("identifier", command.identifier.description)
            writer.field("createdAt", command.createdAt)
            writer.field("body", command.content)
        }
        return await file.outcome(of: String(decoding: line, as: UTF8.self))
    }
}

/// Adds a row to a file for each command, as RFC 4180 has it; the first column is the command's id.
struct CSVDestination: NativeDestination {
    static let type = "csv"
    static let summary = "A row of a CSV file for each message."
    static let settings: [SettingField] = [
        .required("path", "The file; it is made, with a header, when there is none."),
        .required("columns", "What of the body goes into which column, in their order; a path such as order.total."),
    ]

    private let file: AppendedFile
    private let columns: [String]

    init(name: String, settings: Settings) throws(SettingsError) {
        file = AppendedFile(path: try settings.requiredText("path"))
        columns = try settings.texts("columns")
        guard !columns.isEmpty else { throw .invalid("columns", reason: "is empty") }
    }

    func deliver(_ command: Command) async -> DeliveryOutcome {
        let id = Self.field(command.id)
        let values = columns.map { Self.field(command.content.value(at: $0)) }
        return await file.outcome(
            of: ([id, Self.field(command.identifier.description)] + values).joined(separator: ","),
            first: (["id", "identifier"] + columns).map(Self.field).joined(separator: ",")
        )
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) || $0 == "\r\n" }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}

extension AppendedFile {
    fileprivate func outcome(of line: String, first: String? = nil) async -> DeliveryOutcome {
        do throws(FileError) {
            try await append(line, first: first)
            return .delivered(detail: "written")
        } catch {
            return .retry(after: nil, reason: "\(error)")
        }
    }
}

extension Command {
    /// What is to be said: a webhook's body, or all that an action is given.
    fileprivate var content: JSONValue { payload["body"] ?? payload }
}

extension JSONValue {
    /// The value at a path, as a text; empty when there is none.
    fileprivate func value(at path: String) -> String {
        var value: JSONValue? = self
        for name in path.split(separator: ".") { value = value?[String(name)] }
        switch value {
        case nil: return ""
        case .string(let text): return text
        case .some(let other): return other.text
        }
    }
}

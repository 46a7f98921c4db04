import Events
public import YAML

/// What a declarative connector is: the contents of its `manifest.yaml`, which `docs/connectors.md` describes.
public struct Manifest: Sendable {
    /// What its folder is called, and the configuration's `type`.
    public let name: String
    /// What people call it.
    public let title: String
    /// What kind of system it is.
    public let category: Category
    /// One sentence.
    public let summary: String
    /// What it needs to be told, besides what every connector knows.
    public let settings: [SettingField]
    let http: HTTPDeclaration?
    let streams: [StreamDeclaration]
    let webhook: WebhookDeclaration?
    let actions: [ActionDeclaration]

    /// The kinds of systems.
    public enum Category: String, CaseIterable, Sendable {
        case advertising, chat, commerce, crm, database, email, files, forms, generic, payments, shipping, support
    }

    /// Reads a manifest; the error says what is wrong and on which line.
    public init(name: String, _ text: String) throws(YAMLError) {
        guard let file = try YAMLField(file: text) else { throw YAMLError(problem: "The manifest is empty.") }
        let fields = try file.fields(
            known: ["title", "category", "summary", "settings", "define", "http", "streams", "webhook", "actions"]
        )
        let definitions = try fields["define"]?.text() ?? ""
        let settings = fields["settings"]?.members?.map(\.name) ?? []
        // Not parameters: they would have to pass through every declaration down to the last text.
        let result = Expression.$definitions.withValue(definitions) {
            Expression.$settings.withValue(settings) {
                Result { () throws(YAMLError) in try Manifest(name: name, file, fields) }
            }
        }
        self = try result.get()
    }

    private init(name: String, _ file: YAMLField, _ fields: [String: YAMLField]) throws(YAMLError) {
        if let define = fields["define"] {
            _ = try Expression(".", at: define)
            try Expression.checkSettings(in: try define.text(), at: define)
        }
        self.name = name
        title = try file.required("title", in: fields).text()
        category = try file.required("category", in: fields).choice(of: Category.self)
        summary = try file.required("summary", in: fields).text()
        settings = try (fields["settings"]?.named() ?? []).map { field throws(YAMLError) in try SettingField(field) }
        http = try fields["http"].map { field throws(YAMLError) in try HTTPDeclaration(field) }
        streams = try (fields["streams"]?.named() ?? []).map { field throws(YAMLError) in try StreamDeclaration(field) }
        webhook = try fields["webhook"].map { field throws(YAMLError) in try WebhookDeclaration(field) }
        actions = try (fields["actions"]?.named() ?? []).map { field throws(YAMLError) in try ActionDeclaration(field) }
        try check(file)
    }

    /// Whether there is anything to read or receive.
    public var isSource: Bool { !streams.isEmpty || webhook != nil }

    /// Whether there is anything that it can be told to do.
    public var isDestination: Bool { !actions.isEmpty }

    private func check(_ file: YAMLField) throws(YAMLError) {
        guard isSource || isDestination else {
            throw file.error("There is nothing to do: neither streams nor a webhook nor actions.")
        }
        guard http != nil || (streams.isEmpty && actions.isEmpty) else {
            throw file.error("Streams and actions need to know whom to ask: “http” is missing.")
        }
        for stream in streams {
            guard case .stream(let parent, _)? = stream.each else { continue }
            guard let found = streams.first(where: { $0.name == parent }), found.each == nil else {
                let place = file.member("streams")?.member(stream.name)?.member("each") ?? file
                throw place.error(
                    "The stream “\(stream.name)” is for each of “\(parent)”, which is no stream without “each”."
                )
            }
        }
        for setting in file.member("settings")?.members ?? [] where takenNames.contains(setting.name) {
            throw setting.nameError("“\(setting.name)” is what every connector has; this setting needs another name.")
        }
    }

    /// What an entry of the configuration has besides the manifest's settings.
    private var takenNames: [String] {
        let source = ["userNamespace", "historical"] + DeclarativeSource.fields.map(\.name)
        let destination = DeliverySettings.fields.map(\.name)
        return ["name", "type"] + (isSource ? source : []) + (isDestination ? destination : [])
    }
}

/// What a new connector begins with.
enum Scaffold {
    static func files(for name: String) -> [(file: String, text: String)] {
        [("manifest.yaml", manifest(name)), ("fixtures/contacts.yaml", fixture(name)), ("README.md", readme(name))]
    }

    private static func manifest(_ name: String) -> String {
        #"""
        title: \#(name)
        category: generic
        summary: The people that \#(name) knows.

        settings:
          token:
            summary: A token that may read contacts.
            secret: true
          since:
            summary: How far back to read at first.
            type: time
            default: "2020-01-01T00:00:00Z"

        http:
          url: https://api.example.com
          auth: {bearer: \($settings.token)}

        streams:
          contacts:
            summary: Everybody in the address book, as they change.
            request: GET /v1/contacts
            query: {limit: 100}
            records: .contacts[]
            page: {cursor: .next, as: cursor}
            since: {field: .updated_at, as: updated_since, lookback: 1m, start: \($settings.since)}
            key: .id
            events: 'identify({"\#(name).contact": .id, email, phone}; {name}) | at(.updated_at)'

        """#
    }

    private static func fixture(_ name: String) -> String {
        """
        settings: {token: secret}
        exchanges:
          - request: GET /v1/contacts?limit=100&updated_since=2020-01-01T00:00:00.000Z
            headers: {Authorization: Bearer secret}
            answer:
              status: 200
              body:
                next: page2
                contacts:
                  - {id: 1, email: ada@example.com, name: Ada, updated_at: "2026-01-02T03:04:05Z"}
          - request: GET /v1/contacts?limit=100&updated_since=2020-01-01T00:00:00.000Z&cursor=page2
            answer: {status: 200, body: {contacts: [{id: 2, name: Bob, updated_at: "2026-01-01T00:00:00Z"}]}}
        events:
          - type: identify
            traits: {name: Ada}
            context: {externalIds: [{type: email, id: ada@example.com}, {type: \(name).contact, id: "1"}]}
            timestamp: "2026-01-02T03:04:05.000Z"
          - {type: identify, traits: {name: Bob}}
        after: {contacts: {since: "2026-01-02T03:04:05Z"}}

        """
    }

    private static func readme(_ name: String) -> String {
        """
        # \(name)

        What it brings, what to create at the vendor and which permissions it needs, step by step.

        """
    }
}

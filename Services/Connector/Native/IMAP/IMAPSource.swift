import ConnectorKit
import Curl
import Events

/// Reads mailboxes by IMAP, without ever marking a message as seen; each message becomes one event per person in it.
struct IMAPSource: NativeSource {
    static let type = "imap"
    static let summary = "Who wrote to whom, from mailboxes by IMAP."
    static let settings: [SettingField] = [
        .required("host", "The mail server."),
        .optional("port", "The mail server's port.", default: "993"),
        .optional("security", "tls (from the first byte), starttls or none.", default: "tls"),
        .required("user", "Whose mailbox it is."),
        .required("password", "The user's password.", secret: true),
        .optional("mailboxes", "Which mailboxes to read; by default INBOX."),
        .optional("ignore", "Addresses that stand for no person, such as those of one's own mailboxes."),
        .optional("idle", "Whether to have the server say at once when a message arrives (IDLE).", default: "true"),
        .optional("interval", "How often to look for new messages.", default: "60s"),
        .optional("authorities", "A file of certificate authorities to trust in place of the system's."),
    ]

    let interval: Duration?
    private let mailboxes: [String]
    private let idles: Bool
    private let ignored: Set<String>
    private let client: IMAPClient

    init(_ setup: SourceSetup) throws(SettingsError) {
        let settings = setup.settings
        interval = try settings.duration("interval")
        let mailboxes = try settings.texts("mailboxes")
        self.mailboxes = mailboxes.isEmpty ? ["INBOX"] : mailboxes
        idles = try settings.requiredFlag("idle")
        ignored = Set(try settings.texts("ignore").map { $0.lowercased() })
        client = IMAPClient(
            .init(
                host: try settings.requiredText("host"),
                port: try settings.requiredInteger("port", in: 1...65535),
                security: try settings.requiredChoice("security", of: SMTPClient.Security.self),
                login: .init(
                    user: try settings.requiredText("user"),
                    password: try settings.requiredText("password")
                ),
                authorities: try settings.text("authorities")
            )
        )
    }

    func check() async throws {
        for mailbox in mailboxes { _ = try await client.status(of: mailbox) }
    }

    /// Each mailbox takes a connection of its own.
    func watch(_ news: @escaping @Sendable () -> Void) async throws {
        guard idles else { return }
        try await withThrowingDiscardingTaskGroup { group in
            for mailbox in mailboxes {
                group.addTask { try await client.watch(mailbox, news: news) }
            }
        }
    }

    /// Reads every mailbox; one that the server refuses, as when it is gone, does not keep the others from being read.
    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        var state = state ?? [:]
        var refusals: [CurlError] = []
        for mailbox in mailboxes {
            do {
                try await read(mailbox, &state, emit)
            } catch CurlError.refused(let reason) {
                refusals.append(.refused("“\(mailbox)”: \(reason)"))
            }
        }
        if let refusal = refusals.first { throw refusal }
    }

    private func read(
        _ mailbox: String,
        _ state: inout JSONValue,
        _ emit: @Sendable (SourceBatch) async throws -> Void
    ) async throws {
        var hasMore = true
        while hasMore {
            let batch = try await client.messages(
                in: mailbox,
                after: state.bookmark(of: mailbox),
                fields: MailEvents.fields,
                limit: 500
            )
            hasMore = batch.hasMore
            guard let bookmark = batch.bookmark else { break }
            for part in parts(of: batch, in: mailbox, state: state) { try await emit(part) }
            state.set(bookmark, of: mailbox)
            try await emit(SourceBatch(state: state))
        }
    }

    /// The messages' events in batches of about 1,000: a message to a whole company has very many.
    private func parts(of batch: IMAPBatch, in mailbox: String, state: JSONValue) -> [SourceBatch] {
        // Before any part that goes on behind them.
        var parts = [SourceBatch(rejected: batch.refused.map { rejected($0, in: mailbox) })]
        for message in batch.messages {
            if parts[parts.count - 1].events.count >= 1000 { parts.append(SourceBatch()) }
            add(message, to: &parts[parts.count - 1])
            var reached = state
            reached.set(IMAPBookmark(validity: batch.status.validity, lastUID: message.uid), of: mailbox)
            parts[parts.count - 1].state = reached
        }
        return parts
    }

    private func rejected(_ refusal: IMAPRefusal, in mailbox: String) -> RejectedRecord {
        let message: JSONValue = [
            "mailbox": .string(mailbox), "uid": .number(JSONNumber(Int64(refusal.uid))),
        ]
        return RejectedRecord(
            code: "no_detail",
            reason: "The server refuses to give the message: \(refusal.reason)",
            payload: message.bytes
        )
    }

    private func add(_ message: IMAPMessage, to batch: inout SourceBatch) {
        let events = MailEvents.events(of: message, ignoring: ignored)
        batch.events += events
        guard events.isEmpty, MailEvents.people(in: MailHeader(message.header)).isEmpty else { return }
        batch.rejected.append(
            RejectedRecord(code: "no_identifier", reason: "The message names nobody.", payload: message.header)
        )
    }
}

extension JSONValue {
    fileprivate func bookmark(of mailbox: String) -> IMAPBookmark? {
        guard case .number(let validity) = self[mailbox]?["validity"],
            case .number(let last) = self[mailbox]?["lastUID"],
            let validity = validity.int64, let last = last.int64
        else { return nil }
        return IMAPBookmark(validity: UInt32(clamping: validity), lastUID: UInt32(clamping: last))
    }

    fileprivate mutating func set(_ bookmark: IMAPBookmark, of mailbox: String) {
        guard case .object(var members) = self else { return }
        members[mailbox] = [
            "validity": .number(JSONNumber(Int64(bookmark.validity))),
            "lastUID": .number(JSONNumber(Int64(bookmark.lastUID))),
        ]
        self = .object(members)
    }
}

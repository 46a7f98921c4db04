import Events
import HTTPTypes
import Hummingbird
import ServiceKit
import Topics

extension ProfileAPI {
    /// Making, listing and revoking keys.
    var keyEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post,
                path: "/v1/keys",
                name: "createKey",
                summary: "Make a key; its secret is shown only now.",
                scope: .admin,
                body: "NewKey",
                answer: .json("CreatedKey", "The key with its secret.", status: .created),
                action: .administration("keys.create", createKey)
            ),
            Endpoint(
                method: .get,
                path: "/v1/keys",
                name: "listKeys",
                summary: "The keys that are good, oldest first.",
                scope: .admin,
                answer: .json("Keys", "The keys, without their secrets."),
                action: .administration("keys.list", listKeys)
            ),
            Endpoint(
                method: .delete,
                path: "/v1/keys/{id}",
                name: "revokeKey",
                summary: "Revoke a key; every service refuses it within a second.",
                scope: .admin,
                pathParameters: [PathParameter(name: "id", summary: "The key's id.", example: "key_k7m2qfzt4xwo")],
                answer: Endpoint.Answer(status: .noContent, summary: "The key is revoked."),
                refusals: [.notFound, .conflict],
                action: .administration("keys.revoke", revokeKey)
            ),
        ]
    }

    private func createKey(_ call: Call) async throws -> Administered {
        let wish = try KeyWish(json: try await call.object(KeyWish.fields))
        let secret = Secret.generate(wish.scope)
        let key = wish.key(secret: secret, at: call.now)
        var writer = JSONWriter()
        key.writePublicFields(to: &writer, secret: secret)
        return Administered(
            subject: key.id,
            records: [.key(key)],
            response: .json(writer.bytes, status: .created)
        )
    }

    private func listKeys(_ call: Call) async throws -> Administered {
        let body = JSONWriter.object { writer in
            writer.array("keys", of: keys.all) { $0.writePublicFields(to: &$1) }
        }
        return Administered(subject: "keys", response: .json(body))
    }

    private func revokeKey(_ call: Call) async throws -> Administered {
        let id = call.path["id"] ?? ""
        guard let key = keys.all.first(where: { $0.id == id }) else {
            throw APIError.notFound("There is no good key with this id.")
        }
        guard keys.mayRevoke(key, at: call.now) else {
            throw APIError(
                .conflict,
                code: "last_admin_key",
                message: "This is the last admin key; make another one before you revoke it."
            )
        }
        return Administered(
            subject: id,
            records: [.keyRevoked(id: id, at: call.now)],
            response: Response(status: .noContent)
        )
    }
}

/// What somebody wants of a new key.
struct KeyWish: Equatable {
    static let fields = ["scope", "source", "userNamespace"]

    let scope: GrantedKey.Scope
    let source: String
    let userNamespace: String?

    init(scope: GrantedKey.Scope, source: String, userNamespace: String? = nil) {
        self.scope = scope
        self.source = source
        self.userNamespace = userNamespace
    }

    /// Reads and checks the body of a request.
    init(json: JSONView) throws {
        let scopes = GrantedKey.Scope.allCases.map(\.rawValue).joined(separator: ", ")
        guard let scope = try json.text("scope").flatMap({ GrantedKey.Scope(rawValue: $0) }) else {
            throw APIError.badRequest("invalid_field", "“scope” must be one of \(scopes).")
        }
        self.scope = scope
        source = try json.text("source") ?? (scope == .write ? "" : scope.rawValue)
        guard Self.isName(source) else {
            throw APIError.badRequest(
                "invalid_field",
                "“source” must be 1 to 64 lower-case letters, digits, “-” and “_”; a write key needs one."
            )
        }
        userNamespace = try json.text("userNamespace")
        guard userNamespace.map(Identifier.isNamespace) ?? true else {
            throw APIError.badRequest(
                "invalid_field",
                "“userNamespace” must be 1 to 64 lower-case letters, digits, “.”, “-” and “_”."
            )
        }
    }

    /// The key that fulfils the wish.
    func key(secret: String, at now: Timestamp) -> GrantedKey {
        GrantedKey(
            id: "key_" + Secret.hash(Secret.generate(scope)).prefix(16),
            scope: scope,
            source: source,
            userNamespace: userNamespace,
            hash: Secret.hash(secret),
            createdAt: now
        )
    }

    /// A source's name has no dots, unlike a namespace.
    private static func isName(_ text: String) -> Bool {
        Identifier.isNamespace(text) && !text.utf8.contains(UInt8(ascii: "."))
    }
}

extension GrantedKey {
    /// Writes what may be shown of a key; the secret only to whom it was made for.
    func writePublicFields(to writer: inout JSONWriter, secret: String? = nil) {
        writer.beginObject()
        writer.field("id", id)
        writer.field("scope", scope.rawValue)
        writer.field("source", source)
        if let userNamespace { writer.field("userNamespace", userNamespace) }
        if let secret { writer.field("secret", secret) }
        writer.field("createdAt", createdAt)
        writer.endObject()
    }
}

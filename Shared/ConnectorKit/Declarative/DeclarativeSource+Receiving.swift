import Events
import JQ

extension DeclarativeSource {
    /// What a request holds that the vendor sent by itself.
    public func receive(_ request: ReceivedRequest) throws(ReceiveRefusal) -> Reception {
        guard let webhook = manifest.webhook else { throw .notReceiving }
        let scope = Scope(settings: settings, now: request.now)
            .with("headers", .object(request.headers.mapValues(JSONValue.string)))
            .with("query", .object(request.query.mapValues(JSONValue.string)))
        // A question whether the address is ours comes without a signature; the manifest sees to who may ask.
        if request.method == "GET" {
            guard let answer = (try? webhook.challenge?.value(of: .null, in: scope)) ?? nil else { throw .onlyByPOST }
            return .challenge(answer)
        }
        let id = try verified(request, webhook, scope)
        let body = try body(of: request, isForm: webhook.isForm)
        if let challenge = (try? webhook.challenge?.value(of: body, in: scope)) ?? nil { return .challenge(challenge) }
        let own = ((try? webhook.dedupe?.value(of: body, in: scope)) ?? nil)?.plainText
        // An empty text tells no request from another.
        let requestID = own?.isEmpty == false ? own : id
        var batch = SourceBatch(requestID: requestID)
        do throws(ProgramError) {
            let mapping = RecordEvents(source: name, stream: "webhook", expression: webhook.events)
            for (index, record) in try webhook.records.values(of: body, in: scope).enumerated() {
                let key = "\(requestID ?? "").\(index)"
                let part = mapping.batch(of: record, key: key, in: scope, at: request.now)
                batch.events += part.events
                batch.rejected += part.rejected
            }
        } catch {
            let reason = "The body has no records: \(error.problem)"
            batch.rejected.append(RejectedRecord(code: "mapping_failed", reason: reason, payload: request.body))
        }
        return .batch(batch, redirect: try? webhook.redirect?.text(in: scope))
    }

    private func verified(
        _ request: ReceivedRequest,
        _ webhook: WebhookDeclaration,
        _ scope: Scope
    ) throws(ReceiveRefusal) -> String? {
        let values = (try? webhook.secret.values(in: scope)) ?? []
        let secrets = values.flatMap { value -> [String] in
            if case .array(let list) = value { list.compactMap(\.nonempty) } else { value.nonempty.map { [$0] } ?? [] }
        }
        guard !secrets.isEmpty else {
            if webhook.isOpen { return nil }
            throw .unverified(.noSecret)
        }
        do throws(WebhookError) {
            return try webhook.verification.verify(request, secrets: secrets)
        } catch {
            throw .unverified(error)
        }
    }

    /// A request may have many records.
    private static let limits = JSONLimits(nodes: 400_000)

    private func body(of request: ReceivedRequest, isForm: Bool) throws(ReceiveRefusal) -> JSONValue {
        guard !isForm || !request.isMultipart else {
            throw .malformed(
                "A form is taken as application/x-www-form-urlencoded or as application/json, not as multipart/form-data."
            )
        }
        if isForm, !request.isJSON { return Self.form(String(decoding: request.body, as: UTF8.self)) }
        if request.body.isEmpty { return .null }
        do throws(JSONError) {
            let root = try JSONDocument(tolerating: request.body, limits: Self.limits).root
            // A word such as “NaN” counts as null inside a body; one that is all of it is no JSON.
            if root.isNull, let fault = root.fault { throw fault }
            return root.value
        } catch {
            throw .malformed("The body is not valid JSON: \(error)")
        }
    }

    /// The fields of a form; of one that is there twice, the last.
    private static func form(_ text: String) -> JSONValue {
        .object(Dictionary(FormText.fields(of: text).map { ($0.name, .string($0.value)) }) { _, last in last })
    }
}

extension ReceivedRequest {
    fileprivate var isJSON: Bool { isOfType("application/json") }

    /// Such as a browser's `FormData`.
    fileprivate var isMultipart: Bool { isOfType("multipart/") }

    private func isOfType(_ type: String) -> Bool { headers["content-type"]?.lowercased().hasPrefix(type) == true }
}

extension DeclarativeSource {
    /// The request with what makes it one that is taken, where that can be made without the vendor; for fixtures.
    public func signed(_ request: ReceivedRequest) throws -> ReceivedRequest {
        guard let webhook = manifest.webhook else { return request }
        let scope = Scope(settings: settings, now: request.now)
        let secret = try webhook.secret.values(in: scope).first?.plainText ?? ""
        guard let proof = webhook.verification.sign(request, secret: secret) else { return request }
        var request = request
        request.headers.merge(proof.headers) { _, new in new }
        request.query.merge(proof.query) { _, new in new }
        return request
    }
}

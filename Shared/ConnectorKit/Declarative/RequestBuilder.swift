import Curl
import Events
import JQ

/// Makes the requests that a manifest describes; pure.
struct RequestBuilder: Sendable {
    let http: HTTPDeclaration
    /// How much of an answer is read.
    private static let answerLimit = 64 << 20

    /// The request, without what shows who is asking; `query` is added to its own.
    func request(
        _ declaration: RequestDeclaration,
        for input: JSONValue = .null,
        address: String? = nil,
        query extra: [(name: String, value: String)] = [],
        in scope: Scope
    ) throws(ConnectorFailure) -> HTTPRequest {
        do throws(ProgramError) {
            let base = try http.url.text(in: scope) ?? ""
            let path = if let address { address } else { try path(declaration, input, scope) }
            var request = HTTPRequest(
                method: declaration.method,
                url: Self.joined(base, path),
                responseLimit: Self.answerLimit
            )
            guard address != nil || Self.isPlain(path) else {
                throw ProgramError(problem: "A part of the path is missing, or leads elsewhere.")
            }
            guard address == nil || Self.haveSameOrigin(request.url, base) else {
                // Nobody else is to see what shows who is asking.
                throw ProgramError(problem: "The next page is at another host, \(Self.origin(of: request.url)).")
            }
            // A whole address from the vendor has its query already.
            let own = address == nil ? try texts(declaration.query, input, scope) : []
            request.url = Self.url(request.url, query: own + (address == nil ? extra : []))
            for (name, value) in try texts(http.headers + declaration.headers, input, scope) {
                request.headers.append(HTTPHeader(name, value))
            }
            try add(declaration.content, to: &request, input, scope)
            return request
        } catch {
            throw ConnectorFailure(.system, "A request cannot be made: \(error.problem)")
        }
    }

    private func path(
        _ declaration: RequestDeclaration,
        _ input: JSONValue,
        _ scope: Scope
    ) throws(ProgramError) -> String {
        guard let path = try declaration.path.text(of: input, in: scope) else {
            throw ProgramError(problem: "A part of the path has no value.")
        }
        return path
    }

    private func add(
        _ content: RequestDeclaration.Content,
        to request: inout HTTPRequest,
        _ input: JSONValue,
        _ scope: Scope
    ) throws(ProgramError) {
        switch content {
        case .nothing: return
        case .json(let expression):
            request.body = (try expression.values(of: input, in: scope).first ?? .null).bytes
            request.addHeader("Content-Type", "application/json")
        case .form(let fields):
            request.body = Array(FormText.text(of: try texts(fields, input, scope)).utf8)
            request.addHeader("Content-Type", "application/x-www-form-urlencoded")
        }
    }

    /// The texts that are there and not empty.
    func texts(
        _ declared: [RequestDeclaration.NamedText],
        _ input: JSONValue = .null,
        _ scope: Scope
    ) throws(ProgramError) -> [(name: String, value: String)] {
        var texts: [(name: String, value: String)] = []
        for entry in declared {
            guard let value = try entry.value.text(of: input, in: scope), !value.isEmpty else { continue }
            texts.append((entry.name, value))
        }
        return texts
    }

    // MARK: Addresses

    /// Whether every segment of a path is what it seems: one that is empty, or of dots, asks for something else.
    static func isPlain(_ path: String) -> Bool {
        let path = path.prefix { $0 != "?" }
        guard let scheme = path.firstRange(of: "://") else { return isPlain(segments: path) }
        return isPlain(segments: path[scheme.upperBound...])
    }

    private static func isPlain(segments path: Substring) -> Bool {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return segments.enumerated().allSatisfy { index, segment in
            segment != "." && segment != ".." && (!segment.isEmpty || index == segments.count - 1)
        }
    }

    /// Scheme, host and port.
    static func origin(of url: String) -> Substring {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return url[..<(url[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? url.endIndex)]
    }

    /// Whether two addresses have the same scheme, host and port, whichever way these are written.
    static func haveSameOrigin(_ one: String, _ other: String) -> Bool {
        plainOrigin(of: one) == plainOrigin(of: other)
    }

    /// In small letters, and without the port that goes without saying.
    ///
    /// Only of ASCII: other letters may be those of another host.
    private static func plainOrigin(of url: String) -> [UInt8] {
        let bytes = origin(of: url).utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")] where bytes.starts(with: scheme.utf8) {
            guard bytes.suffix(port.utf8.count).elementsEqual(port.utf8) else { continue }
            return Array(bytes.dropLast(port.utf8.count))
        }
        return bytes
    }

    static func url(_ url: String, query: [(name: String, value: String)]) -> String {
        guard !query.isEmpty else { return url }
        return url + (url.contains("?") ? "&" : "?") + FormText.text(of: query)
    }

    /// A whole address as it is; a path behind the base, or behind its host when the base has a path and it begins with it.
    static func joined(_ base: String, _ path: String) -> String {
        let start = path.prefix(8).lowercased()
        if start.hasPrefix("https://") || start.hasPrefix("http://") { return path }
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        // Some vendors give the next page's path from their root.
        let root = base[origin(of: base).endIndex...]
        if !root.isEmpty, path == root || path.hasPrefix("\(root)/") || path.hasPrefix("\(root)?") {
            return origin(of: base) + path
        }
        return base + (path.hasPrefix("/") || path.isEmpty ? path : "/\(path)")
    }
}

extension HTTPRequest {
    /// Adds a header unless it is there.
    mutating func addHeader(_ name: String, _ value: String) {
        guard !headers.contains(where: { $0.name.lowercased() == name.lowercased() }) else { return }
        headers.append(HTTPHeader(name, value))
    }
}

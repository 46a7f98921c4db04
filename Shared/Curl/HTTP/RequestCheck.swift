import CCurl

extension HTTPRequest {
    /// The scheme, host and port, once the request is known to be one that can be sent as it is meant.
    func checkedServer() throws(CurlError) -> String {
        guard method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }), !method.isEmpty else {
            throw .invalidRequest("the method “\(method)” is not a word in capital letters.")
        }
        for header in headers where !header.isPlain {
            throw .invalidRequest("the header “\(header.name)” has a control character or no name.")
        }
        return try Self.server(of: url)
    }

    /// The lines to give libcurl, which by itself would add `Expect` and a form's content type.
    var headerLines: [String] {
        var lines = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for name in ["Expect", "Content-Type"] where !has(name) { lines.append("\(name):") }
        if !has("User-Agent") { lines.append("User-Agent: Kith") }
        return lines
    }

    private func has(_ name: String) -> Bool {
        headers.contains { $0.name.lowercased() == name.lowercased() }
    }

    private static func server(of url: String) throws(CurlError) -> String {
        guard let parsed = ParsedURL(url) else { throw .invalidRequest("“\(url)” is not an address.") }
        guard let scheme = parsed[CURLUPART_SCHEME], scheme == "http" || scheme == "https" else {
            throw .invalidRequest("only http and https addresses are called.")
        }
        guard parsed[CURLUPART_USER] == nil, parsed[CURLUPART_PASSWORD] == nil else {
            throw .invalidRequest("the address has a user name or password in it.")
        }
        return "\(scheme)://\(parsed[CURLUPART_HOST] ?? ""):\(parsed[CURLUPART_PORT] ?? "")"
    }
}

extension HTTPHeader {
    fileprivate var isPlain: Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
    }
}

/// An address taken apart by the parser that will also be used to call it.
private final class ParsedURL {
    private let handle: OpaquePointer

    init?(_ text: String) {
        guard let handle = curl_url() else { return nil }
        self.handle = handle
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard isPlain, curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else { return nil }
    }

    deinit {
        curl_url_cleanup(handle)
    }

    subscript(part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

/// Puts an answer together from its header lines and the pieces of its body.
final class ResponseCollector {
    private(set) var response = HTTPResponse(status: 0)
    private let limit: Int
    private let excess: HTTPRequest.Excess
    private var headerBytes = 0
    private static let headerLimit = 256 * 1024

    init(limit: Int, excess: HTTPRequest.Excess) {
        self.limit = limit
        self.excess = excess
    }

    func take(header bytes: UnsafeRawBufferPointer, in transfer: Transfer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.headerLimit else {
            transfer.stopped = .tooLarge(limit: Self.headerLimit)
            return false
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim answer may have come before.
            response = HTTPResponse(status: line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...]
            response.headers.append(HTTPHeader(String(line[..<colon]), String(trimmed(value))))
        }
        return true
    }

    func take(body bytes: UnsafeRawBufferPointer, in transfer: Transfer) -> Bool {
        let room = limit - response.body.count
        response.body += bytes.prefix(room)
        guard bytes.count > room else { return true }
        response.isTruncated = excess == .truncate
        transfer.stopped = .tooLarge(limit: limit)
        return false
    }
}

private func trimmed(_ text: Substring) -> Substring {
    let isSpace = { (character: Character) in character.isWhitespace }
    let start = text.drop(while: isSpace)
    return start.lastIndex { !isSpace($0) }.map { start[...$0] } ?? ""
}

import Glibc

/// Turns bytes of any character set that the system knows into text.
enum Charset {
    static func decode(_ bytes: [UInt8], from charset: String) -> String? {
        if ["utf-8", "utf8", "us-ascii"].contains(charset), let text = String(validating: bytes, as: UTF8.self) {
            return text
        }
        let converter = iconv_open("UTF-8", charset)
        guard let converter, converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        return convert(bytes, with: converter)
    }

    private static func convert(_ bytes: [UInt8], with converter: iconv_t) -> String? {
        var input = bytes.map { CChar(bitPattern: $0) }
        // No character set needs more than four bytes of UTF-8 for one of its own, and one more for what it holds back.
        var output = [CChar](repeating: 0, count: bytes.count * 4 + 16)
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output -> Int? in
                var (from, to) = (input.baseAddress, output.baseAddress)
                var (left, room) = (input.count, output.count)
                guard iconv(converter, &from, &left, &to, &room) != -1 else { return nil }
                return iconv(converter, nil, nil, &to, &room) != -1 ? output.count - room : nil
            }
        }
        return written.map { String(decoding: output[..<$0].map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }
}

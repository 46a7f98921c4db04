import CUnistring

/// Forms in which spellings of a text that mean the same have the same bytes, by libunistring.
enum UnicodeForm {
    /// Normalization form KC: compatible characters become the plain one, and what can be composed is.
    static func compatible(_ text: String) -> String {
        text.utf8.isASCII ? text : transformed(text, by: kith_unicode_nfkc)
    }

    /// Normalization form D: each letter, and behind it the marks that it is composed with.
    static func decomposed(_ text: String) -> String {
        text.utf8.isASCII ? text : transformed(text, by: kith_unicode_nfd)
    }

    /// Without a difference between capital and small letters, in normalization form KC.
    static func folded(_ text: String) -> String {
        if text.utf8.isASCII { return text.lowercased() }
        // A letter that only appears by composing or decomposing may have a small one: the second time, none is left.
        return transformed(transformed(text, by: kith_unicode_folded), by: kith_unicode_folded)
    }

    private typealias Transform = (
        UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?
    ) -> UnsafeMutablePointer<UInt8>?

    private static func transformed(_ text: String, by transform: Transform) -> String {
        var text = text
        return text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count * 2 + 16) { buffer in
                var length = buffer.count
                guard let result = transform(bytes.baseAddress, bytes.count, buffer.baseAddress, &length) else {
                    // It refuses nothing but broken UTF-8, which a string never is.
                    preconditionFailure("No memory for a text of \(bytes.count) bytes.")
                }
                defer { if result != buffer.baseAddress { kith_unicode_release(result) } }
                return String(decoding: UnsafeBufferPointer(start: result, count: length), as: UTF8.self)
            }
        }
    }
}

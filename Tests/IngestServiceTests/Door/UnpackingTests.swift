import Testing

@testable import IngestService

@Suite("What clients wrap JSON in")
struct UnpackingTests {
    private let json = #"{"a":"b?>"}"#
    // The same text, compressed with gzip.
    private let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xAB, 0x56, 0x4A, 0x54, 0xB2, 0x52, 0x4A, 0xB2,
        0xB7,
        0x53, 0xAA, 0x05, 0x00, 0xBA, 0x56, 0x59, 0xA7, 0x0B, 0x00, 0x00, 0x00,
    ]

    private func text(_ body: [UInt8], encoding: String? = nil) throws -> String {
        let unpacking = Unpacking(contentEncoding: encoding, limits: Limits())
        return String(decoding: try unpacking.text(of: body), as: UTF8.self)
    }

    @Test("is nothing, gzip with or without a word about it, a form, or Base64")
    func unwraps() throws {
        #expect(try text(Array(json.utf8)) == json)
        #expect(try text(gzip, encoding: "gzip") == json)
        #expect(try text(gzip) == json)
        #expect(try text(Array("data=%7B%22a%22%3A%22b%3F%3E%22%7D&compression=".utf8)) == json)
        #expect(try text(Array("data=eyJhIjoiYj8%2BIn0%3D".utf8)) == json)
        #expect(try text(Array("ver=1&data=eyJhIjoiYj8+In0=".utf8)) == json)
        #expect(try text(Array("eyJhIjoiYj8+In0=".utf8)) == json)
    }

    private let failure = Unpacking.Failure.damaged("The body is wrapped twice in the same way.")

    @Test(
        "is refused when it is wrapped in the same way twice, however often",
        arguments: [2, 3, 100, 200_000]
    )
    func forms(count: Int) {
        let forms = String(repeating: "data=", count: count)
        #expect(throws: failure) { try text(Array((forms + json).utf8)) }
        let unpacking = Unpacking(contentEncoding: nil, limits: Limits())
        #expect(throws: failure) { try unpacking.text(ofData: forms) }
    }

    @Test("may be wrapped in every way at once")
    func nested() throws {
        // A form of Base64 of gzip.
        #expect(try text(Array("data=H4sIAAAAAAAC/6tWSlSyUkqyt1OqBQC6VlmnCwAAAA==".utf8)) == json)
        // Base64 of gzip of that.
        let twice = "H4sIAAAAAAACA/MwKfZ0hABnfbOS8OCc4MrQ7MLKEkP/QqdAZ7OwnNw853KQtK0tANfeuAQsAAAA"
        #expect(throws: failure) { try text(Array(twice.utf8)) }
        #expect(throws: failure) { try text(Array("data=\(twice)".utf8)) }
    }

    @Test("is refused when it is no encoding that is known")
    func unknown() {
        #expect(throws: Unpacking.Failure.unsupportedEncoding("br")) { try text(gzip, encoding: "br") }
    }

    @Test("is refused when it is damaged, or a bomb")
    func damaged() throws {
        #expect(throws: Unpacking.Failure.self) { try text(Array(gzip.dropLast(9)), encoding: "gzip") }
        var limits = Limits()
        limits.bodyBytes = 5
        #expect(throws: Unpacking.Failure.tooLarge) {
            try Unpacking(contentEncoding: "gzip", limits: limits).text(of: gzip)
        }
    }
}

/// A signature that both sides can make, since both know the secret.
///
/// Names of headers may be in any case.
public struct HMACSignature: Sendable, Equatable {
    /// The function below the HMAC.
    public enum Hash: String, CaseIterable, Sendable {
        /// SHA-256.
        case sha256
        /// SHA-1, which vendors of old still use; in an HMAC it is sound.
        case sha1
    }

    /// How the signature's bytes are written.
    public enum Encoding: String, CaseIterable, Sendable {
        /// Base64 with the ordinary alphabet.
        case base64
        /// Hexadecimal, in either case.
        case hex
    }

    /// The names in a header of the form `t=1795400000,v1=60e4…`; there may be several signatures.
    public struct Elements: Sendable, Equatable {
        /// What the timestamp is called.
        public var timestamp: String
        /// What a signature is called.
        public var signature: String

        /// A pair of names.
        public init(timestamp: String, signature: String) {
            self.timestamp = timestamp
            self.signature = signature
        }
    }

    /// The function below the HMAC.
    public var hash: Hash
    /// The header that has the signature.
    public var header: String
    /// How the signature is written.
    public var encoding: Encoding
    /// What stands before the signature, such as `sha1=`.
    public var prefix: String
    /// What the header is made of, if it is not the signature alone.
    public var elements: Elements?
    /// What is signed, as ``SignedText`` has it; if that is none, nothing is ever verified.
    public var signed: String
    /// Where the timestamp is, unless among the elements, what it counts and how old it may be.
    public var timestamp: TimestampRule

    /// A signature of its parts; by default the hexadecimal HMAC-SHA256 of the body, without a timestamp.
    public init(
        hash: Hash = .sha256,
        header: String,
        encoding: Encoding = .hex,
        prefix: String = "",
        elements: Elements? = nil,
        signed: String = "{body}",
        timestamp: TimestampRule? = nil
    ) {
        self.hash = hash
        self.header = header
        self.encoding = encoding
        self.prefix = prefix
        self.elements = elements
        self.signed = signed
        self.timestamp = timestamp ?? TimestampRule()
    }
}

import Events

extension HMACSignature {
    /// When a request was signed, as it says itself, and how far that may be from our time.
    public struct TimestampRule: Sendable, Equatable {
        /// What is counted since 1970.
        public enum Unit: String, CaseIterable, Sendable {
            /// Whole seconds.
            case seconds
            /// Whole milliseconds.
            case milliseconds

            fileprivate var microseconds: Int64 {
                switch self {
                case .seconds: 1_000_000
                case .milliseconds: 1000
                }
            }

            /// How many digits a time has at most; with more, one could not compute with it.
            fileprivate var digits: Int {
                switch self {
                case .seconds: 12
                case .milliseconds: 15
                }
            }
        }

        /// The header that has it; `nil` if none does.
        public var header: String?
        /// What it counts.
        public var unit: Unit
        /// How old, or how far ahead, a request may be.
        public var tolerance: Duration

        /// A timestamp in a header, or without one wherever else the signature has it.
        public init(header: String? = nil, unit: Unit = .seconds, tolerance: Duration = StandardWebhook.tolerance) {
            self.header = header
            self.unit = unit
            self.tolerance = tolerance
        }

        /// The time as a sender writes it.
        func text(at now: Timestamp) -> String {
            String(now.microseconds / unit.microseconds)
        }

        /// What a text counts; `name` is the header that it came in.
        func count(in text: String, of name: String) throws(WebhookError) -> Int64 {
            guard text.utf8.count <= unit.digits, let count = Int64(text), count >= 0, String(count) == text else {
                throw .malformed(name)
            }
            return count
        }

        /// Throws if a request is too old, or from the future.
        ///
        /// To be asked only of one whose signature fits, so that nobody else learns our time.
        func check(_ count: Int64, at now: Timestamp) throws(WebhookError) {
            let age = (now.microseconds / unit.microseconds - count) * unit.microseconds
            guard Duration.microseconds(abs(age)) <= tolerance else {
                throw .outsideTolerance(seconds: age / 1_000_000)
            }
        }
    }
}

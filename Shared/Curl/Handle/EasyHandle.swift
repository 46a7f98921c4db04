import CCurl
import Glibc

/// One libcurl handle, with the connections it keeps.
///
/// It may move between threads but is used by one at a time, which is what `~Copyable` says.
struct EasyHandle: ~Copyable, Sendable {
    /// The pointer as a number, because a pointer cannot cross threads as a value.
    private let address: UInt

    init() throws(CurlError) {
        guard Self.isReady, let handle = curl_easy_init() else {
            throw .failed(code: Int(CURLE_FAILED_INIT.rawValue), reason: "libcurl could not be set up.")
        }
        address = UInt(bitPattern: handle)
    }

    init(adopting address: UInt) {
        self.address = address
    }

    deinit {
        curl_easy_cleanup(pointer)
    }

    /// Gives up the handle without closing it.
    consuming func relinquish() -> UInt {
        let address = address
        discard self
        return address
    }

    var pointer: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: address) }

    /// Once in a process, before anything else.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    func set(_ option: CURLoption, _ value: Int) {
        kith_curl_set_number(pointer, option, value)
    }

    func setSize(_ option: CURLoption, _ value: Int) {
        kith_curl_set_size(pointer, option, curl_off_t(value))
    }

    /// libcurl copies the text.
    func set(_ option: CURLoption, _ value: String) {
        kith_curl_set_text(pointer, option, value)
    }

    /// Sets what to send; libcurl copies it.
    func copyBody(_ bytes: [UInt8]) {
        setSize(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
        bytes.withUnsafeBytes { bytes in
            let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            kith_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, start)
        }
    }

    /// What every transfer has in common: no signals, no proxy or password from the environment, the whole deadline.
    func prepare(remaining: Duration) throws(CurlError) {
        guard remaining.milliseconds > 0 else { throw .timedOut }
        reset()
        set(CURLOPT_TIMEOUT_MS, remaining.milliseconds)
    }

    /// As ``prepare(remaining:)``, for a transfer that may go on for ever but may not be silent for so long.
    func prepare(silence: Duration) {
        reset()
        set(CURLOPT_CONNECTTIMEOUT_MS, silence.milliseconds)
        set(CURLOPT_LOW_SPEED_LIMIT, 1)
        set(CURLOPT_LOW_SPEED_TIME, max(1, silence.milliseconds / 1000))
    }

    private func reset() {
        curl_easy_reset(pointer)
        set(CURLOPT_NOSIGNAL, 1)
        // Else neither a deadline nor a cancellation would end a transfer before a name server has answered, or the system's resolver
        // has given up on it: its thread now ends later, by itself.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROXY, "")
    }

    /// Checks the peer's certificate against the file's authorities, or the system's.
    func verifyPeer(authorities file: String?) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file { set(CURLOPT_CAINFO, file) }
    }
}

extension Duration {
    var milliseconds: Int {
        Int(clamping: min(components.seconds, 1 << 40) * 1000)
            + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

import CCurl
import Glibc

/// What libcurl calls back about during one transfer, and what came of it.
///
/// It lives on the thread that runs the transfer.
final class Transfer {
    let policy: AddressPolicy
    let cancellation: Cancellation
    /// Takes what arrives; `false` stops the transfer.
    var onBody: (UnsafeRawBufferPointer) -> Bool = { _ in true }
    var onHeader: (UnsafeRawBufferPointer) -> Bool = { _ in true }
    /// What is sent, when libcurl asks for it piece by piece.
    var upload: ArraySlice<UInt8> = []
    /// Why one of the callbacks stopped the transfer.
    var stopped: CurlError?

    init(policy: AddressPolicy = .any, cancellation: Cancellation) {
        self.policy = policy
        self.cancellation = cancellation
    }

    /// Runs the transfer that the handle is set up for, and blocks until it is over.
    func perform(on handle: borrowing EasyHandle) throws(CurlError) {
        attach(to: handle)
        let reason = ErrorText()
        kith_curl_set_pointer(handle.pointer, CURLOPT_ERRORBUFFER, reason.buffer.baseAddress)
        let code = withExtendedLifetime(self) { curl_easy_perform(handle.pointer) }
        // Neither outlives this call.
        kith_curl_set_pointer(handle.pointer, CURLOPT_ERRORBUFFER, nil)
        guard code != CURLE_OK else { return }
        throw stopped ?? CurlError(code, reason: reason.text)
    }

    private func attach(to handle: borrowing EasyHandle) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_NOPROGRESS, 0)
        kith_curl_set_progress(handle.pointer) { context, _, _, _, _ in Transfer.at(context).isCancelled() ? 1 : 0 }
        kith_curl_set_data_callback(handle.pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let transfer = Transfer.at(context)
            return transfer.onBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        kith_curl_set_data_callback(handle.pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let transfer = Transfer.at(context)
            return transfer.onHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        kith_curl_set_data_callback(handle.pointer, CURLOPT_READFUNCTION) { space, size, count, context in
            Transfer.at(context).fill(UnsafeMutableRawBufferPointer(start: space, count: size * count))
        }
        kith_curl_set_open_socket(handle.pointer) { context, _, address in
            guard let context, let address else { return CURL_SOCKET_BAD }
            return Transfer.at(context).open(address)
        }
        for option in [
            CURLOPT_XFERINFODATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_OPENSOCKETDATA,
        ] {
            kith_curl_set_pointer(handle.pointer, option, context)
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl passes the context on.") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func isCancelled() -> Bool {
        guard cancellation.isCancelled else { return false }
        stopped = .cancelled
        return true
    }

    private func fill(_ space: UnsafeMutableRawBufferPointer) -> Int {
        let piece = upload.prefix(space.count)
        space.copyBytes(from: piece)
        upload = upload.dropFirst(piece.count)
        return piece.count
    }

    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if policy != .any {
            var bytes = [UInt8](repeating: 0, count: 16)
            let length = Int(kith_curl_copy_address(address, &bytes))
            guard let address = IPAddress(bytes: bytes.prefix(length)), policy.permits(address) else {
                stopped = .addressRefused(IPAddress(bytes: bytes.prefix(length))?.description ?? "of an unknown kind")
                return CURL_SOCKET_BAD
            }
        }
        return kith_curl_open(address)
    }
}

/// The space that libcurl writes a reason into.
private final class ErrorText {
    let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init() {
        buffer.initialize(repeating: 0)
    }

    deinit {
        buffer.deallocate()
    }

    var text: String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension CurlError {
    init(_ code: CURLcode, reason: String) {
        let text = reason.isEmpty ? String(cString: curl_easy_strerror(code)) : reason
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: self = .invalidRequest(text)
        case CURLE_COULDNT_RESOLVE_HOST: self = .unknownHost(text)
        case CURLE_COULDNT_CONNECT: self = .notConnected(text)
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_ABORTED_BY_CALLBACK: self = .cancelled
        case CURLE_LOGIN_DENIED: self = .loginDenied(text)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
            CURLE_USE_SSL_FAILED, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .tls(text)
        default: self = .failed(code: Int(code.rawValue), reason: text)
        }
    }
}

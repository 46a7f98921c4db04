import CCurl

/// A list of texts as libcurl takes them.
final class TextList {
    private(set) var pointer: UnsafeMutablePointer<curl_slist>?

    init(_ texts: [String]) {
        for text in texts {
            // On failure the list stays as it is.
            pointer = curl_slist_append(pointer, text) ?? pointer
        }
    }

    deinit {
        curl_slist_free_all(pointer)
    }
}

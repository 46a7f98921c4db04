#pragma once

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot pass: one function for each type of argument.

static inline CURLcode kith_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode kith_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode kith_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode kith_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode kith_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*kith_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode kith_curl_set_data_callback(CURL *handle, CURLoption option, kith_curl_data_callback callback) {
    return curl_easy_setopt(handle, option, callback);
}

static inline CURLcode kith_curl_set_progress(CURL *handle, curl_xferinfo_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
}

static inline CURLcode kith_curl_set_open_socket(CURL *handle, curl_opensocket_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline long kith_curl_response_code(CURL *handle) {
    long code = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

static inline curl_socket_t kith_curl_active_socket(CURL *handle) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
    return socket;
}

// Copies the bytes of the IP address that is about to be connected to; returns 4, 16, or 0 for another family.
static inline int kith_curl_copy_address(const struct curl_sockaddr *address, unsigned char *bytes) {
    const struct sockaddr *general = &address->addr;
    if (general->sa_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)general)->sin_addr, 4);
        return 4;
    }
    if (general->sa_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)general)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

// The same socket that libcurl would open, not inherited by child processes.
static inline curl_socket_t kith_curl_open(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#pragma once

#include <stdlib.h>
#include <unicase.h>
#include <uninorm.h>

// The normalization forms are addresses of types that Swift does not see: a function for each form that is used.
// Each writes to `buffer` when its `*length` bytes are enough, and otherwise returns memory that is to be released; NULL when there is none.

// Normalization form KC.
static inline uint8_t *kith_unicode_nfkc(const uint8_t *text, size_t count, uint8_t *buffer, size_t *length) {
    return u8_normalize(UNINORM_NFKC, text, count, buffer, length);
}

// Normalization form D.
static inline uint8_t *kith_unicode_nfd(const uint8_t *text, size_t count, uint8_t *buffer, size_t *length) {
    return u8_normalize(UNINORM_NFD, text, count, buffer, length);
}

// Full case folding of no language in particular, then normalization form KC.
static inline uint8_t *kith_unicode_folded(const uint8_t *text, size_t count, uint8_t *buffer, size_t *length) {
    return u8_casefold(text, count, NULL, UNINORM_NFKC, buffer, length);
}

static inline void kith_unicode_release(uint8_t *text) {
    free(text);
}

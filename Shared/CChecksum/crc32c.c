#include "CChecksum.h"

#include <string.h>

static uint32_t table[256];

__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82f63b78u & -(crc & 1u));
        table[n] = crc;
    }
}

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t length) {
    while (length--) crc = (crc >> 8) ^ table[(crc ^ *bytes++) & 0xff];
    return crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t length) {
    uint64_t wide = crc;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    while (length--) crc = __builtin_ia32_crc32qi(crc, *bytes++);
    return crc;
}

uint32_t kith_crc32c(uint32_t crc, const void *bytes, size_t length) {
    uint32_t start = ~crc;
    return ~(__builtin_cpu_supports("sse4.2") ? by_instruction(start, bytes, length) : by_table(start, bytes, length));
}

#else

uint32_t kith_crc32c(uint32_t crc, const void *bytes, size_t length) { return ~by_table(~crc, bytes, length); }

#endif

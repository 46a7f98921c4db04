#ifndef KITH_CHECKSUM_H
#define KITH_CHECKSUM_H
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc`; start with 0.
uint32_t kith_crc32c(uint32_t crc, const void *bytes, size_t length);

#endif

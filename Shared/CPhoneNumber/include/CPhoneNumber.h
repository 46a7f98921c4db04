#ifndef KITH_PHONE_NUMBER_H
#define KITH_PHONE_NUMBER_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The longest text that is looked at, in bytes.
#define KITH_PHONE_NUMBER_TEXT 64

/// What a text says of itself.
enum kith_phone_number_form {
    /// It is no phone number, or one of a length that no whole number of its country has.
    KITH_PHONE_NUMBER_NONE = 0,
    /// A number as it is dialled inside the country.
    KITH_PHONE_NUMBER_NATIONAL = 1,
    /// A number with its country's calling code.
    KITH_PHONE_NUMBER_INTERNATIONAL = 2,
};

/// Reads a phone number as libphonenumber does, and writes it in E.164: `+` and at most 20 digits, which end in a zero byte.
///
/// An extension is left out. The same text and country always give the same; what is remembered of them only saves time.
///
/// - `country`: two capital letters of ISO 3166, for a number without a calling code; those of no country will do for the others.
enum kith_phone_number_form kith_phone_number_read(
    const char *text, size_t length, const char country[2], char number[24]
);

/// The calling code of a country by its two capital letters; 0 when there is no such country.
int kith_phone_number_calling_code(const char country[2]);

#ifdef __cplusplus
}
#endif
#endif

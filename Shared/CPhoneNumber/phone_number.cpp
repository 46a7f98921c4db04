#include "CPhoneNumber.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

PhoneNumberUtil &library() {
    static PhoneNumberUtil &shared = []() -> PhoneNumberUtil & {
        PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
        // By itself the library writes numbers that it cannot read to the standard output.
        util->SetLogger(new NullLogger());
        return *util;
    }();
    return shared;
}

struct Reading {
    kith_phone_number_form form = KITH_PHONE_NUMBER_NONE;
    char number[24] = "";
};

kith_phone_number_form form_of(const PhoneNumber &number) {
    return number.country_code_source() == PhoneNumber::FROM_DEFAULT_COUNTRY ? KITH_PHONE_NUMBER_NATIONAL
                                                                             : KITH_PHONE_NUMBER_INTERNATIONAL;
}

Reading read(const std::string &text, const std::string &country) {
    Reading reading;
    PhoneNumber number;
    if (library().ParseAndKeepRawInput(text, country, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return reading;
    // A number that can only be dialled from its own town has no form that is the same everywhere.
    if (library().IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return reading;
    std::string written;
    library().Format(number, PhoneNumberUtil::E164, &written);
    if (written.size() >= sizeof reading.number) return reading;
    memcpy(reading.number, written.c_str(), written.size() + 1);
    reading.form = form_of(number);
    return reading;
}

/// What one thread read lately: reading takes microseconds, and the same numbers come again and again.
class Memory {
  public:
    const Reading &reading(const char *text, size_t length, const char country[2]) {
        Entry &entry = (*entries)[place(text, length, country)];
        if (!entry.holds(text, length, country)) entry.fill(text, length, country);
        return entry.reading;
    }

  private:
    struct Entry {
        std::string text;
        char country[2] = {0, 0};
        Reading reading;

        bool holds(const char *other, size_t length, const char region[2]) const {
            return length != 0 && text.size() == length && memcmp(text.data(), other, length) == 0
                && memcmp(country, region, sizeof country) == 0;
        }

        void fill(const char *other, size_t length, const char region[2]) {
            text.assign(other, length);
            memcpy(country, region, sizeof country);
            reading = read(text, std::string(region, 2));
        }
    };

    using Entries = std::array<Entry, 2048>;
    std::unique_ptr<Entries> entries = std::make_unique<Entries>();

    /// FNV-1a.
    static size_t place(const char *text, size_t length, const char country[2]) {
        uint64_t hash = 0xcbf29ce484222325;
        auto mix = [&hash](char byte) { hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3; };
        mix(country[0]);
        mix(country[1]);
        for (size_t index = 0; index < length; index++) mix(text[index]);
        return (hash ^ (hash >> 32)) % std::tuple_size<Entries>::value;
    }
};

}  // namespace

kith_phone_number_form kith_phone_number_read(
    const char *text, size_t length, const char country[2], char number[24]
) {
    number[0] = 0;
    if (length > KITH_PHONE_NUMBER_TEXT) return KITH_PHONE_NUMBER_NONE;
    thread_local Memory memory;
    const Reading &reading = memory.reading(text, length, country);
    memcpy(number, reading.number, sizeof reading.number);
    return reading.form;
}

int kith_phone_number_calling_code(const char country[2]) {
    return library().GetCountryCodeForRegion(std::string(country, 2));
}

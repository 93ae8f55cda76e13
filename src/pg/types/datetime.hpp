#pragma once

#include <optional>
#include <string_view>

#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// 2025-11-27, infinity, -infinity.
Value read_date(DateADT date, Arena& arena);
// In UTC: 2025-11-27T15:33:51.319Z, or six decimals if milliseconds are not exact.
Value read_timestamp(TimestampTz timestamp, Arena& arena);
Value read_uuid(const pg_uuid_t* uuid, Arena& arena);

// YYYY-MM-DD. Throws Refusal if there is no such day.
DateADT parse_date(std::string_view text);
// ISO 8601. PostgreSQL reads all forms except …T…Z, and raises their errors.
TimestampTz parse_timestamp(std::string_view text);
// 8-4-4-4-12 hexadecimal digits, either case. Throws Refusal.
void parse_uuid(std::string_view text, unsigned char (&to)[UUID_LEN]);

}  // namespace product_upsert

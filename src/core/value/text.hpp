#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace product_upsert {

// White space is Unicode's White_Space: NBSP, ideographic space and the like too (fine point i).
// Without white space and default-ignorable characters at either end (C8).
std::string_view trim(std::string_view utf8);
bool has_white_space(std::string_view utf8);
// Code points, which is what the length limits of the contracts count.
std::size_t count_characters(std::string_view utf8);

// Well-formed UTF-8 without a NUL, which is what PostgreSQL takes for text.
bool is_utf8(std::string_view bytes);
// What may be part of a key: not empty, trimmed, no control character in it (C8).
bool is_identity_text(std::string_view utf8);

// A real calendar date, YYYY-MM-DD, years 0001 to 9999.
bool is_date(std::string_view text);
// ISO 8601: a date, T or a blank, hh:mm[:ss[.fraction]], and Z or an offset ±hh[[:]mm].
bool is_timestamp(std::string_view s);
// Microseconds since 1970-01-01 UTC of a timestamp that is_timestamp accepts.
std::int64_t micros_since_epoch(std::string_view s);
// The instant as the database's timestamps are read: 2025-11-27T15:33:51.319Z, with six decimals
// where the microseconds ask for them; nothing outside the years 0001 to 9999. Its seconds are
// rounded to so many decimals as timestamptz(decimals) does it.
std::optional<std::string> canonical_timestamp(std::string_view text, int decimals = 6);
// The first and the last instant, to the microsecond, that a timestamp which is_timestamp accepts
// means where the decimals of its seconds behind the first `decimals` (0 to 6) do not count.
std::pair<std::string, std::string> instants_of(std::string_view timestamp, std::size_t decimals);
// 8-4-4-4-12 hexadecimal digits, either case.
bool is_uuid(std::string_view text);
// The letters of ASCII in lower case, whatever the locale: of a uuid, a header's name.
std::string lowered(std::string_view text);
// Appends a word to a list as messages have it: "a, b, c".
void add_to_list(std::string& list, std::string_view word);
std::string joined(std::span<const std::string> words);

// A text that may be an id: decimal digits without a sign or a leading zero, from 1 to 2^63 - 1.
std::optional<std::int64_t> read_id(std::string_view text);

// The UUID of a product that has been given none: always the same one, no two products of an
// organization have the same, 36 characters. Where it is shown it is stored, or will be.
std::string derived_uuid(std::int64_t organization_id, std::int64_t id);

}  // namespace product_upsert

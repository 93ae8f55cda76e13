#include "core/value/text.hpp"

#include <gtest/gtest.h>

#include <set>

#include <string>

namespace product_upsert {
namespace {

std::string utf8(unsigned c) {
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
  return {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 0x3F)),
          static_cast<char>(0x80 | (c & 0x3F))};
}

bool is_white_space(unsigned c) {  // Unicode's White_Space, all 25
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_default_ignorable(unsigned c) {  // Unicode's Default_Ignorable_Code_Point, below 0x10000
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x17B4 ||
         c == 0x17B5 || (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0x3164 ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFF8);
}

TEST(TextTest, c8_unicode_white_space_and_what_is_ignorable_is_trimmed_and_nothing_else) {
  for (unsigned c = 1; c < 0x10000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string padded = utf8(c) + "a" + utf8(c);
    EXPECT_EQ(trim(padded) == "a", is_white_space(c) || is_default_ignorable(c)) << std::hex << c;
    EXPECT_EQ(has_white_space(padded), is_white_space(c)) << std::hex << c;
  }
}

TEST(TextTest, c8_only_the_ends_are_trimmed) {
  EXPECT_EQ(trim(" \t\xC2\xA0 a b \xE3\x80\x80\r\n"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \xE2\x80\x83 "), "");
  // Bytes of another character that look like the end of a white space.
  EXPECT_EQ(trim("\xC3\xA0"), "\xC3\xA0");
  EXPECT_EQ(trim("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(trim("x\xE2\x80"), "x\xE2\x80");
}

TEST(TextTest, c8_a_key_is_trimmed_not_empty_and_without_controls) {
  EXPECT_TRUE(is_identity_text("a b"));
  EXPECT_TRUE(
      is_identity_text("a\xE2\x80\x8D"
                       "b"));
  for (const char* text :
       {"", " a", "a\xEF\xBB\xBF", "\xE2\x80\x8B", "a\tb", "a\x01", "a\x7F", "a\xC2\x85z"})
    EXPECT_FALSE(is_identity_text(text)) << text;
}

TEST(TextTest, limits_count_characters_not_bytes) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("abc"), 3U);
  EXPECT_EQ(count_characters("äöü"), 3U);
  EXPECT_EQ(count_characters("€😀"), 2U);
}

TEST(TextTest, dates_are_real_ones) {
  for (const char* d : {"2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "2023-04-30"})
    EXPECT_TRUE(is_date(d)) << d;
  for (const char* d :
       {"2023-02-29", "1900-02-29", "0000-01-01", "2023-13-01", "2023-00-10", "2023-04-31",
        "2023-04-00", "2023-4-1", "20230401", "2023-04-01 ", " 2023-04-01", "2023-04-01T00:00:00Z",
        "", "2023-04", "2023/04/01", "-2023-04-01", "10000-01-01"})
    EXPECT_FALSE(is_date(d)) << d;
}

TEST(TextTest, timestamps_are_iso_8601_with_an_offset) {
  for (const char* t :
       {"2024-02-29T12:34:56Z", "2024-02-29 12:34:56+02", "2024-02-29t12:34:56.123456789z",
        "2024-02-29T12:34Z", "2024-02-29T12:34:56-0530", "2024-02-29T12:34:56+05:30",
        "2024-02-29T23:59:59+15:59"})
    EXPECT_TRUE(is_timestamp(t)) << t;
  for (const char* t : {"2024-02-30T12:34:56Z", "2024-02-29T24:00:00Z", "2024-02-29T12:60:00Z",
                        "2024-02-29T12:34:60Z", "2024-02-29T12:34:56", "2024-02-29T12:34:56.Z",
                        "2024-02-29", "2024-02-29T12:34:56+16", "2024-02-29T12:34:56+05:60",
                        "2024-02-29T12:34:56Zx", "2024-02-29T12:34:56+5", "2024-02-29T12:34:56+05:",
                        "2024-02-29T1:34:56Z", "", "2024-02-29x12:34:56Z", "2024-02-29T12:34:Z"})
    EXPECT_FALSE(is_timestamp(t)) << t;
}

TEST(TextTest, timestamps_compare_as_moments) {
  EXPECT_EQ(micros_since_epoch("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(micros_since_epoch("1970-01-01T00:00Z"), 0);
  EXPECT_EQ(micros_since_epoch("1970-01-01T00:00:00.000001Z"), 1);
  EXPECT_EQ(micros_since_epoch("1970-01-01T00:00:00.1Z"), 100'000);
  EXPECT_EQ(micros_since_epoch("1970-01-01T00:00:00.1234567Z"), 123'456);
  EXPECT_EQ(micros_since_epoch("1970-01-01 02:00:00+02"), 0);
  EXPECT_EQ(micros_since_epoch("1969-12-31T19:00:00-0500"), 0);
  EXPECT_EQ(micros_since_epoch("1970-01-01T05:30:00+05:30"), 0);
  EXPECT_EQ(micros_since_epoch("2024-02-29T12:34:56Z"), 1'709'210'096'000'000);
  EXPECT_LT(micros_since_epoch("0001-01-01T00:00:00Z"), 0);
  EXPECT_EQ(micros_since_epoch("1969-12-31T23:59:59.5Z"), -500'000);
}

TEST(TextTest, uuids_of_either_case) {
  EXPECT_TRUE(is_uuid("123e4567-e89b-12d3-a456-426614174000"));
  EXPECT_TRUE(is_uuid("123E4567-E89B-12D3-A456-426614174000"));
  for (const char* u :
       {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
        "123e4567-e89b-12d3-a456-4266141740000", "123e4567-e89b-12d3-a456-42661417400g",
        "{23e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456+426614174000"})
    EXPECT_FALSE(is_uuid(u)) << u;
}

TEST(TextTest, fine_point_c_a_derived_uuid_is_a_products_own) {
  std::set<std::string> all;
  for (std::int64_t organization : {1, 2}) {
    for (std::int64_t id = 1; id <= 20000; ++id) {
      const std::string uuid = derived_uuid(organization, id);
      ASSERT_TRUE(is_uuid(uuid)) << uuid;
      ASSERT_EQ(uuid[14], '8');
      ASSERT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
      ASSERT_TRUE(all.insert(uuid).second) << uuid;
    }
  }
  EXPECT_EQ(derived_uuid(1, 7), derived_uuid(1, 7));
}

TEST(TextTest, instants_are_rounded_as_a_column_rounds_them) {
  const auto rounded = [](const char* text, int decimals) {
    return canonical_timestamp(text, decimals).value_or("none");
  };
  EXPECT_EQ(rounded("2026-03-01T10:00:00.5Z", 0), "2026-03-01T10:00:01.000Z");
  EXPECT_EQ(rounded("2026-03-01T10:00:00.499999Z", 0), "2026-03-01T10:00:00.000Z");
  EXPECT_EQ(rounded("2026-03-01T10:00:00.1235Z", 3), "2026-03-01T10:00:00.124Z");
  EXPECT_EQ(rounded("2026-03-01T10:00:00.123456Z", 6), "2026-03-01T10:00:00.123456Z");
  EXPECT_EQ(rounded("2026-03-01T10:00:00.1234564Z", 6), "2026-03-01T10:00:00.123456Z");
  // PostgreSQL counts from 2000.
  EXPECT_EQ(rounded("1999-12-31T23:59:58.5Z", 0), "1999-12-31T23:59:58.000Z");
  EXPECT_EQ(rounded("9999-12-31T23:59:59.5Z", 0), "none");
}

TEST(TextTest, a_timestamp_has_a_zone_in_digits) {
  for (const char* zone : {"Z", "+00:00", "-15:59", "+14:00"}) {
    EXPECT_TRUE(is_timestamp("2026-03-01T10:00:00" + std::string(zone))) << zone;
  }
  for (const char* zone : {"+aa:00", "-a1:00", "+01:aa", "+16:00", "+01:60", "+1:00", "+", "x"}) {
    EXPECT_FALSE(is_timestamp("2026-03-01T10:00:00" + std::string(zone))) << zone;
  }
}

TEST(TextTest, utf8_is_what_unicode_has_in_its_shortest_form) {
  for (unsigned c = 1; c < 0x10000; ++c) {
    EXPECT_EQ(is_utf8(utf8(c)), c < 0xD800 || c > 0xDFFF) << c;
  }
  EXPECT_TRUE(is_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
  EXPECT_TRUE(is_utf8(""));
  for (const char* bytes :
       {"\x80", "a\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x80\x80", "\xE0\x9F\xBF",
        "\xE1\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xF9\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bytes)) << bytes;
  }
  EXPECT_FALSE(is_utf8(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace product_upsert

#include "core/profile/validate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/catalogue/own_column.hpp"
#include "core/value/events.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

// A profile of one field, whose column holds its type.
class ValidateTest : public testing::Test {
 protected:
  void field(std::string_view definition) {
    profile = compile("test",
                      R"({"identity": ["id"], "fields": {"f": )" + std::string(definition) + "}}");
  }
  // What is stored of the value, or the failures.
  std::string check(std::string_view json, bool identifying = false) {
    std::vector<Failure> failures;
    const Value v =
        validate(profile->fields[0], identifying, parse_json(json, arena), "f", arena, failures);
    if (!failures.empty()) return codes_of(failures);
    return v.is_absent() ? "absent" : v.json();
  }
  std::string message(std::string_view json) {
    std::vector<Failure> failures;
    validate(profile->fields[0], false, parse_json(json, arena), "f", arena, failures);
    return failures.empty() ? "" : failures[0].message;
  }

  std::shared_ptr<const Profile> profile;
  Arena arena;
};

TEST_F(ValidateTest, text) {
  field(R"({"type": "text", "column": "description"})");
  EXPECT_EQ(check(R"("a")"), R"("a")");
  EXPECT_EQ(check(R"("")"), R"("")");
  EXPECT_EQ(check(R"("  a ")"), R"("  a ")");
  EXPECT_EQ(check("null"), "null");
  for (const char* wrong : {"1", "true", "[]", "{}"}) EXPECT_EQ(check(wrong), "type f") << wrong;
  EXPECT_EQ(message("1"), "must be text, not 1");
  EXPECT_EQ(message("[]"), "must be text, not a list");
}

TEST_F(ValidateTest, c8_identifying_text_is_trimmed_and_never_empty) {
  field(R"({"type": "text", "column": "brand"})");
  EXPECT_EQ(check("\"\u00a0 a b\u3000\"", true), R"("a b")");
  EXPECT_EQ(check(R"("")", true), "range f");
  EXPECT_EQ(check(R"(" \t ")", true), "range f");
  EXPECT_EQ(check("null", true), "null");
}

TEST_F(ValidateTest, fine_point_i_what_an_empty_text_means) {
  field(R"({"type": "text", "column": "size_unit", "empty": "absent"})");
  EXPECT_EQ(check(R"("")", true), "absent");
  EXPECT_EQ(check(R"("  ")", true), "absent");
  field(R"({"type": "text", "column": "size_unit", "empty": "null"})");
  EXPECT_EQ(check(R"("")", true), "null");
  field(R"({"type": "text", "column": "size_unit", "empty": "null", "nullable": false})");
  EXPECT_EQ(check(R"("")", true), "type f");
  field(R"({"type": "text", "column": "name", "empty": "keep"})");
  EXPECT_EQ(check(R"("")", true), R"("")");
  field(R"({"type": "date", "column": "available_from", "empty": "absent"})");
  EXPECT_EQ(check(R"("")"), "absent");
  field(R"({"type": "integer", "column": "calories", "empty": "null"})");
  EXPECT_EQ(check(R"("")"), "null");
  field(R"({"type": "date", "column": "available_from"})");
  EXPECT_EQ(check(R"("")"), "format f");
}

TEST_F(ValidateTest, null_only_where_it_may_be) {
  field(R"({"type": "text", "column": "description", "nullable": false})");
  EXPECT_EQ(check("null"), "type f");
  EXPECT_EQ(message("null"), "must not be null");
  field(R"({"type": "text", "column": "description", "nullable": false, "null": "absent"})");
  EXPECT_EQ(check("null"), "absent");
}

TEST_F(ValidateTest, lengths_count_characters) {
  field(R"({"type": "text", "column": "description", "min_length": 2, "max_length": 3})");
  EXPECT_EQ(check(R"("äö")"), R"("äö")");
  EXPECT_EQ(check(R"("äöü")"), R"("äöü")");
  EXPECT_EQ(check(R"("äöüß")"), "too_long f");
  EXPECT_EQ(check(R"("ä")"), "range f");
  EXPECT_EQ(message(R"("abcd")"), "must have at most 3 characters: \"abcd\"");
  EXPECT_EQ(message(R"("a")"), "must have at least 2 characters: \"a\"");
  field(R"({"type": "integer", "column": "calories"})");
  EXPECT_EQ(message("1.5"), "must be a whole number, not 1.5");
}

TEST_F(ValidateTest, billing_10_no_white_space) {
  field(R"({"type": "text", "column": "reference", "no_white_space": true})");
  EXPECT_EQ(check(R"("a-b")"), R"("a-b")");
  EXPECT_EQ(check(R"("a b")"), "format f");
  EXPECT_EQ(check("\"a\u00a0b\""), "format f");
  EXPECT_EQ(check(R"(" ab ")", true), R"("ab")");
}

TEST_F(ValidateTest, enums_list_what_is_valid) {
  field(R"({"type": "text", "column": "status", "enum": ["DRAFT", "A\"B"]})");
  EXPECT_EQ(check(R"("DRAFT")"), R"("DRAFT")");
  EXPECT_EQ(check(R"("draft")"), "enum f");
  EXPECT_EQ(check(R"("")"), "enum f");
  EXPECT_EQ(check("null"), "null");
  std::vector<Failure> failures;
  validate(profile->fields[0], false, Value::text("x"), "f", arena, failures);
  EXPECT_EQ(
      errors_json(failures),
      R"([{"field": "f", "code": "enum", "message": "must be one of DRAFT, A\"B, not \"x\"", )"
      R"("valid": ["DRAFT","A\"B"]}])");
}

TEST_F(ValidateTest, integers) {
  field(R"({"type": "integer", "column": "calories"})");
  EXPECT_EQ(check("7"), "7");
  EXPECT_EQ(check("7.0"), "7");
  EXPECT_EQ(check("7e2"), "700");
  EXPECT_EQ(check("-2147483648"), "-2147483648");
  EXPECT_EQ(check("2147483648"), "range f");
  EXPECT_EQ(check("-2147483649"), "range f");
  EXPECT_EQ(check("7.5"), "type f");
  EXPECT_EQ(check("1e30"), "range f");
  EXPECT_EQ(check("1e-30"), "type f");
  EXPECT_EQ(check(R"("7")"), "type f");
  EXPECT_EQ(check("true"), "type f");
  EXPECT_EQ(check("null"), "null");
}

TEST_F(ValidateTest, integers_are_as_wide_as_their_column) {
  field(R"({"type": "integer", "column": "category_id"})");
  EXPECT_EQ(check("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(check("9223372036854775807.0"), "9223372036854775807");
  EXPECT_EQ(check("9223372036854775808"), "range f");
  field(R"({"type": "integer", "column": "price"})");
  EXPECT_EQ(check("1e30"), "1" + std::string(30, '0'));
  EXPECT_EQ(check("0.5"), "type f");
  field(R"({"type": "integer", "column": "meta", "member": "n"})");
  EXPECT_EQ(check("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(check("9223372036854775808"), "range f");
}

TEST_F(ValidateTest, c5_decimals_keep_their_digits) {
  field(R"({"type": "decimal", "column": "price"})");
  EXPECT_EQ(check("19.90"), "19.90");
  EXPECT_EQ(check("12345678901234567890123.450"), "12345678901234567890123.450");
  EXPECT_EQ(check(R"("19.90")"), "type f");
  EXPECT_EQ(check("false"), "type f");
}

TEST_F(ValidateTest, ranges_are_exact) {
  field(R"({"type": "decimal", "column": "price", "min": 0, "max": 99.5})");
  EXPECT_EQ(check("0"), "0");
  EXPECT_EQ(check("0.00"), "0.00");
  EXPECT_EQ(check("99.50"), "99.50");
  EXPECT_EQ(check("99.5000000000000000000000000001"), "range f");
  EXPECT_EQ(check("-0.0000000000000000000000000001"), "range f");
  EXPECT_EQ(message("-1"), "must not be negative: -1");
  EXPECT_EQ(message("100"), "must be at most 99.5, not 100");
  field(R"({"type": "integer", "column": "calories", "min": 1})");
  EXPECT_EQ(check("0"), "range f");
  EXPECT_EQ(message("0"), "must be at least 1, not 0");
}

TEST_F(ValidateTest, booleans) {
  field(R"({"type": "boolean", "column": "is_common"})");
  EXPECT_EQ(check("true"), "true");
  for (const char* wrong : {"1", "0", R"("true")", R"("")", "[]"})
    EXPECT_EQ(check(wrong), "type f") << wrong;
}

TEST_F(ValidateTest, subscription_45_booleans_in_other_clothes) {
  field(R"({"type": "boolean", "column": "is_common", "coerce": true})");
  for (const char* yes : {"true", "1", "1.0", R"("1")", R"("true")", R"("yes")", R"("TRUE")"})
    EXPECT_EQ(check(yes), "true") << yes;
  for (const char* no : {"false", "0", R"("0")", R"("")", R"("false")", R"("No")"})
    EXPECT_EQ(check(no), "false") << no;
  for (const char* wrong : {"2", R"("on")", R"("2")", "0.5", "[]"})
    EXPECT_EQ(check(wrong), "type f") << wrong;
  EXPECT_EQ(check("null"), "null");
}

TEST_F(ValidateTest, agency_52_dates_are_real) {
  field(R"({"type": "date", "column": "available_from"})");
  EXPECT_EQ(check(R"("2024-02-29")"), R"("2024-02-29")");
  EXPECT_EQ(check(R"("2023-02-29")"), "format f");
  EXPECT_EQ(check("20240229"), "type f");
  EXPECT_EQ(message(R"("x")"), "must be a date, YYYY-MM-DD, not \"x\"");
}

TEST_F(ValidateTest, timestamps) {
  field(R"({"type": "timestamp", "column": "meta", "member": "at"})");
  EXPECT_EQ(check(R"("2024-02-29T10:00:00.5+02:00")"), R"("2024-02-29T10:00:00.5+02:00")");
  EXPECT_EQ(check(R"("2024-02-29T10:00:00")"), "format f");
}

TEST_F(ValidateTest, uuids_are_stored_in_lower_case) {
  field(R"({"type": "uuid", "column": "uuid"})");
  EXPECT_EQ(check(R"("123E4567-E89B-12D3-A456-426614174ABC")"),
            R"("123e4567-e89b-12d3-a456-426614174abc")");
  EXPECT_EQ(check(R"("123E4567")"), "format f");
  EXPECT_EQ(check("5"), "type f");
}

TEST_F(ValidateTest, vending_35_json_is_anything) {
  field(R"({"type": "json", "column": "custom_data"})");
  for (const char* json : {"1", R"("")", R"({"a":[null]})", "true", "null"})
    EXPECT_EQ(check(json), json);
  field(R"({"type": "json", "column": "custom_data", "empty_list": "object"})");
  EXPECT_EQ(check(R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(check("5"), "type f");
}

TEST_F(ValidateTest, retail_26_a_variants_whole_number_has_its_own_limits_or_the_columns) {
  field(R"({"role": "variants", "fields": {"sku": {"type": "text"},
      "position": {"type": "integer", "max": 9}, "available_quantity": {"type": "integer"}}})");
  EXPECT_EQ(check(R"([{"sku": "s", "position": 9, "available_quantity": 10}])"),
            R"([{"sku":"s","position":9,"available_quantity":10}])");
  EXPECT_EQ(check(R"([{"sku": "s", "position": 10}])"), "range f.0.position");
  EXPECT_EQ(check(R"([{"sku": "s", "available_quantity": 3000000000}])"),
            "range f.0.available_quantity");
}

TEST_F(ValidateTest, c3_lists_of_texts_tell_each_wrong_item) {
  field(
      R"({"type": "texts", "column": "tags", "min_length": 1, "max_length": 3, "enum": ["a", "b"]})");
  EXPECT_EQ(check(R"(["a", "b", "a"])"), R"(["a","b","a"])");
  EXPECT_EQ(check(R"(["a", 1, "c"])"), "type f.1, enum f.2");
  EXPECT_EQ(check("[]"), "range f");
  EXPECT_EQ(check(R"(["a","a","a","a"])"), "too_long f");
  EXPECT_EQ(check(R"("a")"), "type f");
  EXPECT_EQ(check(R"([null])"), "type f.0");
  EXPECT_EQ(message("[]"), "must have at least 1 item, not 0");
}

TEST_F(ValidateTest, c3_lists_of_objects_tell_each_failure_with_its_path) {
  field(R"({"type": "objects", "column": "images", "fields": {
          "url": {"type": "text", "required": true},
          "sort_order": {"type": "integer", "default": 1},
          "sizes": {"type": "objects", "fields": {"w": {"type": "integer", "required": true, "nullable": false}}}}})");
  EXPECT_EQ(check(R"([{"url": "u", "unknown": 1}])"), R"([{"url":"u","sort_order":1}])");
  EXPECT_EQ(
      check(
          R"([{"sort_order": "x"}, 5, {"url": 1, "sizes": [{"w": 1}, {}, {"w": null}, {"w": 0.5}]}])"),
      "required f.0.url, type f.0.sort_order, type f.1, type f.2.url, required f.2.sizes.1.w, "
      "type f.2.sizes.2.w, type f.2.sizes.3.w");
  EXPECT_EQ(check(R"([{"url": null}])"), R"([{"url":null,"sort_order":1}])");
  EXPECT_EQ(check("[]"), "[]");
  EXPECT_EQ(check("{}"), "type f");
}

TEST_F(ValidateTest, messages_say_the_value_cut_at_64_characters) {
  field(R"({"type": "decimal", "column": "price"})");
  EXPECT_EQ(message(R"("a\"b")"), R"(must be a number, not "a\"b")");
  EXPECT_EQ(message("true"), "must be a number, not true");
  EXPECT_EQ(message("[1]"), "must be a number, not a list");
  std::string long_text, cut;
  for (int i = 0; i < 65; ++i) long_text += "ä";
  for (int i = 0; i < 64; ++i) cut += "ä";
  EXPECT_EQ(message('"' + cut + '"'), "must be a number, not \"" + cut + '"');
  EXPECT_EQ(message('"' + long_text + '"'), "must be a number, not \"" + cut + "...\"");
  field(R"({"type": "integer", "column": "calories", "max": 1})");
  EXPECT_EQ(message("1e3"), "must be at most 1, not 1000");
}

TEST_F(ValidateTest, lists_that_come_as_text_are_split) {
  field(R"({"type": "texts", "column": "tags", "split": ",", "max_length": 3})");
  EXPECT_EQ(check(R"(" a, b ,, c")"), R"(["a","b","c"])");
  EXPECT_EQ(check(R"("a")"), R"(["a"])");
  EXPECT_EQ(check(R"("")"), "[]");
  EXPECT_EQ(check(R"(["a, b"])"), R"(["a, b"])");
  EXPECT_EQ(check(R"("a,b,c,d")"), "too_long f");
  EXPECT_EQ(check("5"), "type f");
  field(R"({"type": "texts", "column": "tags", "split": " > ", "empty": "absent"})");
  EXPECT_EQ(check(R"("a > b>c")"), R"(["a","b>c"])");
  EXPECT_EQ(check(R"("")"), "absent");
  field(R"({"type": "objects", "column": "images", "split": ",", "key": "url", "fields": {
          "url": {"type": "text", "required": true}, "sort_order": {"type": "integer", "default": 1}}})");
  EXPECT_EQ(check(R"("a.jpg, b.jpg")"),
            R"([{"url":"a.jpg","sort_order":1},{"url":"b.jpg","sort_order":1}])");
}

TEST_F(ValidateTest, what_an_empty_text_means_may_be_said_for_all_fields) {
  profile = compile("test", R"({"identity": ["id"], "empty": "absent", "fields": {
      "f": {"type": "objects", "column": "images", "fields": {"a": {"type": "decimal"}, "b": {"type": "text", "empty": "keep"}}}}})");
  EXPECT_EQ(check(R"([{"a": "", "b": ""}])"), R"([{"b":""}])");
  EXPECT_EQ(check(R"("")"), "absent");
  profile = compile(
      "test",
      R"({"identity": ["id"], "empty": "keep", "fields": {"f": {"type": "decimal", "column": "price"}}})");
  EXPECT_EQ(check(R"("")"), "type f");
}

TEST_F(ValidateTest, objects) {
  field(
      R"({"type": "object", "column": "images", "fields": {"b": {"type": "text"}, "aa": {"type": "text"}}})");
  EXPECT_EQ(check(R"({"aa": "1", "b": "2"})"), R"({"b":"2","aa":"1"})");
  EXPECT_EQ(check("[]"), "type f");
  EXPECT_EQ(check(R"({"b": 1})"), "type f.b");
}

TEST_F(ValidateTest, an_instant_is_rounded_to_the_decimals_of_the_column) {
  ColumnInfo column{"at_of_validate", ColumnType::timestamptz};
  column.decimals = 0;
  OwnColumns own;
  own.product = {own_column(column)};
  profile = compile_profile(
      "test",
      parse_json(
          R"({"identity": ["id"], "fields": {"f": {"type": "timestamp", "column": "at_of_validate"}}})",
          arena),
      own);
  EXPECT_EQ(check(R"("2026-03-01T11:00:00.7+01:00")"), R"("2026-03-01T10:00:01.000Z")");
}

}  // namespace
}  // namespace product_upsert

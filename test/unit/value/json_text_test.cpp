#include "core/value/json_text.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

#include "core/value/events.hpp"
#include "core/value/failure.hpp"
#include "core/value/json_fault.hpp"

namespace product_upsert {
namespace {

class JsonTextTest : public testing::Test {
 protected:
  // What is made of it, or where and why it cannot be read.
  std::string read(std::string_view json, const std::string& behind = std::string(64, ' ')) {
    const std::string padded = std::string(json) + behind;
    const auto value = text_.read({padded.data(), json.size()}, arena_, arena_);
    const auto fault = find_json_fault(json);
    EXPECT_EQ(value.has_value(), !fault.has_value()) << json.substr(0, 200);
    if (fault) return std::to_string(fault->at) + " " + fault->message;
    return value ? value->json() : "?";
  }

  Arena arena_;
  JsonText text_;
};

TEST_F(JsonTextTest, values_of_every_kind) {
  for (const char* json : {"{}", "[]", "1", "-0.50", "true", "false", "null", R"("")", R"("a b")",
                           R"({"a":[1,{"b":null},[]],"bb":{"c":"d"}})", R"([[[]],{},""])"})
    EXPECT_EQ(read(json), json);
  EXPECT_EQ(read(" \t\r\n{ \"a\" : [ 1 , 2 ] }\n"), R"({"a":[1,2]})");
  EXPECT_EQ(read(" 7 "), "7");
}

TEST_F(JsonTextTest, keys_are_in_jsonbs_order_and_the_last_of_equal_ones_counts) {
  EXPECT_EQ(read(R"({"bb": 1, "a": 2, "b": 3, "a": 4, "\u0061": 5})"), R"({"a":5,"b":3,"bb":1})");
  EXPECT_EQ(read(R"([{"x": {"b": 1, "a": [], "b": 2}}])"), R"([{"x":{"a":[],"b":2}}])");
}

TEST_F(JsonTextTest, c5_numbers_keep_their_digits) {
  EXPECT_EQ(read("[12345678901234567890123,19.90,-0.10,1e2,1E+2,1.5e-3,0e99999999,-0,-0.00,"
                 "123456789012345678,1234567890123456789,0.123456789012345678]"),
            "[12345678901234567890123,19.90,-0.10,100,100,0.0015,0,0,0.00,123456789012345678,"
            "1234567890123456789,0.123456789012345678]");
  EXPECT_EQ(read("[1e131071,10e131070,1e-16383]"), "[1e131071,1e131071,1e-16383]");
  for (const char* json : {"[1e131072]", "[1e-16384]", "[1e999999999999]", "[0e1073741823]"})
    EXPECT_EQ(read(json), "1 a number is out of range") << json;
}

TEST_F(JsonTextTest, escapes) {
  EXPECT_EQ(read(R"(["\"\\\/\b\f\n\r\t", "\u00e4\u20AC", "\ud83d\ude00"])"),
            "[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\",\"ä€\",\"😀\"]");
  EXPECT_EQ(read(R"({"\ud83d\ude00\\": 1})"), R"({"😀\\":1})");
  EXPECT_EQ(read(R"(["a\u0000b"])"), "3 the character U+0000 cannot be stored");
  EXPECT_EQ(read(R"({"\u0000": 1})"), "2 the character U+0000 cannot be stored");
  for (const char* json : {R"(["\ud800"])", R"(["\udc00"])", R"(["\ud800\ud800"])",
                           R"(["\ud800x"])", R"(["\ud800\n"])"})
    EXPECT_EQ(read(json), "2 half of a surrogate pair stands by itself") << json;
  EXPECT_EQ(read(R"(["\x"])"), "2 an escape is not known");
  EXPECT_EQ(read(R"(["\u12g4"])"), "2 an escape is not complete");
}

TEST_F(JsonTextTest, what_is_no_json_is_told_with_its_place) {
  EXPECT_EQ(read(""), "0 a value is expected");
  EXPECT_EQ(read("  "), "2 a value is expected");
  EXPECT_EQ(read("{"), "1 a key is expected");
  EXPECT_EQ(read("[1,]"), "3 a value is expected");
  EXPECT_EQ(read(R"({"a":})"), "5 a value is expected");
  EXPECT_EQ(read(R"({"a" 1})"), "5 ':' is expected");
  EXPECT_EQ(read(R"({"a":1 "b":2})"), "7 ',' or '}' is expected");
  EXPECT_EQ(read(R"({"a":1,})"), "7 a key is expected");
  EXPECT_EQ(read("[1 2]"), "3 ',' or ']' is expected");
  EXPECT_EQ(read("[1}"), "2 ',' or ']' is expected");
  EXPECT_EQ(read("{} {}"), "3 the end is expected");
  EXPECT_EQ(read("1 2"), "2 the end is expected");
  EXPECT_EQ(read("[tru]"), "1 a value is expected");
  EXPECT_EQ(read("[truex]"), "5 ',' or ']' is expected");
  EXPECT_EQ(read("[01]"), "1 a number is malformed");
  EXPECT_EQ(read("[1.]"), "1 a number is malformed");
  EXPECT_EQ(read("[+1]"), "1 a value is expected");
  EXPECT_EQ(read("[\"a\nb\"]"), "3 a control character must be escaped");
  EXPECT_EQ(read("[\"abc]"), "1 a text is not closed");
  EXPECT_EQ(read("[\"\xC0\x80\"]"), "2 the text is not UTF-8");
  EXPECT_EQ(read("[\"\xED\xA0\x80\"]"), "2 the text is not UTF-8");
  for (const char* json : {"[\"a\":1]",
                           R"([["a":1],2])",
                           R"({"x":[["a":1],2]})",
                           R"({"a":{"b":1})",
                           "[[1]",
                           "{'a':1}",
                           "[,1]",
                           "[1,,2]",
                           R"({"a":1:2})",
                           R"(["a" "b"])",
                           R"(["a"b])",
                           R"([1"b"])",
                           "NaN",
                           R"({"a"})",
                           R"({1:2})",
                           "[\"a\\\"]",
                           "]",
                           "}",
                           "[]]",
                           "nul",
                           "\\",
                           "[\\\"]",
                           "[1\\]"})
    EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(read(json)[0]))) << json;
}

TEST_F(JsonTextTest, what_stands_behind_a_text_is_none_of_it) {
  for (const char* behind : {",", "}", "]", "}]", "\"", "]]]]", "1", "}}}}}}}}"}) {
    const std::string padding = behind + std::string(64, behind[0]);
    EXPECT_EQ(read(R"({"a":1})", padding), R"({"a":1})");
    for (const char* json : {R"({"a":{"b":1})", "[[1]", R"([["a":1],2])", R"({"x":[["a":1],2]})",
                             R"({"a":1)", R"({"a":"b)", R"({"a")", "[1", "[1,", "{"})
      EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(read(json, padding)[0])))
          << json << behind;
  }
}

TEST_F(JsonTextTest, fine_point_p_512_levels) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(read(nested(kMaxDepth)), nested(kMaxDepth));
  EXPECT_EQ(read(nested(kMaxDepth + 1)), "512 it nests deeper than 512 levels");
  EXPECT_EQ(read(nested(1'000'000)), "512 it nests deeper than 512 levels");
}

TEST_F(JsonTextTest, texts_of_any_length_one_after_the_other) {
  for (const std::size_t size : {1U, 100'000U, 5U, 63U, 64U, 65U, 1'000'000U, 3U}) {
    const std::string json = "[\"" + std::string(size, 'x') + "\"]";
    EXPECT_EQ(read(json), json);
  }
}

TEST(JsonFaultTest, a_value_is_skipped_by_its_brackets_and_quotes) {
  EXPECT_EQ(skip_json(R"([1, {"a": "]}"}] , 2)", 0), 16U);
  EXPECT_EQ(skip_json(R"("a\"b" 1)", 0), 6U);
  EXPECT_EQ(skip_json("tru, 1", 0), 3U);
  EXPECT_EQ(skip_json("", 0), 0U);
  EXPECT_EQ(skip_json("[[1]", 0), std::string_view::npos);
  EXPECT_EQ(skip_json("\"abc", 0), std::string_view::npos);
  EXPECT_EQ(skip_json("\"abc\\", 0), std::string_view::npos);
}

TEST(JsonFaultTest, the_piece_shown_is_one_line_of_64_characters) {
  EXPECT_EQ(shown_piece("abc\ndef", 1), "bc");
  EXPECT_EQ(shown_piece("abc", 3), "");
  EXPECT_EQ(shown_piece("a\xFF\xC3", 0), "a??");
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "ä";
  EXPECT_EQ(shown_piece(umlauts, 0), umlauts);
  EXPECT_EQ(shown_piece(umlauts + "b", 0), umlauts + "...");
}

}  // namespace
}  // namespace product_upsert

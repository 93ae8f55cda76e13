#include "core/value/events.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/value/failure.hpp"

namespace product_upsert {
namespace {

// Writes down what it is told.
class Recorder final : public JsonEvents {
 public:
  void null() override { out += "null "; }
  void boolean(bool value) override { out += value ? "true " : "false "; }
  void number(Value value) override { out += value.json() + " "; }
  void string(std::string_view value) override { out += "'" + std::string(value) + "' "; }
  bool start_object(std::size_t) override { return open("{ "); }
  void key(std::string_view key) override { out += std::string(key) + ": "; }
  void end_object() override {
    --depth_;
    out += "} ";
  }
  bool start_array(std::size_t) override { return open("[ "); }
  void end_array() override {
    --depth_;
    out += "] ";
  }
  std::string out;
  std::size_t deepest = ~std::size_t{0};  // what is in deeper containers is not told

 private:
  bool open(const char* bracket) {
    if (depth_ == deepest) {
      out += "… ";
      return false;
    }
    ++depth_;
    out += bracket;
    return true;
  }
  std::size_t depth_ = 0;
};

std::string events(std::string_view json) {
  Arena arena;
  Recorder recorder;
  parse_json(json, arena, recorder);
  return recorder.out;
}

std::string refusal(std::string_view json, Refused kind = Refused::invalid) {
  try {
    events(json);
  } catch (const Refusal& r) {
    EXPECT_EQ(static_cast<int>(r.kind), static_cast<int>(kind));
    return r.what();
  }
  return "accepted";
}

TEST(EventsTest, text_is_told_in_order) {
  EXPECT_EQ(events(R"({"b": [1, 2.50, null], "a": {"x": true}, "b": "t"})"),
            "{ b: [ 1 2.50 null ] a: { x: true } b: 't' } ");
  EXPECT_EQ(events(" 7 "), "7 ");
  EXPECT_EQ(events("[[],{}]"), "[ [ ] { } ] ");
}

TEST(EventsTest, c5_numbers_are_never_doubles) {
  EXPECT_EQ(events("[12345678901234567890123, 19.90, -0.10, 1e2, 18446744073709551615, "
                   "-9223372036854775808, 0.1000000000000000055511151231257827]"),
            "[ 12345678901234567890123 19.90 -0.10 100 18446744073709551615 -9223372036854775808 "
            "0.1000000000000000055511151231257827 ] ");
}

TEST(EventsTest, numbers_out_of_range_are_refused) {
  EXPECT_NE(refusal("1e400"), "accepted");
  EXPECT_EQ(refusal("0.1e-20000"), "number out of range");
  EXPECT_EQ(refusal("1e-99999999999999"), "number out of range");
}

TEST(EventsTest, what_is_no_json_is_refused) {
  for (const char* text : {"", "{", "[1,]", "{\"a\":}", "nul", "\"\xFF\"", "\"\xC0\x80\"",
                           "\"a\nb\"", "1 2", "{'a':1}", "[1}", "\"\\ud800\"", "01", "NaN"}) {
    EXPECT_TRUE(refusal(text).starts_with("invalid JSON at byte ")) << text;
  }
}

TEST(EventsTest, u0000_is_refused_as_in_jsonb) {
  EXPECT_EQ(refusal(R"(["a\u0000b"])"), "text holds the character U+0000");
  EXPECT_EQ(refusal(R"({"\u0000": 1})"), "text holds the character U+0000");
}

TEST(EventsTest, deep_nesting_is_refused) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  const auto built = [&](int depth) -> std::string {
    Arena arena;
    try {
      return parse_json(nested(depth), arena).kind() == Kind::list ? "accepted" : "?";
    } catch (const Refusal& r) {
      EXPECT_EQ(r.kind, Refused::limit);
      return r.what();
    }
  };
  EXPECT_EQ(built(kMaxDepth), "accepted");
  EXPECT_EQ(built(kMaxDepth + 1), "JSON nests deeper than 512 levels");
  EXPECT_EQ(built(1'000'000), "JSON nests deeper than 512 levels");
}

TEST(EventsTest, what_is_not_wanted_is_not_told) {
  Arena arena;
  Recorder recorder;
  recorder.deepest = 2;
  parse_json(R"([{"a": [1, {"b": 2}], "c": 3}, [{"d": [4]}, 5], 6])", arena, recorder);
  EXPECT_EQ(recorder.out, "[ { a: … c: 3 } [ … 5 ] 6 ] ");
}

TEST(EventsTest, a_builder_is_ready_for_the_next_value) {
  Arena arena;
  ValueBuilder builder(arena);
  EXPECT_FALSE(builder.complete());
  parse_json(R"([{"a": [1, {"b": 2}], "c": 3}])", arena, builder);
  EXPECT_TRUE(builder.complete());
  EXPECT_EQ(builder.take().json(), R"([{"a":[1,{"b":2}],"c":3}])");
  EXPECT_FALSE(builder.complete());
  parse_json("true", arena, builder);
  EXPECT_EQ(builder.take().json(), "true");
}

TEST(EventsTest, deep_values_are_built_and_printed) {
  const std::string text = std::string(512, '[') + std::string(512, ']');
  Arena arena;
  Arena other;
  EXPECT_EQ(parse_json(text, arena).copy_to(other).json(), text);
}

}  // namespace
}  // namespace product_upsert

#include "core/value/packed.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/value/events.hpp"

namespace product_upsert {
namespace {

class PackedTest : public testing::Test {
 protected:
  std::vector<Value> unpacked(const std::vector<Value>& values) {
    std::vector<Value> out(values.size(), Value::boolean(true));
    unpack(pack(values, arena_), out, arena_);
    return out;
  }
  void expect_same(const std::vector<Value>& values) {
    const std::vector<Value> out = unpacked(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(out[i].kind(), values[i].kind()) << i;
      EXPECT_TRUE(identical(out[i], values[i])) << out[i].json() << " of " << values[i].json();
    }
  }
  Arena arena_;
};

TEST_F(PackedTest, a_row_is_what_it_was) {
  expect_same({Value(), Value::null(), Value::boolean(false), Value::boolean(true), Value::text(""),
               Value::text("caffè"), Value::integer(0), Value::list({}), Value::object({}),
               parse_json(R"({"a":[1,null,{"b":"c"}],"bb":{"dd":-2.50}})", arena_)});
}

TEST_F(PackedTest, c5_numbers_are_what_they_were) {
  const std::int64_t greatest = 999'999'999'999'999'999;
  for (const std::int64_t n : {std::int64_t{1}, std::int64_t{63}, std::int64_t{64},
                               std::int64_t{127}, std::int64_t{128}, greatest})
    expect_same({Value::integer(n), Value::integer(-n), Value::decimal(n, 2),
                 Value::decimal(-n, 18), Value::decimal(n, 0)});
  expect_same({Value::long_number("1234567890123456789012345678901234567890.10")});
}

TEST_F(PackedTest, texts_of_every_length_are_what_they_were) {
  for (const std::size_t size : {1U, 127U, 128U, 16383U, 16384U, 100000U}) {
    const std::string text(size, 'x');
    expect_same({Value::text(text), Value::integer(1)});
  }
}

TEST_F(PackedTest, a_null_takes_one_byte) {
  const std::vector<Value> nulls(21, Value::null());
  EXPECT_EQ(pack(nulls, arena_).size(), nulls.size());
}

}  // namespace
}  // namespace product_upsert

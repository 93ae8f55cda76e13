#include "core/value/hash.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "core/catalogue/identity.hpp"

namespace product_upsert {
namespace {

std::uint64_t old_step(std::uint64_t hash, std::uint64_t bytes) {
  hash = (hash ^ bytes) * 0x9E3779B97F4A7C15U;
  return hash ^ hash >> 32U;
}

// Texts of sixteen bytes that all had one hash while it was no secret: the second eight bytes take
// back what the first eight do.
std::vector<std::string> colliding_texts(std::size_t count) {
  const std::uint64_t start = 16 * 0x9E3779B97F4A7C15U;
  std::vector<std::string> texts;
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::uint64_t words[] = {n, old_step(start, n)};
    texts.emplace_back(reinterpret_cast<const char*>(words), sizeof words);
  }
  return texts;
}

// Keeps the secret for the tests that follow.
class HashTest : public testing::Test {
 protected:
  ~HashTest() override { hashing::secret = before_; }

 private:
  HashSecret before_ = hashing::secret;
};

TEST_F(HashTest, texts_made_to_share_a_hash_spread) {
  std::set<std::uint64_t> hashes;
  std::set<std::uint64_t> places;
  for (const std::string& text : colliding_texts(30'000)) {
    hashes.insert(hash_text(text));
    places.insert(hash_text(text) & 0xFFFFU);
  }
  EXPECT_EQ(hashes.size(), 30'000U);
  EXPECT_GT(places.size(), 23'000U);  // about 24,000 of 65,536 are hit by chance
}

TEST_F(HashTest, numbers_of_one_remainder_spread) {
  std::set<std::uint64_t> places;
  for (std::int64_t n = 0; n < 30'000; ++n)
    places.insert(hash_key(Value::integer(n << 24)) & 0xFFFFU);
  EXPECT_GT(places.size(), 23'000U);
}

TEST_F(HashTest, another_secret_is_another_hash) {
  const std::uint64_t first = hash_text("a text of more than sixteen bytes");
  const std::uint64_t word = hash_word(7);
  set_hash_secret({{1, 2, 3, 4}});
  EXPECT_NE(hash_text("a text of more than sixteen bytes"), first);
  EXPECT_NE(hash_word(7), word);
  // What looks like the secret must be the secret, to make a factor zero: then the rest still
  // tells.
  std::string text(32, 'x');
  std::memcpy(text.data(), &hashing::secret.words[1], sizeof(std::uint64_t));
  std::string other = text;
  other.back() = 'y';
  EXPECT_NE(hash_text(text), hash_text(other));
}

TEST_F(HashTest, every_length_and_every_byte_counts) {
  std::set<std::uint64_t> hashes;
  for (std::size_t size = 0; size < 70; ++size) {
    hashes.insert(hash_text(std::string(size, '\0')));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, '\0');
      text[at] = 1;
      hashes.insert(hash_text(text));
    }
  }
  EXPECT_EQ(hashes.size(), 70U + 69 * 70 / 2);
}

TEST_F(HashTest, identical_values_have_one_hash) {
  const Value list[] = {Value::text("a"), Value::decimal(10, 1), Value::null()};
  const Value same[] = {Value::text("a"), Value::decimal(10, 1), Value::null()};
  EXPECT_EQ(hash_value(Value::list(list)), hash_value(Value::list(same)));
  EXPECT_EQ(hash_value(Value::decimal(10, 1)), hash_value(Value::integer(1)));
  EXPECT_EQ(hash_key(Value::decimal(10, 1)), hash_key(Value::integer(1)));
  EXPECT_NE(hash_value(Value::text("1")), hash_value(Value::integer(1)));
}

}  // namespace
}  // namespace product_upsert

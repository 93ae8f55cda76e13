#include "core/value/hash.hpp"

#include <cstring>

namespace product_upsert {

HashSecret hashing::secret = {
    {0x9E3779B97F4A7C15U, 0xD6E8FEB86659FD93U, 0xA0761D6478BD642FU, 0xE7037ED1A0B428DBU}};

void set_hash_secret(const HashSecret& secret) {
  hashing::secret = secret;
  // A factor with few bits would mix badly.
  for (std::uint64_t& word : hashing::secret.words) word |= 0x8000000100000001U;
}

namespace {

std::uint64_t read(const char* at, std::size_t bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, bytes);
  return word;
}

}  // namespace

std::uint64_t hash_text(std::string_view text) {
  using hashing::mix;
  using hashing::secret;
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t hash = secret.words[0] ^ mix(text.size() ^ secret.words[1], secret.words[2]);
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left > 2 * kWord; at += 2 * kWord, left -= 2 * kWord)
    hash = mix(read(at, kWord) ^ secret.words[1], read(at + kWord, kWord) ^ hash);
  const std::size_t first = left < kWord ? left : kWord;
  const std::uint64_t a = left == 0 ? 0 : read(at, first);
  const std::uint64_t b = left > kWord ? read(at + kWord, left - kWord) : 0;
  return mix(mix(a ^ secret.words[1], b ^ hash) ^ secret.words[2], hash ^ secret.words[3]);
}

}  // namespace product_upsert

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace product_upsert {

// Hashes of what users send, keyed by a secret: whoever does not know it cannot make texts that
// share a hash. Two values multiplied into 128 bits and folded (as wyhash does), the secret in both
// of them, so that no known input makes either of them zero.
struct HashSecret {
  std::array<std::uint64_t, 4> words;
};

namespace hashing {

// Of the process. Fixed until set_secret(), which comes before anything is hashed.
extern HashSecret secret;

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace hashing

void set_hash_secret(const HashSecret& secret);

inline std::uint64_t hash_word(std::uint64_t word, std::uint64_t salt = 0) {
  using hashing::secret;
  return hashing::mix(
      hashing::mix(word ^ secret.words[0], salt ^ secret.words[1]) ^ secret.words[2],
      word ^ secret.words[3]);
}
std::uint64_t hash_text(std::string_view text);

// For std::unordered_map and the like.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return hash_text(text); }
};
struct WordHash {
  std::size_t operator()(std::uint64_t word) const { return hash_word(word); }
};

}  // namespace product_upsert

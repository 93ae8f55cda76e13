#include "core/catalogue/key_sort.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace product_upsert {

namespace {

struct Ranks {
  std::vector<std::uint32_t> of_key;
  std::uint32_t count = 0;  // number of distinct values
};

// The rank of each key's value in one column, among the distinct values. A hash table of numbers
// finds the distinct values, so that a list is sorted instead of the nodes of a map.
Ranks rank(std::span<const Key* const> keys, std::size_t column) {
  constexpr std::uint32_t kNone = ~0U;
  std::vector<std::uint32_t> slots(256, kNone);  // by hash: the number of a distinct value
  std::vector<std::uint64_t> hashes;
  std::vector<const Value*> distinct;
  Ranks ranks;
  ranks.of_key.resize(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Value& value = keys[i]->values[column];
    // Equal values often follow one another in feeds.
    if (i > 0 && equal_keys(value, *distinct[ranks.of_key[i - 1]])) {
      ranks.of_key[i] = ranks.of_key[i - 1];
      continue;
    }
    const std::uint64_t hash = hash_key(value);
    std::size_t at = hash >> 32U;
    std::uint32_t found = kNone;
    for (;; ++at) {
      found = slots[at & (slots.size() - 1)];
      if (found == kNone || (hashes[found] == hash && equal_keys(*distinct[found], value))) break;
    }
    if (found == kNone) {
      found = static_cast<std::uint32_t>(distinct.size());
      slots[at & (slots.size() - 1)] = found;
      distinct.push_back(&value);
      hashes.push_back(hash);
      if (distinct.size() * 2 > slots.size()) {
        slots.assign(slots.size() * 4, kNone);
        for (std::uint32_t d = 0; d < distinct.size(); ++d) {
          std::size_t to = hashes[d] >> 32U;
          while (slots[to & (slots.size() - 1)] != kNone) ++to;
          slots[to & (slots.size() - 1)] = d;
        }
      }
    }
    ranks.of_key[i] = found;
  }
  std::vector<std::uint32_t> order(distinct.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return compare_keys(*distinct[a], *distinct[b]) < 0;
  });
  std::vector<std::uint32_t> rank_of(distinct.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) rank_of[order[i]] = i;
  for (std::uint32_t& r : ranks.of_key) r = rank_of[r];
  ranks.count = static_cast<std::uint32_t>(distinct.size());
  return ranks;
}

using Rank = std::pair<std::uint64_t, std::uint32_t>;  // rank so far, number of the key

// Renumbers the ranks without gaps, in the same order.
std::uint64_t close_ranks(std::vector<Rank>& ranked) {
  std::sort(ranked.begin(), ranked.end());
  std::uint64_t next = 0;
  std::uint64_t last = ranked.front().first;
  for (Rank& c : ranked) {
    if (c.first != last) ++next;
    last = c.first;
    c.first = next;
  }
  return next + 1;
}

// The first eight bytes of a text as a number that sorts in the same way.
std::uint64_t head(std::string_view text) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < sizeof bytes; ++i)
    bytes = bytes << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return bytes;
}

std::vector<std::uint32_t> order_of(const std::vector<Rank>& ranked) {
  std::vector<std::uint32_t> order(ranked.size());
  std::transform(ranked.begin(), ranked.end(), order.begin(),
                 [](const Rank& c) { return c.second; });
  return order;
}

}  // namespace

std::vector<std::uint32_t> sorted_by_key(std::span<const Key* const> keys) {
  std::vector<Rank> ranked(keys.size());
  for (std::uint32_t i = 0; i < ranked.size(); ++i) ranked[i].second = i;
  std::uint64_t range = 1;  // all ranks are below it
  for (std::size_t c = 0; !keys.empty() && c < keys.front()->values.size(); ++c) {
    const Ranks ranks = rank(keys, c);
    if (std::bit_width(range) + std::bit_width(ranks.count) > 63) range = close_ranks(ranked);
    for (Rank& rank : ranked) rank.first = rank.first * ranks.count + ranks.of_key[rank.second];
    range *= ranks.count;
  }
  if (!std::is_sorted(ranked.begin(), ranked.end())) std::sort(ranked.begin(), ranked.end());
  return order_of(ranked);
}

std::vector<std::uint32_t> sorted_texts(std::span<const std::string_view> texts) {
  std::vector<Rank> ranked(texts.size());
  for (std::uint32_t i = 0; i < ranked.size(); ++i) ranked[i] = {head(texts[i]), i};
  std::sort(ranked.begin(), ranked.end(), [&](const Rank& a, const Rank& b) {
    if (a.first != b.first) return a.first < b.first;
    const int order = texts[a.second].compare(texts[b.second]);
    return order != 0 ? order < 0 : a.second < b.second;
  });
  return order_of(ranked);
}

}  // namespace product_upsert

#include "core/value/nearest.hpp"

#include <algorithm>
#include <cstddef>

#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kLongestName = 64;

// The number of letters to insert, remove, replace or swap with the next. Any number above `limit`
// is returned as limit + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t other = a[i - 1] == b[j - 1] ? 0U : 1U;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + other});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest(std::string_view said, const std::vector<std::string_view>& valid) {
  if (said.size() > kLongestName) return {};
  const std::string word = folded(Fold::compatible, said);
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view name : valid) {
    if (name.size() > kLongestName) continue;
    const std::size_t apart = distance(word, folded(Fold::compatible, name), least - 1);
    if (apart >= least) continue;
    least = apart;
    best = name;
  }
  return best;
}

}  // namespace product_upsert

#include "core/document/others.hpp"

#include "core/value/text.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kMostNamed = 10;

}  // namespace

Others name_others(std::span<const std::uint64_t> positions, std::uint64_t own) {
  std::string list;
  std::vector<std::int64_t> all;
  const auto add = [&](std::uint64_t p) { all.push_back(static_cast<std::int64_t>(p)); };
  std::size_t named = 0;
  bool own_is_listed = false;
  for (std::uint64_t p : positions) {
    if (p == own) {
      own_is_listed = true;
    } else {
      if (named == kMostNamed) break;
      ++named;
      add_to_list(list, std::to_string(p));
    }
    add(p);
  }
  if (!own_is_listed) add(own);
  const std::size_t others = positions.size() - 1;
  std::string words = (others == 1 ? "document " : "documents ") + list;
  Details details;
  details.numbers("positions", all);
  if (others > named) {
    words += ", ... and " + std::to_string(others - named) + " more";
    details.number("others", static_cast<std::int64_t>(others));
  }
  return {std::move(words), details};
}

}  // namespace product_upsert

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalogue/related.hpp"

namespace product_upsert {

// A category by its path: the names of its ancestors and its own, the root's first.
using CategoryPath = std::vector<std::string>;
// Nothing where a name is blank.
std::optional<CategoryPath> split_path(std::string_view text, std::string_view separator);
// The same for paths that are the same, however they are spaced.
std::string join_path(const CategoryPath& path, std::string_view separator);

// The stored categories on some paths.
class CategoryTree {
 public:
  struct Category {
    std::int64_t id;
    std::vector<Value> kept;  // of the columns that were asked for
  };
  // How far down a path there are categories, and which stand there: several where names repeat
  // themselves below one category.
  struct End {
    std::size_t depth = 0;
    std::vector<Category> at;
  };

  // All that have one of the names, by one statement. Values are copied into the arena.
  void read(RelatedRows& related, std::int64_t organization_id, const std::set<std::string>& names,
            std::span<const unsigned> kept, Arena& arena);
  End find(const CategoryPath& path) const;
  // One more, below `parent`; 0: a root.
  void add(std::int64_t parent, const std::string& name, std::int64_t id) {
    categories_.emplace(std::pair(parent, name), Category{id, {}});
  }

 private:
  std::multimap<std::pair<std::int64_t, std::string>, Category> categories_;
};

}  // namespace product_upsert

#include "core/related/category_tree.hpp"

#include "core/value/arena.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

unsigned place(std::string_view column) {
  return static_cast<unsigned>(find_column(Table::category, column));
}

}  // namespace

std::optional<CategoryPath> split_path(std::string_view text, std::string_view separator) {
  CategoryPath path;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    const std::string_view name = trim(text.substr(at, end - at));
    if (name.empty()) return std::nullopt;
    path.emplace_back(name);
    at = end + separator.size();
  }
  return path;
}

std::string join_path(const CategoryPath& path, std::string_view separator) {
  std::string text;
  for (const std::string& name : path) {
    if (!text.empty()) text += " " + std::string(separator) + " ";
    text += name;
  }
  return text;
}

void CategoryTree::read(RelatedRows& related, std::int64_t organization_id,
                        const std::set<std::string>& names, std::span<const unsigned> kept,
                        Arena& arena) {
  class Rows final : public TableSink {
   public:
    Rows(CategoryTree& tree, std::span<const unsigned> kept, Arena& arena)
        : tree_(tree), kept_(kept), arena_(arena) {}
    void row(std::uint32_t, const StoredRow& values) override {
      Category category{values[0].as_integer().value_or(0), {}};
      for (const unsigned c : kept_) category.kept.push_back(values[c].copy_to(arena_));
      const std::int64_t parent = values[place("parent_id")].as_integer().value_or(0);
      tree_.categories_.emplace(std::pair(parent, values[place("name")].printed()),
                                std::move(category));
    }

   private:
    CategoryTree& tree_;
    std::span<const unsigned> kept_;
    Arena& arena_;
  } rows(*this, kept, arena);
  categories_.clear();
  TableKeys keys{{place("name")}, {}, {}};
  for (const std::string& name : names) keys.add(0, {Value::text(name)});
  if (!names.empty()) related.read(organization_id, Table::category, {&keys, 1}, rows);
}

CategoryTree::End CategoryTree::find(const CategoryPath& path) const {
  End end;
  std::vector<std::int64_t> parents = {0};
  for (const std::string& name : path) {
    std::vector<Category> below;
    for (const std::int64_t parent : parents) {
      const auto [first, last] = categories_.equal_range(std::pair(parent, name));
      for (auto it = first; it != last; ++it) below.push_back(it->second);
    }
    if (below.empty()) break;
    parents.clear();
    for (const Category& c : below) parents.push_back(c.id);
    end.at = std::move(below);
    ++end.depth;
  }
  return end;
}

}  // namespace product_upsert

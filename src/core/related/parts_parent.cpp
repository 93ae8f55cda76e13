// Parts: no product is its own ancestor (rule 13), nor becomes one through two writers.
#include <algorithm>

#include "core/document/merge.hpp"
#include "core/related/parts.hpp"

namespace product_upsert {

namespace {

class Parents final : public TableSink {
 public:
  void row(std::uint32_t, const StoredRow& v) override {
    const int column = find_column(Table::product, "parent_product_id");
    of[v[0].as_integer().value_or(0)] =
        v[static_cast<std::size_t>(column)].as_integer().value_or(0);
  }
  std::unordered_map<std::int64_t, std::int64_t> of;
};

}  // namespace

// A document whose parent is made by a rejected one is rejected too, and so on.
void Parts::reject_orphans(const Items& items) {
  const Field& field = batch_.profile.fields[*parent_field_];
  for (bool again = true; again;) {
    again = false;
    for (std::uint32_t i : items) {
      const auto parent = parent_document(i);
      if (!parent || batch_.items[*parent].failures.empty() || !batch_.items[i].failures.empty())
        continue;
      batch_.items[i].failures.push_back({Code::unknown_reference,
                                          field.name,
                                          "document " + std::to_string(batch_.position(*parent)) +
                                              " of this call, which makes the " +
                                              field.reference.resource + ", is rejected",
                                          {}});
      again = true;
    }
  }
}

void Parts::check_parents(std::int64_t organization_id, const Items& items) {
  // Products and documents as nodes of one graph: a product by its id, a document that creates one
  // by its negated number.
  const auto node = [&](std::uint32_t i) {
    return batch_.items[i].id != 0 ? batch_.items[i].id : -static_cast<std::int64_t>(i) - 1;
  };
  const Field& field = batch_.profile.fields[*parent_field_];
  reject_orphans(items);
  std::unordered_map<std::int64_t, std::int64_t> edges;
  std::vector<std::uint32_t> changing;
  std::vector<std::int64_t> above;
  bool existing = false;
  for (std::uint32_t i : items) {
    Item& item = batch_.items[i];
    std::int64_t parent = 0;
    if (const auto document = parent_document(i)) {
      parent = node(*document);
    } else {
      const Value& given = batch_.value(item, *parent_field_);
      const Action action = options_.action(*parent_field_);
      if (action == Action::clear || (given.is_null() && action != Action::ignore)) {
        edges[node(i)] = 0;
        continue;
      }
      if (!given.has_value() || action == Action::ignore) continue;
      parent = given.as_integer().value_or(0);
    }
    if (item.id != 0 && batch_.stored(item, Column::parent_product_id).as_integer() == parent)
      continue;
    edges[node(i)] = parent;
    changing.push_back(i);
    existing |= item.id != 0;
    if (parent > 0) above.push_back(parent);
  }
  if (changing.empty()) return;
  Parents stored;
  if (existing && !above.empty() && !options_.read_only) related_.lock_parents(organization_id);
  if (existing && !above.empty()) related_.read_ancestors(organization_id, above, stored);
  for (std::uint32_t i : changing) {
    std::int64_t at = node(i);
    for (std::size_t steps = 0; steps <= edges.size() + stored.of.size(); ++steps) {
      const auto edge = edges.find(at);
      const auto kept = stored.of.find(at);
      at = edge != edges.end() ? edge->second : kept != stored.of.end() ? kept->second : 0;
      if (at == 0 || at == node(i)) break;
    }
    if (at != node(i)) continue;
    batch_.items[i].failures.push_back(
        {Code::range, field.name, "would make the product its own ancestor", {}});
  }
}

}  // namespace product_upsert

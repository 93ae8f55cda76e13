#include "pg/store/changed_rows.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/table_writer.hpp"

namespace product_upsert {

namespace {

// The number of rows that are made before they are written, which bounds the memory they take.
constexpr std::size_t kRowsAtOnce = 500;

// Going to a row through its index costs at least as much as passing over this many entries.
constexpr std::uint64_t kPassedOver = 8;

constexpr ColumnInfo kColumnsWritten[] = {{"product_id", ColumnType::bigint},
                                          {"action", ColumnType::text},
                                          {"changed", ColumnType::jsonb},
                                          {"version", ColumnType::integer}};

// A change that creates a product does not list these.
// recipe: feed
constexpr std::array<std::string_view, 5> kUntold = {"id", "version", "created_at", "updated_at",
                                                     "field_sources"};
constexpr std::string_view kVariants = "variants";

Oid table_named(const char* name, Oid space) {
  return Call([name, space] { return get_relname_relid(name, space); });
}

const JsonColumn* find_column(std::span<const JsonColumn> columns, std::string_view name) {
  const auto it = std::lower_bound(
      columns.begin(), columns.end(), name,
      [](const JsonColumn& c, std::string_view wanted) { return key_before(c.name, wanted); });
  return it != columns.end() && it->name == name ? &*it : nullptr;
}

bool may_have_variants(const NotedProduct& product) {
  return product.old.is_absent() || !product.old[kVariants].is_absent();
}

// How many ids there are for each product between the first and the last, which are in that order.
// A single product is no reason to walk.
std::uint64_t spread(std::span<const NotedProduct> products) {
  if (products.size() < 2) return kPassedOver;
  return (static_cast<std::uint64_t>(products.back().id) -
          static_cast<std::uint64_t>(products.front().id)) /
         products.size();
}

Value new_value(const Value& value, Arena& arena) {
  const auto members = arena.array<Member>(1);
  members[0] = {"new", value};
  return Value::object(members);
}

Value both_values(const Value& now, const Value& old, Arena& arena) {
  const auto members = arena.array<Member>(2);
  members[0] = {"new", now};
  members[1] = {"old", old};
  return Value::object(members);
}

}  // namespace

bool ChangedRows::open(Oid space, std::int64_t organization_id,
                       std::span<const NotedProduct> products) {
  table_ = table_named("product_change", space);
  organization_id_ = organization_id;
  if (table_ == InvalidOid || !products_.open(table_named("product", space), organization_id, "id",
                                              spread(products) < kPassedOver))
    return false;
  version_ = find_column(products_.columns(), "version");
  // If the user has a column of that name, SQL decides what is noted.
  const bool shows_variants = std::any_of(products.begin(), products.end(), may_have_variants);
  if (version_ != nullptr && find_column(products_.columns(), kVariants) == nullptr &&
      (!shows_variants || variants_.open(table_named("product_variant", space), organization_id,
                                         // A product may have any number of variants to pass over.
                                         "product_id", spread(products) == 0))) {
    has_variants_ = shows_variants;
    for (const JsonColumn& c : products_.columns()) {
      if (std::find(kUntold.begin(), kUntold.end(), c.name) == kUntold.end()) shown_.push_back(&c);
    }
    return true;
  }
  products_.close();
  return false;
}

void ChangedRows::close() {
  if (has_variants_) variants_.close();
  products_.close();
}

std::size_t ChangedRows::write(std::span<const NotedProduct> products) {
  std::size_t done = 0;
  while (done < products.size()) {
    const auto next = products.subspan(done, std::min(kRowsAtOnce, products.size() - done));
    rows_.clear();
    arena_.reset();
    for (const NotedProduct& product : next) add(product);
    if (!rows_.empty() && !insert()) break;
    done += next.size();
  }
  return done;
}

// A product that the caller cannot see, or that was removed again, is not noted.
void ChangedRows::add(const NotedProduct& product) {
  products_.seek(product.id);
  if (!products_.next()) return;
  const bool is_new = product.old.is_absent();
  members_.clear();
  if (is_new) add_created(product.id);
  else add_updated(product.id, product.old.members());
  rows_.push_back(
      {product.id, Value::text(is_new ? "created" : "updated"),
       members_.empty() ? Value() : Value::object(arena_.copy(std::span<const Member>(members_))),
       products_.value(*version_, arena_)});
}

void ChangedRows::add_created(std::int64_t product_id) {
  for (const JsonColumn* column : shown_) {
    const Value value = products_.value(*column, arena_);
    if (value.has_value()) members_.push_back({column->name, new_value(value, arena_)});
  }
  const Value variants = read_variants(product_id);
  if (!variants.has_value()) return;
  const auto behind = std::find_if(members_.begin(), members_.end(),
                                   [](const Member& m) { return key_before(kVariants, m.key); });
  members_.insert(behind, {kVariants, new_value(variants, arena_)});
}

void ChangedRows::add_updated(std::int64_t product_id, std::span<const Member> old) {
  for (const auto& [name, before] : old) {
    Value change = Value::object({});
    if (const JsonColumn* const column = find_column(products_.columns(), name)) {
      change = both_values(products_.value(*column, arena_), old_as_json(*column, before, arena_),
                           arena_);
    } else if (name == kVariants) {
      change = both_values(read_variants(product_id), before, arena_);
    }
    members_.push_back({name, change});
  }
}

// Null if there are no variants.
Value ChangedRows::read_variants(std::int64_t product_id) {
  std::vector<std::pair<std::int64_t, Value>> found;
  std::vector<Member> members;
  variants_.seek(product_id);
  while (variants_.next()) {
    members.clear();
    std::int64_t id = 0;
    for (const JsonColumn& column : variants_.columns()) {
      if (column.name == "product_id") continue;
      members.push_back({column.name, variants_.value(column, arena_)});
      if (column.name == "id") id = members.back().value.as_integer().value_or(0);
    }
    found.emplace_back(id, Value::object(arena_.copy(std::span<const Member>(members))));
  }
  if (found.empty()) return Value::null();
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto variants = arena_.array<Value>(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) variants[i] = found[i].second;
  return Value::list(variants);
}

bool ChangedRows::insert() {
  TableRows written;
  written.organization_id = organization_id_;
  written.rows = rows_.size();
  written.columns = {0, 1, 2, 3};
  written.fill = [this](std::size_t at, std::span<Value> values) {
    const Row& row = rows_[at];
    values[0] = Value::integer(row.product_id);
    values[1] = row.action;
    values[2] = row.changed;
    values[3] = row.version;
  };
  class : public WrittenSink {
    void written(const StoredProduct&) override {}
  } nobody;
  return TableWriter(table_, kColumnsWritten).insert(written, nobody);
}

}  // namespace product_upsert

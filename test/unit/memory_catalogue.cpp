#include "unit/memory_catalogue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/value/events.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// A row's values, in the order of the columns.
std::vector<Value> row_values(const Writes& writes, std::size_t row) {
  std::vector<Value> values(writes.columns.size());
  writes.fill(row, values);
  return values;
}

}  // namespace

IdentityRules builtin_rules() {
  const auto single = [](const char* name, Column c) {
    return IdentityRule{name, {c}, {c}, false};
  };
  return {{single("id", Column::id), single("uuid", Column::uuid),
           single("external_id", Column::external_id), single("reference", Column::reference),
           single("handle", Column::handle), single("number", Column::number),
           IdentityRule{
               "natural",
               {Column::manufacturer, Column::brand, Column::name, Column::size, Column::size_unit},
               {Column::manufacturer},
               true}}};
}

MemoryCatalogue::MemoryCatalogue(IdentityRules rules)
    : rows(
          arena_,
          [this](std::int64_t organization_id) {
            std::vector<MemoryRelated::Row> all;
            for (const auto& [place, product] : products_) {
              if (place.first != organization_id) continue;
              MemoryRelated::Row row{organization_id, {}};
              for (const ColumnInfo& c : info(Table::product).columns)
                row.values.push_back(product[*find_column(c.name)]);
              all.push_back(std::move(row));
            }
            return all;
          },
          [this](std::int64_t organization_id) {
            std::vector<std::pair<std::int64_t, Value>> all;
            for (const auto& [place, product] : products_) {
              if (place.first == organization_id)
                all.emplace_back(place.second, product[Column::custom_fields]);
            }
            return all;
          }),
      rules_(std::move(rules)) {}

// --- another session, or a test that looks ---

std::int64_t MemoryCatalogue::put(std::int64_t organization_id, std::string_view json) {
  Product product = fresh(organization_id);
  apply(product, json);
  if (!product[Column::id].has_value()) set(product, Column::id, Value::integer(++last_id_));
  product.id = *product[Column::id].as_integer();
  last_id_ = std::max(last_id_, product.id);
  check(product);
  require_unique(product);
  require_references(product);
  products_.emplace(ProductKey(organization_id, product.id), product);
  return product.id;
}

void MemoryCatalogue::change(std::int64_t organization_id, std::int64_t id, std::string_view json) {
  Product product = products_.at({organization_id, id});
  apply(product, json);
  touch(product);
  check(product);
  require_unique(product);
  products_.at({organization_id, id}) = product;
}

void MemoryCatalogue::erase(std::int64_t organization_id, std::int64_t id) {
  products_.erase({organization_id, id});
  rows.erase_product(organization_id, id);
}

void MemoryCatalogue::forget_rows() {
  rows.clear();
  for (auto* const tables : rows_undone_to_) *tables = {};
}

const MemoryCatalogue::Product* MemoryCatalogue::get(std::int64_t organization_id,
                                                     std::int64_t id) const {
  const auto it = products_.find({organization_id, id});
  return it == products_.end() ? nullptr : &it->second;
}

std::string MemoryCatalogue::at(std::int64_t organization_id, std::int64_t id,
                                Column column) const {
  const Product* p = get(organization_id, id);
  return p == nullptr ? "no such product" : (*p)[column].json();
}

void MemoryCatalogue::clear() {
  products_.clear();
  rows.clear();
  arena_.reset();
  last_id_ = 0;
}

std::string MemoryCatalogue::dump() const {
  std::string out;
  for (const auto& [place, product] : products_) {
    out += std::to_string(place.first) + "/" + std::to_string(place.second) + " v" +
           std::to_string(product.version);
    for (std::size_t c = 0; c < kColumns; ++c) {
      if (!product.values[c].has_value()) continue;
      out += ' ';
      out += kColumnInfo[c].name;
      out += '=';
      product.values[c].write_json(out);
    }
    for (const auto& [column, value] : product.own) {
      if (!value.has_value()) continue;
      out += ' ';
      out += info(column).name;
      out += '=';
      value.write_json(out);
    }
    out += '\n';
  }
  return out + rows.dump();
}

std::string MemoryCatalogue::broken_rule() const {
  for (const auto& [place, product] : products_) {
    if (const IdentityRule* rule = conflict(product))
      return "product " + std::to_string(place.second) + " shares its " + rule->name;
  }
  return {};
}

// --- Catalogue ---

template <typename Match>
void MemoryCatalogue::each_match(std::int64_t organization_id, const KeyGroup& group, Match match) {
  const std::size_t width = group.columns.size();
  for (std::size_t i = 0; i < group.items.size(); ++i) {
    for (auto it = products_.lower_bound({organization_id, 0});
         it != products_.end() && it->first.first == organization_id; ++it) {
      bool same = true;
      for (std::size_t c = 0; c < width && same; ++c) {
        const Value& column = it->second[group.columns[c]];
        const Value held =
            group.folds.empty() ? column : folded(group.folds[c], column, told_arena_);
        const Value& asked = group.keys[i * width + c];
        same = group.is_null(c) ? !held.has_value()
                                : held.has_value() && asked.has_value() && equal_keys(held, asked);
      }
      if (same && !match(group.items[i], it->second)) break;
    }
  }
}

void MemoryCatalogue::find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                           const ColumnSet& columns, FoundSink& sink) {
  ++calls.find;
  for (const KeyGroup& group : groups) {
    each_match(organization_id, group, [&](std::uint32_t item, const Product& product) {
      sink.found(item, group.rule, tell(product, columns));
      return true;
    });
  }
}

void MemoryCatalogue::find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                                    const std::function<void(std::uint32_t item)>& exists) {
  ++calls.find_existing;
  for (const KeyGroup& group : groups) {
    each_match(organization_id, group, [&](std::uint32_t item, const Product&) {
      exists(item);
      return false;
    });
  }
}

void MemoryCatalogue::lock(std::int64_t organization_id, std::span<const std::int64_t> ids) {
  ++calls.lock;
  for (std::int64_t id : ids) {
    if (Product* p = find_product(organization_id, id)) p->locked = true;
  }
}

std::vector<std::int64_t> MemoryCatalogue::reserve_ids(std::size_t count) {
  ++calls.reserve_ids;
  std::vector<std::int64_t> ids(count);
  for (std::int64_t& id : ids) {
    if (last_id_ == std::numeric_limits<std::int64_t>::max())
      throw DatabaseError("the sequence of ids is at its end");
    id = ++last_id_;
  }
  return ids;
}

void MemoryCatalogue::insert_missing(const Writes& writes, WrittenSink& sink) {
  ++calls.insert_missing;
  let_others_write();
  std::vector<ProductKey> inserted;
  for (std::size_t i = 0; i < writes.rows; ++i) {
    const Product product = row_of(writes, i);
    if (conflict(product) != nullptr || (keeps_out && keeps_out(product))) continue;
    inserted.emplace_back(product.organization_id, product.id);
    products_.emplace(inserted.back(), product);
    sink.written(tell(product, writes.returning));
  }
  for (const ProductKey& p : inserted) require_references(products_.at(p));
}

void MemoryCatalogue::insert_all(const Writes& writes, WrittenSink& sink) {
  ++calls.insert_all;
  let_others_write();
  std::vector<ProductKey> inserted;
  for (std::size_t i = 0; i < writes.rows; ++i) {
    const Product product = row_of(writes, i);
    if (conflict(product) != nullptr) {
      for (const ProductKey& p : inserted) products_.erase(p);
      require_unique(product);
    }
    if (keeps_out && keeps_out(product)) continue;
    inserted.emplace_back(product.organization_id, product.id);
    products_.emplace(inserted.back(), product);
    sink.written(tell(product, writes.returning));
  }
  for (const ProductKey& p : inserted) require_references(products_.at(p));
}

bool MemoryCatalogue::update(const Writes& writes, std::span<const ReadRow> read,
                             WrittenSink& sink) {
  ++calls.update;
  let_others_write();
  if (!writes.columns.has(Column::id)) throw DatabaseError("an update that names no rows");
  std::vector<Product> before;
  for (std::size_t i = 0; i < writes.rows; ++i) {
    const std::vector<Value> values = row_values(writes, i);
    const auto id = values[writes.columns.index(Column::id)].as_integer();
    Product* const stored = find_product(writes.organization_id, id.value_or(0));
    if (stored == nullptr || stored->tid != read[i].tid) continue;
    if (keeps_out && keeps_out(*stored)) continue;
    before.push_back(*stored);
    writes.columns.each([&](Column c) { set(*stored, c, values[writes.columns.index(c)]); });
    touch(*stored);
    check(*stored);
    // PostgreSQL checks each row's indexes as it goes, not the statement as a whole.
    if (conflict(*stored) != nullptr) {
      const Product now = *stored;
      for (auto it = before.rbegin(); it != before.rend(); ++it)
        products_.at({it->organization_id, it->id}) = *it;
      require_unique(now);
    }
    sink.written(tell(*stored, writes.returning));
  }
  for (const Product& p : before) require_references(products_.at({p.organization_id, p.id}));
  return true;
}

void MemoryCatalogue::check_type(const ColumnInfo& column, std::span<const Value> values,
                                 const std::function<void(std::size_t, Failure)>& broken) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (type_rule && !type_rule(column, values[i]))
      broken(i, {Code::constraint, {}, "violates the rule of its type", {}});
  }
}

Value MemoryCatalogue::new_uuid(Arena& arena) {
  const std::string digits = std::to_string(1'000'000'000'000 + ++uuids_).substr(1);
  return Value::text(arena.copy("00000000-0000-4000-8000-" + digits));
}

void MemoryCatalogue::release(std::int64_t organization_id, const ColumnSet& columns,
                              std::span<const std::int64_t> ids, std::span<const ReadRow> read,
                              WrittenSink& sink) {
  ++calls.release;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Product* const stored = find_product(organization_id, ids[i]);
    if (stored == nullptr || stored->tid != read[i].tid) continue;
    columns.each([&](Column c) { set(*stored, c, Value::null()); });
    stored->tid = ++last_tid_;
    sink.written(tell(*stored, {}));
  }
}

void MemoryCatalogue::remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
                             std::span<const ReadRow> read, WrittenSink& sink) {
  ++calls.remove;
  let_others_write();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Product* const stored = find_product(organization_id, ids[i]);
    if (stored == nullptr || stored->tid != read[i].tid) continue;
    const StoredProduct gone{ids[i], 0, 0, {}};
    erase(organization_id, ids[i]);
    sink.written(gone);
  }
}

Attempt MemoryCatalogue::atomically(const std::function<bool()>& body, Catching catching,
                                    WriteError& error) {
  ++calls.atomically;
  auto products = products_;
  auto tables = rows.tables_;
  const bool deadlock = catching == Catching::whatever_rows_meet && deadlocks > 0;
  if (deadlock) --deadlocks;
  const bool yields_now = catching == Catching::whatever_rows_meet && yields > 0;
  if (yields_now) --yields;
  undone_to_.push_back(&products);
  rows_undone_to_.push_back(&tables);
  const auto keep = [&] {
    undone_to_.pop_back();
    rows_undone_to_.pop_back();
  };
  const auto undo = [&] {
    keep();
    products_ = products;
    rows.tables_ = tables;
  };
  Attempt outcome = Attempt::undone;
  try {
    if (body())
      outcome = deadlock ? Attempt::deadlock : yields_now ? Attempt::yielded : Attempt::done;
  } catch (const DatabaseError& e) {
    undo();
    if (catching == Catching::deadlocks) throw;
    const bool taken = dynamic_cast<const UniqueViolation*>(&e) != nullptr;
    const bool key = dynamic_cast<const ForeignKeyViolation*>(&e) != nullptr;
    if (!taken && !key && dynamic_cast<const CheckViolation*>(&e) == nullptr) throw;
    error.sqlstate = taken ? "23505" : key ? "23503" : "23514";
    error.message = e.what();
    return taken ? Attempt::taken : Attempt::failed;
  } catch (...) {
    undo();
    throw;
  }
  if (outcome == Attempt::done) keep();
  else undo();
  return outcome;
}

// What they write stays where what we write is undone.
void MemoryCatalogue::let_others_write() {
  if (!before_write) return;
  const auto ours = products_;
  before_write();
  for (auto* const undone_to : undone_to_) {
    for (const auto& [place, product] : products_) {
      const auto known = ours.find(place);
      if (known == ours.end() || known->second.tid != product.tid) (*undone_to)[place] = product;
    }
    for (const auto& [place, product] : ours) {
      if (!products_.contains(place)) undone_to->erase(place);
    }
  }
}

bool MemoryCatalogue::may(Right right, std::int64_t organization_id) {
  ++calls.may;
  return !refused.contains({right, organization_id});
}

// --- rows ---

MemoryCatalogue::Product* MemoryCatalogue::find_product(std::int64_t organization_id,
                                                        std::int64_t id) {
  const auto it = products_.find({organization_id, id});
  return it == products_.end() ? nullptr : &it->second;
}

void MemoryCatalogue::set(Product& product, Column column, const Value& value) {
  product[column] = value.has_value() ? value.copy_to(arena_) : Value::null();
}

void MemoryCatalogue::touch(Product& product) {
  ++product.version;
  product.tid = ++last_tid_;
  set(product, Column::version, Value::integer(product.version));
  ++clock_;
  const std::string second = std::to_string(100 + clock_ % 60).substr(1);
  set(product, Column::updated_at, Value::text("2026-01-01T00:00:" + second + "Z"));
}

MemoryCatalogue::Product MemoryCatalogue::fresh(std::int64_t organization_id) {
  Product product;
  product.organization_id = organization_id;
  product.tid = ++last_tid_;
  product.values.fill(Value::null());
  product[Column::is_archived] = product[Column::is_deleted] = Value::boolean(false);
  product[Column::version] = Value::integer(1);
  product[Column::created_at] = product[Column::updated_at] = Value::text("2026-01-01T00:00:00Z");
  return product;
}

MemoryCatalogue::Product MemoryCatalogue::row_of(const Writes& writes, std::size_t row) {
  Product product = fresh(writes.organization_id);
  const std::vector<Value> values = row_values(writes, row);
  for (const auto& [column, json] : own_columns) {
    if (!json.empty()) set(product, column, parse_json(json, arena_));
  }
  writes.columns.each([&](Column c) { set(product, c, values[writes.columns.index(c)]); });
  check(product);
  product.id = *product[Column::id].as_integer();
  return product;
}

void MemoryCatalogue::apply(Product& product, std::string_view json) {
  const Value columns = parse_json(json, arena_);
  for (const Member& m : columns.members()) {
    auto column = find_column(m.key);
    for (const auto& [own, json] : own_columns) {
      if (info(own).name == m.key) column = own;
    }
    if (!column) throw std::invalid_argument("no column " + std::string(m.key));
    set(product, *column, m.value);
  }
}

StoredProduct MemoryCatalogue::tell(const Product& product, const ColumnSet& columns) {
  told_.clear();
  told_arena_ = Arena();
  columns.each([&](Column c) { told_.push_back(product[c].copy_to(told_arena_)); });
  return {product.id, product.tid, product.version, told_};
}

}  // namespace product_upsert

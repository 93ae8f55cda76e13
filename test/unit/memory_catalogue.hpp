#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "unit/memory_related.hpp"

namespace product_upsert {

// What the database would raise: the engine sent a row that no constraint lets in.
class DatabaseError : public std::logic_error {
  using std::logic_error::logic_error;
};

class UniqueViolation : public DatabaseError {
  using DatabaseError::DatabaseError;
};

class CheckViolation : public DatabaseError {
  using DatabaseError::DatabaseError;
};

class ForeignKeyViolation : public DatabaseError {
  using DatabaseError::DatabaseError;
};

// The rules that sql/install/20_identity.sql creates, in the order the session reads them.
IdentityRules builtin_rules();

// The tables behind Catalogue, in memory. Holds rows to what the database holds them to:
// column types, NOT NULL, identity text, foreign keys, the unique index of every identity rule
// (NULLs equal where the rule says so). Memory of old versions is kept until clear().
class MemoryCatalogue : public Catalogue {
  Arena arena_;  // of all that is stored

 public:
  struct Product {
    std::int64_t organization_id = 0;
    std::int64_t id = 0;
    std::uint64_t tid = 0;
    std::int32_t version = 1;
    bool locked = false;
    std::array<Value, kColumns> values;
    std::map<Column, Value> own;  // of columns that a user added

    const Value& operator[](Column c) const {
      static const Value kNull = Value::null();
      if (static_cast<std::size_t>(c) < kColumns) return values[static_cast<std::size_t>(c)];
      const auto it = own.find(c);
      return it == own.end() ? kNull : it->second;
    }
    Value& operator[](Column c) {
      return static_cast<std::size_t>(c) < kColumns ? values[static_cast<std::size_t>(c)] : own[c];
    }
  };

  explicit MemoryCatalogue(IdentityRules rules = builtin_rules());

  // --- another session, or a test that looks ---

  // A product from JSON by the columns' own names; the id is generated unless it is given.
  std::int64_t put(std::int64_t organization_id, std::string_view json);
  void change(std::int64_t organization_id, std::int64_t id, std::string_view json);
  void erase(std::int64_t organization_id, std::int64_t id);
  // Every row of the tables beside product is deleted, for good.
  void forget_rows();
  const Product* get(std::int64_t organization_id, std::int64_t id) const;
  // JSON text of one column.
  std::string at(std::int64_t organization_id, std::int64_t id, Column column) const;
  std::size_t size() const { return products_.size(); }
  template <typename F>
  void each(F f) const {
    for (const auto& [place, product] : products_) f(product);
  }
  // Grows with every row of product that is written, and is told as its place.
  std::uint64_t last_tid() const { return last_tid_; }
  void clear();
  // Every product with all its columns, for comparing before with after.
  std::string dump() const;
  // Which unique rule the products break; empty where they keep all.
  std::string broken_rule() const;
  const IdentityRules& rules() const { return rules_; }

  MemoryRelated rows;  // of the other tables

  // Runs before every statement that writes products: what a concurrent writer does meanwhile.
  std::function<void()> before_write;
  // So many bodies of atomically() from now on meet a deadlock.
  int deadlocks = 0;
  // So many wait for long, and yield.
  int yields = 0;
  std::set<std::pair<Right, std::int64_t>> refused;
  // What the owner made: an error for the product, or nothing; and whether a trigger keeps it out.
  std::function<std::string(const Product&)> constraint;
  std::function<bool(const Product&)> keeps_out;
  // Columns that a user added, with their defaults (JSON; empty: none), and the rule of the types
  // of those that are restricted.
  std::map<Column, std::string> own_columns;
  std::function<bool(const ColumnInfo& column, const Value& value)> type_rule;

  struct Calls {
    int find = 0, find_existing = 0, lock = 0, reserve_ids = 0;
    int insert_missing = 0, insert_all = 0, update = 0, release = 0, remove = 0, atomically = 0,
        may = 0;
    int total() const {
      return find + find_existing + lock + reserve_ids + insert_missing + insert_all + update +
             release + remove + atomically + may;
    }
    bool operator==(const Calls&) const = default;
  } calls;

  // --- Catalogue ---

  void at_one_time(const std::function<void()>& body, Seen) override { body(); }
  bool sees_one_time() override { return false; }
  void find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) override;
  void find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                     const std::function<void(std::uint32_t item)>& exists) override;
  void lock(std::int64_t organization_id, std::span<const std::int64_t> ids) override;
  std::vector<std::int64_t> reserve_ids(std::size_t count) override;
  void insert_missing(const Writes& writes, WrittenSink& sink) override;
  void insert_all(const Writes& writes, WrittenSink& sink) override;
  bool update(const Writes& writes, std::span<const ReadRow> read, WrittenSink& sink) override;
  void release(std::int64_t organization_id, const ColumnSet& columns,
               std::span<const std::int64_t> ids, std::span<const ReadRow> read,
               WrittenSink& sink) override;
  void remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
              std::span<const ReadRow> read, WrittenSink& sink) override;
  void check_type(const ColumnInfo& column, std::span<const Value> values,
                  const std::function<void(std::size_t, Failure)>& broken) override;
  Value new_uuid(Arena& arena) override;
  RelatedRows& related() override { return rows; }
  Attempt atomically(const std::function<bool()>& body, Catching catching,
                     WriteError& error) override;
  bool may(Right right, std::int64_t organization_id) override;

 private:
  using ProductKey = std::pair<std::int64_t, std::int64_t>;  // organization, id

  Product* find_product(std::int64_t organization_id, std::int64_t id);
  void set(Product& product, Column column, const Value& value);
  void touch(Product& product);
  Product fresh(std::int64_t organization_id);
  Product row_of(const Writes& writes, std::size_t row);
  void check(const Product& product) const;
  // The rule by which another product has a key of this one, or null.
  const IdentityRule* conflict(const Product& product) const;
  void require_unique(const Product& product) const;
  void require_references(const Product& product) const;
  void apply(Product& product, std::string_view json);
  StoredProduct tell(const Product& product, const ColumnSet& columns);

  template <typename Match>
  void each_match(std::int64_t organization_id, const KeyGroup& group, Match match);

  void let_others_write();

  IdentityRules rules_;
  std::map<ProductKey, Product> products_;
  std::vector<MemoryRelated::Tables*> rows_undone_to_;
  std::vector<std::map<ProductKey, Product>*> undone_to_;  // within atomically(), innermost last
  std::vector<Value> told_;
  Arena told_arena_;  // of one row: gone with the next, so that a sanitizer sees who kept a view
  std::int64_t last_id_ = 0;
  std::uint64_t last_tid_ = 0;
  std::int64_t uuids_ = 0;
  std::int64_t clock_ = 0;
};

}  // namespace product_upsert

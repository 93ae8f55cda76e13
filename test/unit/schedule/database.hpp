#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "core/catalogue/table.hpp"
#include "unit/schedule/transactions.hpp"

namespace product_upsert::schedules {

// A version of a row, with what PostgreSQL keeps of it: who made it, who ended it.
struct Version {
  std::int64_t organization_id = 0;
  const Value* values = nullptr;  // of all columns of the table
  Xid made_by = 0;
  std::uint32_t made_in = 0;  // command
  Xid ended_by = 0;
  std::uint32_t ended_in = 0;
  std::uint64_t next = 0;  // tid of the version that took its place; 0: deleted
  RowLock ended_as = RowLock::no_key_update;
};

// A unique index: columns by their places in the table.
struct UniqueKey {
  std::string name;
  std::vector<unsigned> columns;
  std::vector<unsigned> required;  // the index has rows that hold a value in all of these
  bool nulls_equal = false;
  std::optional<unsigned> where;  // … and where this is true
};

// The tables that several sessions share: versions of rows, unique indexes, locks. A version's tid
// is its place in its table, from 1. What runs in it is up to Session.
class Database {
 public:
  // `arena` takes all values, and outlives the database and its copies.
  Database(const IdentityRules& rules, Arena& arena);
  // The rows as committed, in a database where no transaction has run.
  Database settled(Arena& arena) const;

  static std::size_t width(Table t);
  std::vector<Version>& rows(Table t) { return tables_[static_cast<std::size_t>(t)]; }
  const std::vector<Version>& rows(Table t) const { return tables_[static_cast<std::size_t>(t)]; }
  Version& at(Table t, std::uint64_t tid) { return rows(t)[tid - 1]; }
  std::span<const UniqueKey> unique_keys(Table t) const {
    return keys_[static_cast<std::size_t>(t)];
  }
  const IdentityRules& rules() const { return rules_; }
  // Returns the tid.
  std::uint64_t add(Table t, Version version);
  const Value* keep(std::span<const Value> values);

  bool is_visible(const Version& v, const Snapshot& snapshot, Xid own) const;
  // Committed and not ended by a committed transaction.
  bool is_live(const Version& v) const;

  // Locks of rows by their ids and advisory locks; those of ended transactions are none.
  struct Lock {
    Table table;
    std::int64_t organization_id;
    std::int64_t id;
    Xid holder;
    RowLock mode;
  };
  void lock(const Lock& lock);
  template <typename F>
  void each_lock(Table t, std::int64_t organization_id, std::int64_t id, F f) const {
    for (const Lock& l : locks_) {
      if (l.table == t && l.organization_id == organization_id && l.id == id &&
          transactions.state(l.holder) == Transactions::State::running)
        f(l);
    }
  }
  // In each_lock: the advisory lock of an organization's parents.
  static constexpr Table kParents = Table::organization;
  // The lock of the whole table of uses, of organization 0: nobody locks a row of it.
  static constexpr Table kUses = Table::custom_field_use;

  Transactions transactions;
  Arena& arena;
  // Sequences, which no transaction undoes.
  std::int64_t last_product = 0, last_row = 0, uuids = 0;

 private:
  const IdentityRules& rules_;
  std::array<std::vector<Version>, kTables> tables_;
  std::array<std::vector<UniqueKey>, kTables> keys_;
  std::vector<Lock> locks_;
};

// Whether two rows have the same key in the index.
bool same_key(const UniqueKey& key, const Value* a, const Value* b);
// The place of a column of Table::product, as RelatedRows counts them, among product's own.
unsigned product_place(unsigned column);

}  // namespace product_upsert::schedules

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "core/catalogue/related.hpp"
#include "unit/schedule/database.hpp"
#include "unit/schedule/turns.hpp"

namespace product_upsert::schedules {

// One of several sessions: the engine's port, run as src/pg/store runs it on PostgreSQL, with
// PostgreSQL's snapshots, row versions, locks, waits and errors. One transaction at a time.
class Session final : public Catalogue, public RelatedRows {
 public:
  Session(int number, Database& database, Turns& turns)
      : number_(number), db_(database), turns_(turns) {}

  void begin(Isolation isolation);
  void commit();
  void rollback();

  // Direct SQL. UPDATE product SET column = value WHERE id = id; rows affected.
  int sql_update(std::int64_t organization_id, std::int64_t id, Column column, const Value& value);
  // DELETE FROM product WHERE id = id.
  int sql_delete(std::int64_t organization_id, std::int64_t id);
  // product_custom_field_index(reference, flagged, flagged): of a text field, whose values are
  // unique and indexed from then on, or no longer. How many there are, and one; -1: two products
  // have one.
  int index_field(std::int64_t organization_id, std::string_view reference, bool flagged);
  // A row as it is, in a table beside product; an absent id is generated.
  void sql_insert(std::int64_t organization_id, Table t,
                  const std::vector<std::pair<std::string_view, Value>>& columns);

  // --- Catalogue ---
  void at_one_time(const std::function<void()>& body, Seen seen) override;
  bool sees_one_time() override { return isolation_ == Isolation::repeatable_read; }
  void find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) override;
  void find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                     const std::function<void(std::uint32_t item)>& exists) override;
  void lock(std::int64_t organization_id, std::span<const std::int64_t> ids) override;
  std::vector<std::int64_t> reserve_ids(std::size_t count) override;
  void insert_missing(const Writes& writes, WrittenSink& sink) override;
  void insert_all(const Writes& writes, WrittenSink& sink) override;
  bool update(const Writes& writes, std::span<const ReadRow> read, WrittenSink& sink) override;
  // There are no columns of a user's own here.
  void check_type(const ColumnInfo&, std::span<const Value>,
                  const std::function<void(std::size_t, Failure)>&) override {}
  void release(std::int64_t organization_id, const ColumnSet& columns,
               std::span<const std::int64_t> ids, std::span<const ReadRow> read,
               WrittenSink& sink) override;
  void remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
              std::span<const ReadRow> read, WrittenSink& sink) override;
  Value new_uuid(Arena& arena) override;
  RelatedRows& related() override { return *this; }
  Attempt atomically(const std::function<bool()>& body, Catching catching,
                     WriteError& error) override;
  bool may(Right, std::int64_t) override { return true; }

  // --- RelatedRows ---
  void read(std::int64_t organization_id, Table t, std::span<const TableKeys> keys,
            TableSink& sink) override;
  void read_all(std::int64_t organization_id, Table t, TableSink& sink) override;
  std::size_t insert_rows(const TableWrites& writes) override;
  std::vector<std::int64_t> reserve_row_ids(Table table, std::size_t count) override;
  std::size_t update_rows(const TableWrites& writes) override;
  std::size_t delete_rows(const TableWrites& writes) override;
  std::optional<std::size_t> insert_uses(const TableWrites& writes) override;
  void find_values(
      std::int64_t organization_id, std::span<const std::string> keys,
      const std::function<void(std::size_t key, std::int64_t product)>& found) override;
  void hold_custom_fields(std::int64_t organization_id) override;
  void lock_parents(std::int64_t organization_id) override;
  void read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                      TableSink& sink) override;

  // Pieces of the protocol that planted_test.cpp has left out.
  struct Faults {
    bool update_ignores_tids = false;
    bool update_tells_all = false;
    bool update_keeps_version = false;
    bool update_checks_no_key = false;
    bool insert_checks_no_key = false;
    bool insert_sees_only_committed = false;
    bool insert_tells_all = false;
    bool rows_tell_all = false;
    bool rows_check_no_key = false;
    bool deletes_no_rows = false;
    bool time_is_not_fixed = false;
    bool reads_uncommitted = false;
    bool snapshot_is_kept = false;
    bool fields_are_not_held = false;
    bool parents_are_not_locked = false;
    bool parents_are_unlocked_at_once = false;
    bool ancestors_by_old_snapshot = false;
    bool ancestors_are_not_locked = false;
    bool ancestors_end_early = false;
    bool undoes_nothing = false;
    bool deadlock_passes = false;
    bool taken_key_passes = false;
    bool false_is_done = false;
    bool other_organizations_show = false;
  } faults;

 private:
  enum class Access : std::uint8_t { granted, updated, deleted, another_has_it };
  using Tid = std::uint64_t;

  Snapshot fresh();
  // For a read: that of at_one_time() while it runs.
  Snapshot for_read();
  bool sees(const Version& v, const Snapshot& snapshot) const;
  bool is_own(Xid xid) const { return db_.transactions.top(xid) == top_; }
  bool is_running(Xid xid) const;
  // Waits for those who wrote or locked a row. As in PostgreSQL (XactLockTableWait), a
  // subtransaction that is released makes who waits for it wait for its whole transaction, whatever
  // is undone then.
  void wait_for(const char* what, std::vector<Xid> xids);
  // Waits for those who hold a lock that is no row's.
  void wait_for_lock(const char* what, std::vector<Xid> xids);
  std::vector<Xid> lockers(Table t, std::int64_t organization_id, std::int64_t id,
                           RowLock mode) const;
  // Waits until no other transaction stands in the way of that lock on the version.
  // Waits for those who have the row, where it may.
  Access access(Table t, Tid tid, RowLock mode, bool may_wait = true);
  // The same on the newest version, if `fits` is still true of it; 0: there is none any more.
  Tid follow(Table t, Tid tid, RowLock mode, const std::function<bool(const Version&)>& fits);
  [[noreturn]] static void cannot_serialize();
  static std::int64_t id_of(Table t, const Version& v);
  void hold(Table t, Tid tid, RowLock mode);

  struct Clash {
    Tid tid = 0;
    Xid running = 0;  // to be waited for, as it may yet change that
    const UniqueKey* key = nullptr;
  };
  Clash find_clash(Table t, std::int64_t organization_id, const Value* row, Tid own) const;
  void require_unique(Table t, Tid tid);
  void require_references(Table t, Tid tid, const Value* before);
  void require_row(Table t, std::int64_t organization_id, const Value& id, const char* what);

  Tid put(Table t, std::int64_t organization_id, std::span<const Value> values);
  Tid replace(Table t, Tid tid, std::span<const Value> values, RowLock mode);
  void remove(Table t, Tid tid);
  void remove_parts(std::int64_t organization_id, std::int64_t id);
  void insert(const Writes& writes, WrittenSink& sink, bool leaves_out);
  std::vector<Value> product_row(const Writes& writes, std::size_t row) const;
  // False: left out, as the key is taken.
  bool insert_row(Table t, std::int64_t organization_id, std::span<const Value> values,
                  bool leaves_out, Tid& tid);
  void tell(const Version& v, Tid tid, const ColumnSet& columns, WrittenSink& sink);
  StoredProduct stored(const Version& v, Tid tid, const ColumnSet& columns);
  void tell_row(Table t, Tid tid, std::uint32_t item, TableSink& sink);
  void lock_uses(RowLock mode);
  // Ends the rows of `t` that belong to the custom field.
  void remove_of_field(Table t, std::int64_t organization_id, const Value& field);
  template <typename F>
  void each_visible(Table t, std::int64_t organization_id, const Snapshot& snapshot, F f);
  template <typename F>
  void each_match(std::int64_t organization_id, const KeyGroup& group, const Snapshot& s, F f);
  std::vector<std::pair<unsigned, Value>> row_of(const TableWrites& writes, std::size_t row) const;

  const int number_;
  Database& db_;
  Turns& turns_;
  Isolation isolation_ = Isolation::read_committed;
  Xid top_ = 0, current_ = 0;
  std::uint32_t command_ = 0;
  std::optional<std::uint64_t> first_snapshot_;  // of the transaction
  std::optional<Snapshot> fixed_;
  bool locks_parents_ = false;
  std::vector<Value> told_;
  Arena told_arena_;
};

}  // namespace product_upsert::schedules

#pragma once

#include <string>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/sql/statement.hpp"
#include "pg/store/attempt.hpp"
#include "pg/store/own_types.hpp"
#include "pg/store/related_store.hpp"

namespace product_upsert {

// The table `product` of one schema: all SQL statements that the engine needs, each for a whole
// batch of one organization, with rows passed as arrays. Use it within Spi.
class Store final : public Catalogue {
 public:
  // `schema`: an SQL identifier; `space`: its oid. `variant_columns`: see Profile; must outlive
  // this object.
  Store(std::string schema, Oid space, std::span<const ColumnInfo> variant_columns);

  void at_one_time(const std::function<void()>& body, Seen seen) override;
  bool sees_one_time() override;
  void find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) override;
  void find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                     const std::function<void(std::uint32_t item)>& exists) override;
  void lock(std::int64_t organization_id, std::span<const std::int64_t> ids) override;
  std::vector<std::int64_t> reserve_ids(std::size_t count) override;
  bool leaves_out_taken() override;
  void insert_missing(const Writes& writes, WrittenSink& sink) override {
    insert(writes, Conflicts::skip, sink);
  }
  void insert_all(const Writes& writes, WrittenSink& sink) override {
    insert(writes, Conflicts::raise, sink);
  }
  bool update(const Writes& writes, std::span<const ReadRow> read, WrittenSink& sink) override;
  void release(std::int64_t organization_id, const ColumnSet& columns,
               std::span<const std::int64_t> ids, std::span<const ReadRow> read,
               WrittenSink& sink) override;
  void remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
              std::span<const ReadRow> read, WrittenSink& sink) override;
  void check_type(const ColumnInfo& column, std::span<const Value> values,
                  const std::function<void(std::size_t, Failure)>& broken) override {
    check_own_type(column, values, broken);
  }
  Value new_uuid(Arena& arena) override;
  RelatedRows& related() override { return related_; }
  Attempt atomically(const std::function<bool()>& body, Catching catching,
                     WriteError& error) override;
  bool may(Right right, std::int64_t organization_id) override;

 private:
  enum class Conflicts : bool { raise, skip };
  void insert(const Writes& writes, Conflicts conflicts, WrittenSink& sink);
  // For the number of groups that one statement takes.
  void find_few(std::int64_t organization_id, std::span<const KeyGroup> groups,
                const ColumnSet& columns, FoundSink& sink);
  bool has_products(std::int64_t organization_id);
  std::size_t count_pages(std::int64_t organization_id) const;
  void scan(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink);

  std::string schema_;
  std::string product_;       // qualified name
  bool reads_fixed_ = false;  // true within at_one_time()
  Attempts attempts_;
  RelatedStore related_;
  Oid table_;
  Oid variants_ = InvalidOid;
};

}  // namespace product_upsert

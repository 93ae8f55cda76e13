#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/related/category_tree.hpp"
#include "core/related/reference_names.hpp"
#include "core/related/related_state.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

// Creates missing rows that documents name, together with the products (`missing`: `create`). Until
// then, a negative number stands in for the id of each; all documents and fields that name the same
// row share it. A row is created only for a document that is written, and is undone with it.
class NewRows {
 public:
  using Items = RelatedState::Items;
  explicit NewRows(RelatedState& state) : state_(state) {}

  // Where a document refers to a row, and the path of that place for errors.
  struct Mention {
    std::uint32_t item;
    Value given;
    std::string path;
  };
  struct Answer {
    std::optional<std::int64_t> stand_in;
    bool told = false;  // the item was told what is wrong
  };
  // The stand-in for the named row, which none of the names found. Neither member is set if the row
  // is named by something that cannot create it, such as an id.
  Answer note(std::int64_t organization_id, const Reference& reference, const Mention& mention,
              std::span<const RowName> said);
  static bool is_stand_in(std::int64_t id) { return id < 0; }

  // Whether rows have to be created for the item, which has been planned.
  bool wanted(std::uint32_t index);
  // Creates them, unless another writer has done so, and replaces the stand-ins by their ids. To be
  // called before the products are written. Returns the items whose rows the owner's rules keep
  // out.
  Items make(std::int64_t organization_id, const Items& items);
  // Restores the item's values from before make().
  void forget(std::uint32_t index);

 private:
  using Values = std::vector<Value>;  // of all columns of the table; absent: nothing is said
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  struct NewRow {
    Table table;
    unsigned column;  // that has the name; or kByPath
    Value name;
    CategoryPath path;  // with kByPath
    // What documents say of the row beside its name, by the item.
    std::vector<std::pair<std::uint32_t, Values>> said{};
    // In this attempt: the row's id, and the first document that is written and names the row.
    std::int64_t id = 0;
    std::uint32_t first = kNobody;
  };
  using Rows = std::vector<NewRow*>;

  bool may_make(Table table);
  Values read_more(const Reference& reference, const Mention& mention, const RowName& name);
  template <typename F>
  void each_wanted(std::uint32_t index, F f);
  Rows wanted_rows(const Items& items);
  Values values_of(const NewRow& row) const;
  static std::unordered_map<const NewRow*, std::uint32_t> first_of_paths(Rows rows);
  void make_named(std::int64_t organization_id, const Rows& rows);
  void make_paths(std::int64_t organization_id, const Rows& rows);
  void look_up(std::int64_t organization_id, const Rows& rows);
  void insert(std::int64_t organization_id, Table table, const std::vector<Values>& rows);
  void put_ids(std::uint32_t index);
  std::size_t place_of(std::int64_t stand_in) const {
    PRODUCT_UPSERT_ASSERT(is_stand_in(stand_in));
    PRODUCT_UPSERT_ASSERT(-(stand_in + 1) < static_cast<std::int64_t>(rows_.size()));
    return static_cast<std::size_t>(-(stand_in + 1));
  }

  RelatedState& state_;
  std::vector<NewRow> rows_;
  std::map<std::tuple<std::int64_t, Table, unsigned, std::string>, std::size_t> by_name_;
  std::unordered_map<std::uint32_t, std::vector<std::pair<std::size_t, Value>>> before_;
  std::map<Table, bool> may_make_;
};

}  // namespace product_upsert

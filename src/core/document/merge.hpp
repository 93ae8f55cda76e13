#pragma once

#include <utility>

#include "core/document/batch.hpp"
#include "core/document/options.hpp"

namespace product_upsert {

// What the column will hold once the document is written: the stored value where the document says
// nothing (C1), the profile's default where the product is created.
Value merged(Batch& batch, const Item& item, Column column, const Options& options);

// Whether the field would hold the same: numbers are compared by value, timestamps as instants,
// whatever their notation (fine point i).
bool same_in_field(const Field& field, const Value& a, const Value& b);

// merged() of many products, with what is the same for all of them found out once.
class Merger {
 public:
  // All must outlive it.
  Merger(Batch& batch, const Options& options, const ColumnSet& columns);
  // The values that the columns will hold, in the columns' order, until the next call.
  void merge(const Item& item, std::span<Value> values);

 private:
  struct ColumnMerge {
    Column column;
    const Value* initial = nullptr;  // of a created product
    std::uint16_t slot = 0;          // in Item::values
    std::uint16_t place = 0;         // in Item::stored; kNowhere where it is not read
    const Field* field = nullptr;
    bool plain = false;  // the document's value, else the initial or the stored one
  };
  static constexpr std::uint16_t kNowhere = 0xFFFF;
  Batch& batch_;
  const Options& options_;
  std::vector<ColumnMerge> merges_;
  Arena made_;  // by the last call
};

// While it lives, what the batch's values are merged into comes from another arena.
class MergeInto {
 public:
  MergeInto(Batch& batch, Arena& arena) : batch_(batch), arena_(arena) {
    std::swap(batch_.arena, arena_);
  }
  MergeInto(const MergeInto&) = delete;
  MergeInto& operator=(const MergeInto&) = delete;
  ~MergeInto() { std::swap(batch_.arena, arena_); }

 private:
  Batch& batch_;
  Arena& arena_;
};

// Whether what the document and the call say of the field would change what is stored. Of a field
// that writes a column.
bool would_change(Batch& batch, const Item& item, std::uint16_t field, const Options& options);

// Fills item.changed with the fields that would change a stored value.
void compare(Batch& batch, Item& item, const Options& options);

// Where only quiet fields would change, whose change alone does not count, nothing does.
void drop_quiet(const Batch& batch, Item& item);

// Whether documents say anything that a stored product does not hold, for all documents of a batch:
// the quick answer, before anything of the product is kept. Made anew once fields join the batch.
class Comparison {
 public:
  Comparison(const Batch& batch, const Options& options);
  // `values` are of Batch::stored_columns. False too where only a merge can tell.
  bool agrees(const Item& item, std::span<const Value> values) const;

 private:
  struct Part {
    std::size_t slot;    // of the document's value
    std::size_t column;  // place in the stored values
    const Field* field;
  };
  bool possible_ = true;
  bool acts_ = false;  // there are field actions, which are not for tombstones
  std::vector<Part> parts_;
  std::vector<Part> needed_;         // stored values that must be there
  std::vector<std::size_t> merged_;  // slots of what only a merge can compare
};

// Columns that documents of the batch may set, and those of defaults where `creating`.
ColumnSet written_columns(const Batch& batch, const Options& options, bool creating);

}  // namespace product_upsert

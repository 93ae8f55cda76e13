#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/related/category_tree.hpp"
#include "core/related/new_rows.hpp"
#include "core/related/reference_names.hpp"
#include "core/related/related_state.hpp"
#include "core/value/hash.hpp"
#include "core/value/pages.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

// The first row found for each name, with the values that documents must not contradict.
class FoundRows final : public TableSink {
 public:
  struct Found {
    std::int64_t id = 0;       // none
    std::vector<Value> fixed;  // parallel to Reference::fixed
  };
  FoundRows(const Reference& reference, Arena& arena) : reference_(reference), arena_(arena) {}
  void row(std::uint32_t name, const StoredRow& values) override {
    Found& found = rows[name];
    if (found.id != 0) return;
    found.id = values[0].as_integer().value_or(0);
    for (const auto& [member, column] : reference_.fixed)
      found.fixed.push_back(values[column].copy_to(arena_));
  }
  // … of categories that a path leads to.
  void found(std::uint32_t name, const CategoryTree::Category& category) {
    rows[name] = {category.id, category.kept};
  }
  std::vector<Found> rows;  // by name

 private:
  const Reference& reference_;
  Arena& arena_;
};

// The distinct meanings of what documents say: a feed names few rows, many times.
class Meanings {
 public:
  struct Meaning {
    Value given;
    std::uint32_t first, names;  // of all names
    std::int64_t row = 0;        // that it is known to name, whichever document says it
  };
  explicit Meanings(std::size_t mentions)
      : slots_(std::bit_ceil(2 * mentions + 1), kEmpty), mask_(slots_.size() - 1) {}

  // The place of the same meaning, exactly; `add` creates it if it is new.
  template <typename F>
  std::uint32_t find(const Value& given, F add) {
    for (std::size_t at = hash_value(given) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at] == kEmpty) {
        slots_[at] = static_cast<std::uint32_t>(all.size());
        all.push_back(add());
        return slots_[at];
      }
      if (identical(all[slots_[at]].given, given)) return slots_[at];
    }
  }
  std::vector<Meaning> all;

 private:
  static constexpr std::uint32_t kEmpty = ~0U;
  LargeVector<std::uint32_t> slots_;
  std::size_t mask_;
};

// One field of an organization's documents whose names become ids (rules 12, 42, 43): look_up,
// settle, set_ids, in this order. Products that another document of the batch makes go to `makers`.
class ReferenceResolution {
 public:
  using Items = RelatedState::Items;
  // Documents of which the one that stands makes the product, and how the product is named.
  struct Made {
    Items documents;
    unsigned column;
    Value name;
  };
  using Makers = std::unordered_map<std::uint32_t, Made>;  // by the item that refers to it

  ReferenceResolution(RelatedState& state, NewRows& new_rows, Makers& makers,
                      std::int64_t organization_id, const Items& items, std::size_t field)
      : state_(state),
        makers_(makers),
        new_rows_(new_rows),
        organization_id_(organization_id),
        items_(items),
        field_(field),
        reference_(state_.batch.profile.fields[field].reference),
        is_list_(state_.batch.profile.fields[field].role == Role::links),
        mentions_(find_mentions(state_.batch, items, field)),
        meanings_(mentions_.size()),
        found_(reference_, state_.batch.arena) {
    meant_.reserve(mentions_.size());
    for (const RowMention& m : mentions_) {
      meant_.push_back(meanings_.find(m.given, [&] {
        const auto first = static_cast<std::uint32_t>(names_.size());
        read_names(reference_, m.given, state_.batch.arena, names_);
        return Meanings::Meaning{m.given, first, static_cast<std::uint32_t>(names_.size()) - first};
      }));
    }
    ids_.resize(mentions_.size());
    found_.rows.resize(names_.size());
  }
  // Reads the named rows: one statement for each column used, none if nothing is named.
  void look_up();
  // Decides which row each mention names; if that is none, or several, its document fails.
  void settle();
  // Puts the ids where the names were.
  void set_ids();

 private:
  // Documents by the names of what they make: several where they are one product.
  using MadeByBatch = std::unordered_map<std::string, Items, TextHash, std::equal_to<>>;

  std::int64_t row_of(const RowName& name) const {
    return found_.rows[static_cast<std::size_t>(&name - names_.data())].id;
  }
  bool is_product() const { return !is_list_ && reference_.table == Table::product; }
  void look_up_paths();
  MadeByBatch find_made_by_batch() const;
  std::optional<Made> makers(std::span<const RowName> said);
  std::string path(const RowMention& mention) const {
    return path_of(mention, state_.batch.profile.fields[field_]);
  }
  bool settle_one(std::size_t m);
  void tell_made_too(const RowMention& mention, const NamedRows& rows, std::uint32_t made_by);
  // The row that stands for it, where it is to be made; else 0.
  std::int64_t tell_unknown(const RowMention& mention, std::span<const RowName> said);
  bool tell_repeated(const RowMention& mention, std::span<const RowName> said);

  RelatedState& state_;
  Makers& makers_;
  NewRows& new_rows_;
  const std::int64_t organization_id_;
  const Items& items_;
  const std::size_t field_;
  const Reference& reference_;
  const bool is_list_;
  const LargeVector<RowMention> mentions_;  // those of a document one behind another
  LargeVector<std::uint32_t> meant_;        // parallel to them: which of the meanings
  LargeVector<std::int64_t> ids_;           // and the row; 0: none
  Meanings meanings_;
  std::vector<RowName> names_;
  FoundRows found_;
  std::optional<MadeByBatch> made_;
  // By the name: rows that a path leads to, where it is more than one.
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> repeated_;
};

}  // namespace product_upsert

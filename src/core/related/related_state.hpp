#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/catalogue/custom_field.hpp"
#include "core/catalogue/related.hpp"
#include "core/document/batch.hpp"
#include "core/document/dependencies.hpp"
#include "core/document/options.hpp"
#include "core/related/variant_state.hpp"
#include "core/related/wanting.hpp"

namespace product_upsert {

// What a key that is taken does to an insert: its row is left out; or, where there are many rows
// and it comes cheaper, as with `fails`; or it is an error (see TableWrites::may_fail).
enum class TakenKey : std::uint8_t { leaves_out, may_fail, fails };

// Of an item: the products that it names by something beside their own rows, in the order of their
// ids. Items that name them by the same value share the list.
using Holders = std::unordered_map<std::uint32_t, std::shared_ptr<const std::vector<std::int64_t>>>;
Holders make_holders(std::unordered_map<std::uint32_t, std::vector<std::int64_t>>& products);

// The skus or custom values by which a document finds its product, as hashes.
struct FoundBy {
  std::vector<std::uint64_t> values;
  bool unique = false;  // no two products may have one
};

// Of an indexed custom field: what its values become.
struct CustomChange {
  const CustomField* field = nullptr;
  std::vector<std::string> values;  // in order, each once
  bool held = false;                // values that it had before
};

// Ids by a field of the profile, of which an item has few.
class FieldIds {
 public:
  bool empty() const { return all_.empty(); }
  const std::vector<std::int64_t>* find(std::size_t field) const {
    for (const auto& [f, ids] : all_) {
      if (f == field) return &ids;
    }
    return nullptr;
  }
  std::vector<std::int64_t>& operator[](std::size_t field) {
    for (auto& [f, ids] : all_) {
      if (f == field) return ids;
    }
    return all_.emplace_back(field, std::vector<std::int64_t>()).second;
  }
  void erase(std::size_t field) {
    std::erase_if(all_, [&](const auto& one) { return one.first == field; });
  }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<std::pair<std::size_t, std::vector<std::int64_t>>> all_;
};

// What is known of an item's rows beside its product, from when it is matched until it is written.
struct RelatedItem {
  FieldIds links, new_links;  // ascending
  // Of new_links, what stood there before rows were made that were only stood for (new_rows.hpp).
  FieldIds links_before;
  std::vector<CustomChange> custom_changes;

  VariantState& variants() {
    if (!variants_) variants_ = std::make_unique<VariantState>();
    return *variants_;
  }
  const VariantState& variants() const;

 private:
  std::unique_ptr<VariantState> variants_;  // large, and not every profile has any
};

// What the classes of this room share: the batch, and its items' rows beside their products. All
// that it refers to must outlive it.
struct RelatedState {
  using Items = std::vector<std::uint32_t>;

  RelatedState(const Options& options, RelatedRows& related, Batch& batch,
               Dependencies& dependencies, RelatedAnswers* related_answers);

  const Options& options;
  RelatedRows& related;
  Batch& batch;
  Dependencies& dependencies;       // is told which documents count on others
  RelatedAnswers* related_answers;  // null, unless answers show more than the products' own rows
  Wanting* wanting = nullptr;       // where the call is cut into batches
  std::unordered_map<std::uint32_t, RelatedItem> items;
  std::unordered_map<std::uint32_t, FoundBy> found_by;

  // The profile's fields that documents may say something in.
  std::optional<std::size_t> variants_field, replace_field, custom_field, parent_field;
  std::vector<std::size_t> reference_fields, link_fields;
  std::vector<std::size_t> product_fields;  // references to products, the parent among them

  const RelatedItem* find(std::uint32_t index) const;
  // Whether documents wait for rows that are named so and are not there. Where one reject undoes
  // the whole call there is nobody to wait.
  bool parks(const Reference& reference) const {
    return reference.missing == Missing::park && (options.skip_rejects || options.read_only);
  }
  std::size_t insert(TableWrites writes, TakenKey taken);
};

}  // namespace product_upsert

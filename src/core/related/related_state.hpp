#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

// Of an item: the products that it names by something beside their own rows.
using Holders = std::unordered_map<std::uint32_t, std::vector<std::int64_t>>;

// Of an indexed custom field: what its values become.
struct CustomChange {
  const CustomField* field = nullptr;
  std::vector<std::string> values;
  bool held = false;  // values that it had before
};

// What is known of an item's rows beside its product, from when it is matched until it is written.
struct RelatedItem {
  VariantState variants;
  std::map<std::size_t, std::vector<std::int64_t>> links, new_links;  // by field; ids ascending
  std::vector<CustomChange> custom_changes;
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

  // The profile's fields that documents may say something in.
  std::optional<std::size_t> variants_field, replace_field, custom_field, parent_field;
  std::vector<std::size_t> reference_fields, link_fields;

  const RelatedItem* find(std::uint32_t index) const;
  std::size_t insert(TableWrites writes, TakenKey taken);
};

}  // namespace product_upsert

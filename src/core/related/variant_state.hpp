#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/profile/profile.hpp"
#include "core/value/index_set.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// A variant that is stored.
struct StoredVariant {
  std::int64_t id = 0;
  std::uint64_t tid = 0;  // see StoredProduct
  bool said = false;      // the document names it, by id or by sku
  std::string_view sku;   // where it is named
  IndexSet changed;       // columns of the table in which it says something else
  // Where that is so: what stands in the variants' fields of which the document says nothing, or
  // the same in another notation: 1.0 stays where it says 1.00. Absent for the others.
  std::span<const Value> kept;
};

// The planned change of one variant.
struct VariantChange {
  enum class Kind : std::uint8_t { create, update, remove };
  Kind kind = Kind::create;
  Value given;              // the document's variant
  int stored = -1;          // its place in VariantState::stored
  std::uint32_t place = 0;  // in the document's list
  Value sku;                // that the document says
};

// The variants of a document by what names them: an id, else a sku.
class NamedVariants {
 public:
  NamedVariants() = default;
  // Of a list of objects; those without either are left out.
  NamedVariants(const Field& variants, const Value& given);
  // The place of the first one that means the stored variant, or -1.
  int find(std::int64_t id, std::string_view sku) const;

 private:
  std::vector<std::pair<std::int64_t, std::uint32_t>> ids_;
  std::vector<std::pair<std::string_view, std::uint32_t>> skus_;
};

// The variants of an item: those of its product, and the changes that the document makes.
struct VariantState {
  NamedVariants named;
  std::vector<StoredVariant> stored;
  std::vector<int> stored_of;  // for each variant of the document, its place in `stored`, or -1
  std::vector<VariantChange> changes;
  // All stored ones as RelatedAnswers keeps them, while nothing is to change about them.
  std::optional<std::vector<std::string_view>> unchanged;

  // The stored variant that the change is about; null where it creates one.
  const StoredVariant* stored_by(const VariantChange& change) const;
  // Whether a variant is to have its sku newly.
  bool has_new_sku(const VariantChange& change) const;
};

// --- what a document's variant says; `variants` is the profile's field ---

// The id by which the document names a stored variant.
std::optional<std::int64_t> variant_id(const Field& variants, const Value& given);
Value variant_sku(const Field& variants, const Value& given);
// variants.0
std::string variant_path(const Field& variants, std::uint32_t place);
// variants.0.sku
std::string variant_path(const Field& variants, std::uint32_t place, unsigned column);
// The items of a list; none of anything else.
std::span<const Value> list_items(const Value& list);

}  // namespace product_upsert

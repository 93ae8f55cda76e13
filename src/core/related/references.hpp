#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "core/related/new_rows.hpp"
#include "core/related/reference_resolution.hpp"
#include "core/related/related_state.hpp"

namespace product_upsert {

// References to rows of other tables (rules 12, 42, 43), to products that another document of the
// batch creates, and to rows that are created because the profile says so (`missing`).
class References {
 public:
  using Items = RelatedState::Items;
  References(RelatedState& state, NewRows& new_rows) : state_(state), new_rows_(new_rows) {}

  // Finds the rows that the documents name in the field, and replaces the names by ids; a name of
  // no row, or of several, is a failure. One statement, or none if nothing is named.
  void resolve(std::int64_t organization_id, const Items& items, std::size_t field);
  // The document of this batch that makes the product to which the field refers, if one does.
  std::optional<std::uint32_t> maker(std::uint32_t index, std::size_t field) const;
  // Calls f(field, document) for each reference of the item to a product that a document makes.
  template <typename F>
  void each_made(std::uint32_t index, F f) const {
    for (const std::size_t field : state_.product_fields) {
      if (const auto document = maker(index, field)) f(field, *document);
    }
  }
  // Whether another document stands in its place (on_duplicate).
  bool gives_way(std::uint32_t index) const;
  // Whether the product of the document `maker` will have the name by which the item refers to it.
  // Once the document is planned.
  bool will_have_name(std::uint32_t index, std::size_t field, std::uint32_t maker) const;
  // The names by which other documents may refer to the document's product, by a hash.
  void each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const;
  // Adds a failure to the item for each row that it refers to and that no longer exists; true if
  // there is one.
  bool fail_missing(std::int64_t organization_id, std::uint32_t index);

 private:
  bool is_there(std::int64_t organization_id, Table table, std::int64_t id);
  bool leaves_name(const ReferenceResolution::Made& made, std::size_t field, std::uint32_t maker,
                   bool writes) const;

  RelatedState& state_;
  NewRows& new_rows_;
  std::map<std::size_t, ReferenceResolution::Makers> makers_;  // by field
};

}  // namespace product_upsert

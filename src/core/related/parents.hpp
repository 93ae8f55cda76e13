#pragma once

#include <cstdint>
#include <optional>

#include "core/related/references.hpp"
#include "core/related/related_state.hpp"

namespace product_upsert {

// Ensures that no product is or becomes its own ancestor (rule 13), even through two documents or
// two writers.
class Parents {
 public:
  using Items = RelatedState::Items;
  Parents(RelatedState& state, const References& references)
      : state_(state), references_(references) {}

  // After References::resolve(): notes whether some document gives a product a parent.
  void note_moves(const Items& items);
  // Whether parents may therefore have to be locked; whether they were, in a round that was undone.
  bool may_move() const { return may_move_; }
  bool is_locked() const { return is_locked_; }

  // Adds to item.changed the references to products that another document creates.
  void plan(std::uint32_t index);
  // To be called once it is known which documents have no failures. Documents that would close a
  // cycle fail, and so do those that refer to a product that is made by a failed document.
  void check(std::int64_t organization_id, const Items& items);
  // Whether an updated product refers to one that is created in this batch, so that inserts come
  // first.
  bool inserts_first(const Items& items) const;

 private:
  class Sayings;
  void depend_on_makers(const Items& items);
  void depend_on_maker(std::uint32_t index, std::size_t field, std::uint32_t maker);
  void fail_cycles(Sayings& said);
  std::int64_t node_name(std::uint32_t index) const;
  std::optional<std::int64_t> said_parent(std::uint32_t index) const;
  std::optional<std::uint32_t> parent_document(std::uint32_t index) const {
    return references_.maker(index, *state_.parent_field);
  }

  RelatedState& state_;
  const References& references_;
  bool may_move_ = false;
  bool is_locked_ = false;
};

}  // namespace product_upsert

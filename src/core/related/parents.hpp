#pragma once

#include <cstdint>
#include <optional>

#include "core/related/references.hpp"
#include "core/related/related_state.hpp"

namespace product_upsert {

// No product is its own ancestor (rule 13), nor becomes one through two documents or two writers.
class Parents {
 public:
  using Items = RelatedState::Items;
  Parents(RelatedState& state, const References& references)
      : state_(state), references_(references) {}

  // After References::resolve(): notes whether some document gives a product a parent.
  void note_moves(const Items& items);
  // So that parents may have to be locked; whether they were, in a round that is undone since.
  bool may_move() const { return may_move_; }
  bool is_locked() const { return is_locked_; }

  // Adds the field to item.changed where another document makes the parent.
  void plan(std::uint32_t index);
  // Once it is known which documents stand: those without failures. What would close a cycle fails,
  // and so does a document whose parent is made by one that does not stand.
  void check(std::int64_t organization_id, const Items& items);
  // Some updated product gets a parent that is only now created: inserts come first.
  bool inserts_first(const Items& items) const;

 private:
  class Sayings;
  void depend_on_parents(const Items& items);
  void fail_cycles(Sayings& sayings);
  std::int64_t node_name(std::uint32_t index) const;
  std::optional<std::int64_t> said_parent(std::uint32_t index) const;

  RelatedState& state_;
  const References& references_;
  bool may_move_ = false;
  bool is_locked_ = false;
};

}  // namespace product_upsert

#pragma once

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Checks values against the rules of a user's own types (a domain's checks, an enum's labels).
// Violations are failures of the document like any other, with the field's name (C3, rule 60). One
// statement for each such column.
class OwnTypes {
 public:
  explicit OwnTypes(BatchState& state) : state_(state) {}
  // What documents say, before anything is looked up by it. What breaks a rule gets a failure and
  // is as absent from then on.
  void check_said();
  // What would be written where that is not what the document says: a default, a list appended to,
  // members laid over a stored object. Of the items, after they were planned.
  void check_merged(const Items& items);

 private:
  void check_variants(std::size_t field);

  BatchState& state_;
};

}  // namespace product_upsert

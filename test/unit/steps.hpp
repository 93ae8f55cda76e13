#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/match_rules.hpp"
#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "core/upsert/prepare.hpp"
#include "unit/call.hpp"

namespace product_upsert {

// What a step of the engine is given, without the steps around it: documents read into a batch,
// of organization 1, and the state that steps share.
class Steps {
 public:
  Steps(MemoryCatalogue& catalogue, const std::string& shipped_profile)
      : call(catalogue, shipped_profile), catalogue_(catalogue) {}
  Steps(MemoryCatalogue& catalogue, std::shared_ptr<const Profile> profile)
      : call(catalogue, std::move(profile)), catalogue_(catalogue) {}

  Call call;  // its options are asked by read()

  // An array of documents.
  BatchState& read(std::string_view json) {
    call.read(json, DocumentReader::Shape::many);
    match_ = std::make_unique<MatchRules>(catalogue_.rules(), call.options, *call.profile());
    drop_ignored(*call.batch, call.options, *match_);
    choose_columns(*call.batch, call.options, match_->all());
    state_ = std::make_unique<BatchState>(*match_, call.options, catalogue_, *call.batch);
    group_ = {1, {}, {}, {}};
    for (std::uint32_t i = 0; i < call.batch->items.size(); ++i) group_.items.push_back(i);
    group_.pending = group_.items;
    return *state_;
  }
  // … which are matched as well.
  BatchState& match(std::string_view json) {
    read(json);
    Matcher matcher(*state_, nullptr);
    matcher.look_up(group_);
    for (const std::uint32_t i : group_.items) matcher.choose(i);
    state_->dependencies.begin(group_.items);
    return *state_;
  }
  // … and planned.
  BatchState& plan(std::string_view json) {
    match(json);
    Planner(*state_).plan(group_.items);
    return *state_;
  }
  const Group& group() const { return group_; }

 private:
  MemoryCatalogue& catalogue_;
  std::unique_ptr<MatchRules> match_;
  std::unique_ptr<BatchState> state_;
  Group group_;
};

}  // namespace product_upsert

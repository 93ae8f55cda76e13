#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unit/schedule/scenario.hpp"

namespace product_upsert::schedules {

// What a product is called where ids differ: those that were there by their ids, those that a
// document created by its step and place.
using Labels = std::map<std::pair<std::int64_t, std::int64_t>, std::string>;

std::string label_of(const Labels& labels, std::int64_t organization_id, std::int64_t id);
std::string label_created(std::size_t step, std::size_t document);

// All that is committed, ids and times left out, one row a line.
std::string tell_state(const Database& database, const Labels& labels);

// A step as it went: the committed ones, and those that answered without having written.
struct Ran {
  const Step* step = nullptr;
  std::size_t number = 0;  // of the step, in the whole scenario
  int session = 0;
  StepAnswer answer;
  std::vector<std::string> labels;  // of the answers' products
};

// Whether some serial order of the steps gives the answers and the state. Orders that were tried
// are kept, for the next schedules of the same scenario.
//
// A document that wrote nothing (unchanged, rejected, its call refused) told the truth if it would
// have been told that in any of the states of the order: it is not written down what it read, so
// others may write it before the call ends.
class SerialOrders {
 public:
  // `stored` must outlive it: the state before, its products labelled by their ids.
  explicit SerialOrders(const Database& stored);
  ~SerialOrders();
  // Empty where there is such an order; else what the nearest one lacks.
  std::string explain(const std::vector<Ran>& ran, const std::string& state);
  std::size_t tried() const { return tried_; }

 private:
  struct Outcome {
    StepAnswer answer;
    std::vector<std::string> labels;
  };
  struct Node;
  struct Search;

  // The step with those of its documents, alone, in that state; its result is kept.
  const Outcome& ask(Node& node, const Ran& ran, std::uint32_t documents);
  Node& after(Node& node, const Ran& ran, std::uint32_t documents);
  bool search(Search& search, Node& node);
  bool goes_on(Search& search, Node& node, std::size_t index, std::uint32_t documents);
  bool is_told(Search& search, std::size_t index);

  Arena arena_;
  std::unique_ptr<Node> root_;
  std::size_t tried_ = 0;
};

}  // namespace product_upsert::schedules

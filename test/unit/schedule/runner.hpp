#pragma once

#include <memory>
#include <string>

#include "unit/schedule/scheduler.hpp"
#include "unit/schedule/serial_order.hpp"

namespace product_upsert::schedules {

// Runs a scenario under schedules, and holds what comes of each against what is promised.
class Runner {
 public:
  Runner(const Scenario& scenario, Scheduler& scheduler);
  // What is planted in every session's port.
  Session::Faults faults;

  // Empty where all promises are kept; else the one that is not, and all that was done and told.
  std::string run(Chooser& chooser);
  std::size_t orders_tried() const { return orders_->tried(); }
  std::size_t failed_transactions() const { return failed_; }

 private:
  struct Done {  // a transaction as it went
    const Script::Transaction* transaction = nullptr;
    std::vector<Ran> steps;
    bool committed = false;
    std::string error;  // SQLSTATE that ended it
    bool error_in_sql = false;
  };
  struct History {
    std::vector<std::vector<Done>> sessions;
  };

  void run_script(const Script& script, Session& session, int number, std::vector<Done>& done);
  std::string check(const Database& database, History& history);
  std::string check_errors(const History& history);
  std::string check_rows(const Database& database) const;
  std::string check_versions(const Database& database, const History& history) const;
  std::string check_order(const Database& database, const History& history);
  std::string tell(const Database& database, const History& history) const;

  const Scenario& scenario_;
  Scheduler& scheduler_;
  IdentityRules rules_;
  Arena stored_arena_, arena_;
  std::unique_ptr<Database> stored_;
  std::unique_ptr<SerialOrders> orders_;
  std::size_t failed_ = 0;
};

}  // namespace product_upsert::schedules

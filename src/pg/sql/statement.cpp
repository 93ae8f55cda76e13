#include "pg/sql/statement.hpp"

#include <algorithm>
#include <functional>
#include <list>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "pg/boundary/boundary.hpp"
#include "pg/sql/planner.hpp"
#include "pg/sql/receiver.hpp"

extern "C" {
#include "nodes/extensible.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

constexpr std::size_t kMostPlans = 128;

struct Prepared {
  std::string sql;
  std::size_t hash;
  std::vector<Oid> types;  // the parameters' types
  SPIPlanPtr plan = nullptr;
  int in_use = 0;  // executions that are running: a trigger may lead back here
  int runs = 0;    // executions of a plan of Citus
};

// The types are part of the key: when a user's column changes its type, a statement's text may stay
// the same.
struct PlanKey {
  std::string_view sql;
  std::size_t hash;
  std::span<const Oid> types;
  bool operator==(const PlanKey& other) const {
    return sql == other.sql &&
           std::equal(types.begin(), types.end(), other.types.begin(), other.types.end());
  }
};
struct PlanKeyHash {
  std::size_t operator()(const PlanKey& key) const { return key.hash; }
};

// The session's plans, the most recently used first.
class Plans {
 public:
  // Never destroyed: all is freed when the session ends.
  static Plans& session() {
    static auto* const plans = new Plans;
    return *plans;
  }

  Prepared& find(const Statement& statement) {
    const auto types = statement.parameters();
    if (const auto found = by_sql_.find({statement.sql(), statement.hash(), types});
        found != by_sql_.end()) {
      latest_first_.splice(latest_first_.begin(), latest_first_, found->second);
      return *found->second;
    }
    make_room();
    latest_first_.push_front({statement.sql(), statement.hash(), {types.begin(), types.end()}});
    try {
      const Prepared& added = latest_first_.front();
      by_sql_.emplace(PlanKey{added.sql, added.hash, added.types}, latest_first_.begin());
    } catch (...) {
      latest_first_.pop_front();
      throw;
    }
    return latest_first_.front();
  }

 private:
  void make_room() {
    for (auto it = latest_first_.end();
         by_sql_.size() >= kMostPlans && it != latest_first_.begin();) {
      --it;
      if (it->in_use > 0) continue;
      if (const SPIPlanPtr plan = std::exchange(it->plan, nullptr))
        Call([plan] { SPI_freeplan(plan); });
      by_sql_.erase({it->sql, it->hash, it->types});
      it = latest_first_.erase(it);
    }
  }

  std::list<Prepared> latest_first_;
  std::unordered_map<PlanKey, std::list<Prepared>::iterator, PlanKeyHash> by_sql_;
};

class InUse {
 public:
  explicit InUse(Prepared& prepared) : prepared_(prepared) { ++prepared_.in_use; }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;
  ~InUse() { --prepared_.in_use; }

 private:
  Prepared& prepared_;
};

void prepare(const Statement& statement, Prepared& prepared) {
  // Generic from the first execution on. Otherwise, a custom plan would be made five times.
  prepared.plan = Call([&statement] {
    const auto parameters = statement.parameters();
    const SPIPlanPtr plan =
        SPI_prepare_cursor(statement.sql().c_str(), static_cast<int>(parameters.size()),
                           const_cast<Oid*>(parameters.data()), CURSOR_OPT_GENERIC_PLAN);
    if (plan == nullptr) elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
    SPI_keepplan(plan);
    return plan;
  });
}

// Citus gives a generic plan that cannot be executed at least this cost, so that a custom plan is
// made.
constexpr double kUnusable = 1e29;

// Citus 13.2 plans such a statement for the shard in every execution, and keeps the result in the
// plan's memory. After so many executions the plan is made anew.
constexpr int kMostRuns = 32;

// What we need to know of a generic plan.
struct Planned {
  bool usable;    // it can be executed
  bool of_citus;  // Citus executes it
};

// Makes the generic plan, or finds that it is still valid, and takes its locks. No other session
// can invalidate it until the transaction ends, so the execution that follows uses it.
Planned plan_ahead(SPIPlanPtr plan) {
  return Call([plan]() -> Planned {
    CachedPlan* const cached = SPI_plan_get_cached_plan(plan);
    if (cached == nullptr) elog(ERROR, "not a single statement");
    // A rule (DO INSTEAD NOTHING) may have left nothing to execute.
    const Plan* const tree = cached->stmt_list == NIL
                                 ? nullptr
                                 : linitial_node(PlannedStmt, cached->stmt_list)->planTree;
    const bool usable = tree == nullptr || tree->total_cost < kUnusable;
    const bool of_citus =
        tree != nullptr && IsA(tree, CustomScan) &&
        strncmp(reinterpret_cast<const CustomScan*>(tree)->methods->CustomName, "Citus", 5) == 0;
    ReleaseCachedPlan(cached, CurrentResourceOwner);
    return {usable, of_citus};
  });
}

Planned plan_ahead(SPIPlanPtr plan, Guard guard) {
  if (guard == Guard::plain) return plan_ahead(plan);
  if (guard == Guard::by_values) return {false, plan_ahead(plan).of_citus};
  const IndexPlanning planning(
      guard == Guard::index_only ? IndexPlanning::Sizes::large : IndexPlanning::Sizes::as_they_are,
      guard == Guard::scan ? IndexPlanning::By::scan : IndexPlanning::By::index);
  return plan_ahead(plan);
}

std::uint64_t run(SPIPlanPtr plan, const Statement& statement, std::span<const Datum> values,
                  std::span<const char> nulls, SnapshotKind snapshot, DestReceiver* receiver) {
  const auto types = statement.parameters();
  return Call([=]() -> std::uint64_t {
    // Null, not an empty list: Citus takes an empty list for parameters that have to be sent on.
    const ParamListInfo parameters =
        values.empty() ? nullptr : makeParamList(static_cast<int>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      parameters->params[i] = {.value = values[i],
                               .isnull = i < nulls.size() && nulls[i] == 'n',
                               .pflags = PARAM_FLAG_CONST,
                               .ptype = types[i]};
    }
    SPIExecuteOptions options = {};
    options.params = parameters;
    options.read_only = snapshot == SnapshotKind::active;
    options.dest = receiver;
    const int result = SPI_execute_plan_extended(plan, &options);
    if (result < 0) elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
    if (parameters != nullptr) pfree(parameters);
    return SPI_processed;
  });
}

}  // namespace

Statement::Statement(std::string sql, std::vector<Oid> parameters, Guard guard)
    : sql_(std::move(sql)),
      parameters_(std::move(parameters)),
      hash_(std::hash<std::string>{}(sql_)),
      guard_(guard) {}

void Spi::connect(bool nonatomic) {
  Call([nonatomic] {
    if (SPI_connect_ext(nonatomic ? SPI_OPT_NONATOMIC : 0) != SPI_OK_CONNECT)
      elog(ERROR, "SPI_connect failed");
  });
}

void Spi::finish() {
  Call([] {
    if (SPI_finish() != SPI_OK_FINISH) elog(ERROR, "SPI_finish failed");
  });
}

std::uint64_t execute(const Statement& statement, std::span<const Datum> values,
                      std::span<const char> nulls, SnapshotKind snapshot, RowSink* sink) {
  if (values.size() != statement.parameters().size())
    throw std::logic_error("wrong number of parameters");
  const MemoryContext memory = CurrentMemoryContext;  // SPI leaves another context current
  Prepared& prepared = Plans::session().find(statement);
  const InUse in_use(prepared);
  if (prepared.plan == nullptr) prepare(statement, prepared);

  Receiver receiver(sink);
  DestReceiver* const to = receiver.destination();
  const Planned planned = plan_ahead(prepared.plan, statement.guard());
  std::uint64_t processed;
  {
    // In the mode auto, the plan is generic, as the statement was prepared.
    const PlanCacheMode mode(planned.usable ? PLAN_CACHE_MODE_AUTO
                                            : PLAN_CACHE_MODE_FORCE_CUSTOM_PLAN);
    processed = run(prepared.plan, statement, values, nulls, snapshot, to);
  }
  MemoryContextSwitchTo(memory);
  receiver.finish();
  if (planned.of_citus && ++prepared.runs >= kMostRuns && prepared.in_use == 1) {
    prepared.runs = 0;
    if (const SPIPlanPtr plan = std::exchange(prepared.plan, nullptr))
      Call([plan] { SPI_freeplan(plan); });
  }
  return processed;
}

// After an error, the transaction's abort drops the snapshot.
std::uint64_t read_latest(const Statement& statement, std::span<const Datum> values,
                          std::span<const char> nulls, RowSink* sink) {
  Call([] {
    CommandCounterIncrement();
    PushActiveSnapshot(GetLatestSnapshot());
  });
  const std::uint64_t processed = execute(statement, values, nulls, SnapshotKind::active, sink);
  Call([] { PopActiveSnapshot(); });
  return processed;
}

}  // namespace product_upsert

#include "pg/statement.hpp"

#include <exception>
#include <functional>
#include <list>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "pg/boundary.hpp"
#include "pg/planner.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kMostPlans = 128;

struct Prepared {
  std::string sql;
  std::size_t hash;
  SPIPlanPtr plan = nullptr;
  int in_use = 0;  // executions under way: a trigger may bring us back here
};

struct Key {
  std::string_view sql;
  std::size_t hash;
  bool operator==(const Key& other) const { return sql == other.sql; }
};
struct KeyHash {
  std::size_t operator()(const Key& key) const { return key.hash; }
};

// The session's plans, the latest used first.
class Plans {
 public:
  // Never destroyed: the session's end frees what it holds.
  static Plans& session() {
    static auto* const plans = new Plans;
    return *plans;
  }

  Prepared& find(const Statement& statement) {
    if (const auto found = by_sql_.find({statement.sql(), statement.hash()});
        found != by_sql_.end()) {
      latest_first_.splice(latest_first_.begin(), latest_first_, found->second);
      return *found->second;
    }
    make_room();
    latest_first_.push_front({statement.sql(), statement.hash()});
    try {
      by_sql_.emplace(Key{latest_first_.front().sql, statement.hash()}, latest_first_.begin());
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
      by_sql_.erase({it->sql, it->hash});
      it = latest_first_.erase(it);
    }
  }

  std::list<Prepared> latest_first_;
  std::unordered_map<Key, std::list<Prepared>::iterator, KeyHash> by_sql_;
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
  // Generic from the first execution: a custom plan would be made anew five times.
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

// Makes the generic plan, or finds it still valid, and takes its locks: until the transaction ends
// no other session can make it invalid, so the execution that follows finds it.
void plan_by_index(SPIPlanPtr plan) {
  const IndexPlanning planning;
  Call([plan] {
    CachedPlan* const cached = SPI_plan_get_cached_plan(plan);
    if (cached == nullptr) elog(ERROR, "not a single statement");
    ReleaseCachedPlan(cached, CurrentResourceOwner);
  });
}

struct Receiver {
  DestReceiver base;  // first: PostgreSQL knows nothing else
  RowSink* sink;
  std::exception_ptr thrown;
};

enum class Delivery : unsigned char { more, stop, pending };

[[gnu::noinline]] Delivery deliver(const TupleTableSlot* slot, Receiver& receiver) noexcept {
  try {
    receiver.sink->row(Row(slot));
    return Delivery::more;
  } catch (const ErrorPending&) {
    return Delivery::pending;
  } catch (...) {
    receiver.thrown = std::current_exception();
    return Delivery::stop;
  }
}

extern "C" {

bool receive(TupleTableSlot* slot, DestReceiver* self) {
  slot_getallattrs(slot);
  const Delivery delivery = deliver(slot, *reinterpret_cast<Receiver*>(self));
  if (delivery == Delivery::pending) PG_RE_THROW();
  return delivery == Delivery::more;
}
void start_up(DestReceiver*, int, TupleDesc) {}
void shut_down(DestReceiver*) {}

}  // extern "C"

std::uint64_t run(SPIPlanPtr plan, const Statement& statement, std::span<const Datum> values,
                  std::span<const char> nulls, bool read_only, DestReceiver* receiver) {
  const auto types = statement.parameters();
  return Call([=]() -> std::uint64_t {
    const ParamListInfo parameters = makeParamList(static_cast<int>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      parameters->params[i] = {.value = values[i],
                               .isnull = i < nulls.size() && nulls[i] == 'n',
                               .pflags = PARAM_FLAG_CONST,
                               .ptype = types[i]};
    }
    SPIExecuteOptions options = {};
    options.params = parameters;
    options.read_only = read_only;
    options.dest = receiver;
    const int result = SPI_execute_plan_extended(plan, &options);
    if (result < 0) elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
    pfree(parameters);
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
                      std::span<const char> nulls, bool read_only, RowSink* sink) {
  if (values.size() != statement.parameters().size())
    throw std::logic_error("wrong number of parameters");
  Prepared& prepared = Plans::session().find(statement);
  const InUse in_use(prepared);
  if (prepared.plan == nullptr) prepare(statement, prepared);

  Receiver receiver{{receive, start_up, shut_down, shut_down, DestNone}, sink, nullptr};
  // Without a sink rows go nowhere, rather than into a table of SPI's.
  DestReceiver* const to = sink == nullptr ? None_Receiver : &receiver.base;
  std::uint64_t processed;
  if (statement.guard() == Guard::index_only) {
    plan_by_index(prepared.plan);
    const KeepGenericPlan generic;
    processed = run(prepared.plan, statement, values, nulls, read_only, to);
  } else {
    processed = run(prepared.plan, statement, values, nulls, read_only, to);
  }
  if (receiver.thrown) std::rethrow_exception(receiver.thrown);
  return processed;
}

}  // namespace product_upsert

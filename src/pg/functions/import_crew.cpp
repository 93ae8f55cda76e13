// The workers of an import, and the messages to and from them, on the side of the session that
// calls product_import.
#include "pg/functions/import_crew.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/functions/extension.hpp"

extern "C" {
#include "catalog/pg_proc.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

struct CrewWorker {
  BackgroundWorkerHandle* handle;
  shm_mq_handle* to;
  shm_mq_handle* from;
  pid_t pid;
};

struct Crew {
  dsm_segment* segment = nullptr;  // null: there are no workers
  MemoryContext memory = nullptr;  // owns the handles
  Oid user = InvalidOid;           // the role that they work as; only it may use them
  int count = 0;
  CrewWorker workers[kMostWorkers];
} crew;
bool noticing_ends = false;
constexpr const char* kAdminShutdown = "57P01";

// Workers end when the segment is gone; those that are busy are interrupted.
void end_crew(bool interrupt) {
  if (crew.segment == nullptr) return;
  Crew ended = crew;
  crew.segment = nullptr;
  crew.count = 0;
  for (int w = 0; interrupt && w < ended.count; ++w)
    TerminateBackgroundWorker(ended.workers[w].handle);
  dsm_detach(ended.segment);
  for (int w = 0; !interrupt && w < ended.count; ++w)
    WaitForBackgroundWorkerShutdown(ended.workers[w].handle);
  MemoryContextDelete(ended.memory);
}

extern "C" {
void end_crew_on_abort(XactEvent event, void*) {
  if (event == XACT_EVENT_ABORT) end_crew(true);
}
void end_crew_on_exit(int, Datum) { end_crew(true); }
}

// The library of this function, where PostgreSQL finds the worker's entry point too.
char* library_of(Oid function) {
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", function);
  bool is_null = false;
  const Datum library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &is_null);
  if (is_null) elog(ERROR, "function %u is of no library", function);
  char* const copy = TextDatumGetCString(library);
  ReleaseSysCache(tuple);
  return copy;
}

BackgroundWorker describe_worker(const char* library, dsm_handle segment, int number) {
  BackgroundWorker worker;
  memset(&worker, 0, sizeof worker);
  snprintf(worker.bgw_name, sizeof worker.bgw_name, "product_import worker for PID %d", MyProcPid);
  strlcpy(worker.bgw_type, "product_import worker", sizeof worker.bgw_type);
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;
  strlcpy(worker.bgw_library_name, library, sizeof worker.bgw_library_name);
  strlcpy(worker.bgw_function_name, "product_import_worker", sizeof worker.bgw_function_name);
  worker.bgw_main_arg = UInt32GetDatum(segment);
  memcpy(worker.bgw_extra, &number, sizeof number);
  worker.bgw_notify_pid = MyProcPid;
  return worker;
}

void fill_segment(CrewSegment* head, const char* schema, Size settings, Size queues) {
  head->database = MyDatabaseId;
  head->user = GetAuthenticatedUserId();
  strlcpy(head->session_user, GetUserNameFromId(GetSessionUserId(), false),
          sizeof head->session_user);
  const bool has_role = GetUserId() != GetSessionUserId();
  strlcpy(head->role, has_role ? GetUserNameFromId(GetUserId(), false) : "none", sizeof head->role);
  strlcpy(head->schema, schema, sizeof head->schema);
  head->settings = settings;
  head->queues = queues;
  SerializeGUCState(queues - settings, head->at(settings));
}

// Waits until all workers have reported.
void await_crew() {
  int ready = 0;
  for (int w = 0; w < crew.count; ++w) {
    CrewWorker worker = crew.workers[w];
    Size size = 0;
    void* said = nullptr;
    if (shm_mq_receive(worker.from, &size, &said, false) != SHM_MQ_SUCCESS) continue;
    memcpy(&worker.pid, said, sizeof worker.pid);
    crew.workers[ready++] = worker;
  }
  crew.count = ready;
}

void start_crew(int wanted, const char* schema, const char* library) {
  if (!noticing_ends) {
    RegisterXactCallback(end_crew_on_abort, nullptr);
    before_shmem_exit(end_crew_on_exit, Datum{0});
    noticing_ends = true;
  }
  const Size settings = MAXALIGN(sizeof(CrewSegment));
  const Size queues = settings + MAXALIGN(EstimateGUCStateSpace());
  dsm_segment* const segment =
      dsm_create(queues + static_cast<Size>(wanted) * (kToWorker + kFromWorker),
                 DSM_CREATE_NULL_IF_MAXSEGMENTS);
  if (segment == nullptr) return;
  const MemoryContext memory =
      AllocSetContextCreate(TopMemoryContext, "product_import workers", ALLOCSET_SMALL_SIZES);
  dsm_pin_mapping(segment);
  crew.memory = memory;
  crew.segment = segment;
  crew.user = GetUserId();
  auto* const head = static_cast<CrewSegment*>(dsm_segment_address(segment));
  fill_segment(head, schema, settings, queues);
  const MemoryContext caller = MemoryContextSwitchTo(memory);
  for (int w = 0; w < wanted; ++w) {
    shm_mq* const to = shm_mq_create(head->to_worker(w), kToWorker);
    shm_mq* const from = shm_mq_create(head->from_worker(w), kFromWorker);
    shm_mq_set_sender(to, MyProc);
    shm_mq_set_receiver(from, MyProc);
    BackgroundWorker worker = describe_worker(library, dsm_segment_handle(segment), w);
    BackgroundWorkerHandle* handle = nullptr;
    if (!RegisterDynamicBackgroundWorker(&worker, &handle)) break;
    crew.workers[crew.count++] = {handle, shm_mq_attach(to, segment, handle),
                                  shm_mq_attach(from, segment, handle), 0};
  }
  MemoryContextSwitchTo(caller);
  await_crew();
}

// {"worker": 0, "pid": 4711, "answer": …}
Datum told(int worker, const void* answer, Size size) {
  StringInfoData json;
  initStringInfo(&json);
  appendStringInfo(&json, R"({"worker": %d, "pid": %d, "answer": )", worker,
                   static_cast<int>(crew.workers[worker].pid));
  appendBinaryStringInfo(&json, static_cast<const char*>(answer), static_cast<int>(size));
  appendStringInfoChar(&json, '}');
  return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

uint32 waiting() {
  static uint32 event = 0;
  if (event == 0) event = compat::wait_event("ProductImportWorkers");
  return event;
}

// The answer of the first worker that has one; null if none came in time or if a worker has ended.
struct Heard {
  Datum answer;
  int ended;  // number of the worker; -1: none
};

Heard hear(int wait) {
  const TimestampTz until = GetCurrentTimestamp() + static_cast<int64>(wait) * 1000;
  for (;;) {
    for (int w = 0; w < crew.count; ++w) {
      Size size = 0;
      void* said = nullptr;
      const shm_mq_result result = shm_mq_receive(crew.workers[w].from, &size, &said, true);
      if (result == SHM_MQ_SUCCESS) return {told(w, said, size), -1};
      if (result == SHM_MQ_DETACHED) return {0, w};
    }
    const long left = static_cast<long>((until - GetCurrentTimestamp()) / 1000);
    if (wait > 0 && left <= 0) return {0, -1};
    WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | (wait > 0 ? WL_TIMEOUT : 0),
              wait > 0 ? left : -1L, waiting());
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
  }
}

Datum describe_crew(bool fresh) {
  StringInfoData json;
  initStringInfo(&json);
  appendStringInfo(&json, R"({"fresh": %s, "pids": [)", fresh ? "true" : "false");
  for (int w = 0; w < crew.count; ++w)
    appendStringInfo(&json, w == 0 ? "%d" : ", %d", static_cast<int>(crew.workers[w].pid));
  appendStringInfoString(&json, "]}");
  return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

}  // namespace

int crew_size() { return crew.count; }

void check_crew_user() {
  if (crew.count > 0 && GetUserId() != crew.user)
    throw Refusal(Refused::permission, "the workers of the import are those of another role");
}

bool send_to_worker(int worker, shm_mq_iovec* pieces, int count, bool flush) {
  return shm_mq_sendv(crew.workers[worker].to, pieces, count, false, flush) == SHM_MQ_SUCCESS;
}

void refuse_ended(int worker) {
  throw Refusal(Refused::precondition,
                "worker " + std::to_string(crew.workers[worker].pid) + " of the import has ended",
                "See the server log. The same call continues the import.",
                {{Code::precondition, "", "a worker of the import has ended", {}}})
      .with_sqlstate(kAdminShutdown);
}

PRODUCT_UPSERT_FUNCTION(product_import_crew) {
  const std::string schema = schema_of(fcinfo);
  const int wanted = DatumGetInt32(fcinfo->args[0].value);
  if (wanted < 1 || wanted > kMostWorkers)
    throw Refusal(Refused::invalid, "an import has 1 to 64 workers");
  return Call([wanted, schema = schema.c_str(), function = fcinfo->flinfo->fn_oid] {
    const bool fresh = crew.segment == nullptr;
    if (fresh) start_crew(wanted, schema, library_of(function));
    return describe_crew(fresh);
  });
}

PRODUCT_UPSERT_FUNCTION(product_import_dismiss) {
  Call([] { end_crew(false); });
  return Datum{0};
}

PRODUCT_UPSERT_FUNCTION(product_import_hear) {
  const Heard heard = Call([wait = DatumGetInt32(fcinfo->args[0].value)] { return hear(wait); });
  if (heard.ended >= 0) refuse_ended(heard.ended);
  fcinfo->isnull = heard.answer == 0;
  return heard.answer;
}

PRODUCT_UPSERT_FUNCTION(product_import_say) {
  const int worker = DatumGetInt32(fcinfo->args[0].value);
  if (worker < 0 || worker >= crew.count)
    throw Refusal(Refused::invalid, "the import has no such worker");
  check_crew_user();
  const bool sent = Call([worker, go = DatumGetBool(fcinfo->args[1].value)] {
    const ToWorker what = go ? ToWorker::go : ToWorker::undo;
    shm_mq_iovec piece{reinterpret_cast<const char*>(&what), sizeof what};
    return send_to_worker(worker, &piece, 1, true);
  });
  if (!sent) refuse_ended(worker);
  return Datum{0};
}

}  // namespace product_upsert

// A worker of product_import. It upserts the parts that it receives, each in a transaction that is
// committed or undone as it is told.
#include "pg/boundary/boundary.hpp"
#include "pg/functions/import_crew.hpp"
#include "pg/functions/upsert.hpp"

extern "C" {
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/json.h"

__attribute__((visibility("default"))) void product_import_worker(Datum segment);
}

namespace product_upsert {

namespace {

struct ImportWorker {
  CrewSegment* crew = nullptr;  // null: this process is not a worker
  shm_mq_handle* in = nullptr;
  shm_mq_handle* out = nullptr;
  MemoryContext memory = nullptr;  // for one part
  bool documents_left = false;     // more are to come
  bool fresh = true;               // the staging table is empty or must be replaced
} me;

struct Message {
  ToWorker what;
  const char* bytes;  // after the first byte; valid until the next message
  Size size;
};

// If the caller is gone, nothing is left to do, and the open transaction is undone.
Message receive() {
  Size size = 0;
  void* bytes = nullptr;
  if (shm_mq_receive(me.in, &size, &bytes, false) != SHM_MQ_SUCCESS || size == 0) proc_exit(0);
  const auto* const text = static_cast<const char*>(bytes);
  return {static_cast<ToWorker>(*text), text, size};
}

// Sends the whole message even if the worker is cancelled: half a message would corrupt the next.
void answer(const char* json) {
  InterruptHoldoffCount = InterruptHoldoffCount + 1;
  if (shm_mq_send(me.out, strlen(json), json, false, true) != SHM_MQ_SUCCESS) proc_exit(0);
  InterruptHoldoffCount = InterruptHoldoffCount - 1;
}

void begin_transaction() {
  SetCurrentStatementStartTimestamp();
  StartTransactionCommand();
  PushActiveSnapshot(GetTransactionSnapshot());
  if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
}

void commit_transaction() {
  SPI_finish();
  PopActiveSnapshot();
  CommitTransactionCommand();
  pgstat_report_stat(true);
}

// Reads the columns of the only row, as texts in the part's memory.
void ask(const char* function, const char* select, const char* first, Datum second, Oid type,
         const char** columns, int count) {
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql, select, me.crew->schema, function);
  Oid types[] = {TEXTOID, type};
  Datum values[] = {CStringGetTextDatum(first), second};
  if (SPI_execute_with_args(sql.data, 2, static_cast<Oid*>(types), static_cast<Datum*>(values),
                            nullptr, false, 1) != SPI_OK_SELECT ||
      SPI_processed != 1)
    elog(ERROR, "no answer of %s", function);
  for (int c = 0; c < count; ++c) {
    const char* const text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, c + 1);
    columns[c] = text == nullptr ? nullptr : MemoryContextStrdup(me.memory, text);
  }
}

// Undoes the transaction. Returns the error in the form of product_import_batch.
const char* undo_and_tell() {
  MemoryContextSwitchTo(me.memory);
  ErrorData* const error = CopyErrorData();
  FlushErrorState();
  AbortOutOfAnyTransaction();
  MemoryContextSwitchTo(me.memory);
  StringInfoData json;
  initStringInfo(&json);
  appendStringInfo(&json, R"({"state": "%s", "message": )", unpack_sql_state(error->sqlerrcode));
  escape_json(&json, error->message == nullptr ? "error" : error->message);
  appendStringInfoString(&json, ", \"detail\": ");
  escape_json(&json, error->detail == nullptr ? "" : error->detail);
  appendStringInfoString(&json, ", \"hint\": ");
  escape_json(&json, error->hint == nullptr ? "" : error->hint);
  appendStringInfoChar(&json, '}');
  return json.data;
}

struct Part {
  const char* work;
  const char* answer = nullptr;  // the whole answer, for product_import_note
  const char* vote = nullptr;    // the part of it that concerns the other workers; or the error
  bool done = false;             // its transaction is still open
};

// Runs `f`. If it fails, it is undone, `said` becomes the error, and the result is false.
template <typename F>
bool attempt(const char*& said, F f) {
  try {
    Call(f);
    return true;
  } catch (const ErrorPending&) {
    said = undo_and_tell();
    return false;
  }
}

void upsert(Part* part) {
  begin_transaction();
  const char* columns[2];
  ask("product_import_part",
      "SELECT a.a::pg_catalog.text,"
      " (a.a OPERATOR(pg_catalog.-) '{keys,positions}'::pg_catalog.text[])::pg_catalog.text"
      " FROM %s.%s($1::pg_catalog.jsonb, $2) a (a)",
      part->work, BoolGetDatum(me.fresh), BOOLOID, static_cast<const char**>(columns), 2);
  part->answer = columns[0];
  part->vote = columns[1];
}

// True if the part was noted and committed.
bool note(const Part* part) {
  const char* noted = nullptr;
  ask("product_import_note", "SELECT %s.%s($1::pg_catalog.jsonb, $2::pg_catalog.jsonb)", part->work,
      CStringGetTextDatum(part->answer), TEXTOID, &noted, 1);
  if (noted == nullptr || *noted != 't') return false;
  commit_transaction();
  return true;
}

void drain() {
  while (me.documents_left) me.documents_left = receive().what == ToWorker::document;
}

void take_part(const char* work) {
  Part part{work};
  me.documents_left = true;
  part.done = attempt(part.vote, [p = &part] { upsert(p); });
  // Even after a cancel, the caller's message must be received.
  const char* ignored = nullptr;
  while (!attempt(ignored, [] { drain(); })) {
  }
  answer(part.vote);
  const char* said = nullptr;
  ToWorker verdict = ToWorker::undo;
  while (!attempt(said, [v = &verdict] { *v = receive().what; })) {
  }
  bool noted = false;
  if (part.done && said == nullptr && verdict == ToWorker::go)
    attempt(said, [p = &part, n = &noted] { *n = note(p); });
  if (!noted && said == nullptr) {
    Call([] { AbortOutOfAnyTransaction(); });
    said = verdict == ToWorker::go ? R"({"noted": false})" : R"({"undone": true})";
  }
  me.fresh = !noted;
  answer(noted ? R"({"noted": true})" : said);
}

void work_until_the_end() {
  for (;;) {
    const char* work = nullptr;
    const char* ignored = nullptr;
    attempt(ignored, [w = &work] {
      pgstat_report_activity(STATE_IDLE, nullptr);
      const Message message = receive();
      MemoryContextSwitchTo(me.memory);
      *w = pnstrdup(message.bytes + 1, message.size - 1);
      pgstat_report_activity(STATE_RUNNING, "product_import: a part of a batch");
    });
    if (work != nullptr) take_part(work);
    Call([] {
      MemoryContextSwitchTo(TopMemoryContext);
      MemoryContextReset(me.memory);
    });
  }
}

// Takes the caller's session user, settings and role.
void become_caller() {
  BackgroundWorkerInitializeConnectionByOid(me.crew->database, me.crew->user, 0);
  StartTransactionCommand();
  RestoreGUCState(me.crew->at(me.crew->settings));
  if (strcmp(me.crew->session_user, GetUserNameFromId(GetSessionUserId(), false)) != 0)
    SetConfigOption("session_authorization", me.crew->session_user, PGC_USERSET, PGC_S_SESSION);
  SetConfigOption("role", me.crew->role, PGC_USERSET, PGC_S_SESSION);
  CommitTransactionCommand();
}

void attach(dsm_handle handle) {
  dsm_segment* const segment = dsm_attach(handle);
  // The caller has already ended.
  if (segment == nullptr) proc_exit(0);
  dsm_pin_mapping(segment);
  me.memory =
      AllocSetContextCreate(TopMemoryContext, "product_import part", ALLOCSET_DEFAULT_SIZES);
  me.crew = static_cast<CrewSegment*>(dsm_segment_address(segment));
  int number = 0;
  memcpy(&number, MyBgworkerEntry->bgw_extra, sizeof number);
  shm_mq_set_receiver(me.crew->to_worker(number), MyProc);
  shm_mq_set_sender(me.crew->from_worker(number), MyProc);
  const MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
  me.in = shm_mq_attach(me.crew->to_worker(number), segment, nullptr);
  me.out = shm_mq_attach(me.crew->from_worker(number), segment, nullptr);
  MemoryContextSwitchTo(caller);
}

void tell_ready() {
  const pid_t pid = MyProcPid;
  if (shm_mq_send(me.out, sizeof pid, &pid, false, true) != SHM_MQ_SUCCESS) proc_exit(0);
}

// A document in the form of product_import_received.
void put_document(const Message& message, ReturnSetInfo* result) {
  DocumentMessage said;
  memcpy(&said, message.bytes, sizeof said);
  const char* const document = message.bytes + sizeof said;
  const char* const key = document + said.document_size;
  const Size key_size = message.size - sizeof said - said.document_size;
  Datum values[] = {Int64GetDatum(said.position),
                    PointerGetDatum(cstring_to_text_with_len(key, static_cast<int>(key_size))),
                    BoolGetDatum(said.alone), PointerGetDatum(document)};
  bool nulls[] = {false, false, false, said.is_null};
  tuplestore_putvalues(result->setResult, result->setDesc, static_cast<Datum*>(values),
                       static_cast<bool*>(nulls));
  pfree(DatumGetPointer(values[1]));
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_import_received) {
  if (me.crew == nullptr || !me.documents_left)
    throw Refusal(Refused::precondition, "only a worker of product_import is sent documents");
  Call([fcinfo] {
    compat::materialized_srf(fcinfo);
    auto* const result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (result->setDesc->natts != 4) elog(ERROR, "a document has four columns");
    while (me.documents_left) {
      const Message message = receive();
      me.documents_left = message.what == ToWorker::document;
      if (me.documents_left) put_document(message, result);
    }
  });
  fcinfo->isnull = true;
  return Datum{0};
}

}  // namespace product_upsert

void product_import_worker(Datum segment) {
  using namespace product_upsert;
  pqsignal(SIGTERM, die);
  BackgroundWorkerUnblockSignals();
  attach(DatumGetUInt32(segment));
  become_caller();
  tell_ready();
  work_until_the_end();
}

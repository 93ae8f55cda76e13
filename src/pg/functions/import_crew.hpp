#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

extern "C" {
#include "storage/shm_mq.h"
}

namespace product_upsert {

// The background workers of an import (product_import, parallel), and how the session that calls it
// and they talk: over two queues for each worker, in a segment of shared memory that ends with the
// call. How an import is divided among them is told in sql/install/73_import_workers.sql.

constexpr int kMostWorkers = 64;
constexpr Size kToWorker = Size{256} << 10;
constexpr Size kFromWorker = Size{64} << 10;

// What the segment begins with. Behind it: the caller's settings, and the queues, kToWorker and
// kFromWorker for each worker in turn.
struct CrewSegment {
  Oid database;
  Oid user;  // who logged in
  char session_user[NAMEDATALEN];
  char role[NAMEDATALEN];            // that the caller has set, or none
  char schema[2 * NAMEDATALEN + 3];  // ours, as an SQL identifier
  Size settings;                     // where they begin, from the segment's beginning
  Size queues;

  char* at(Size place) { return reinterpret_cast<char*>(this) + place; }
  shm_mq* to_worker(int worker) {
    return reinterpret_cast<shm_mq*>(
        at(queues + static_cast<Size>(worker) * (kToWorker + kFromWorker)));
  }
  shm_mq* from_worker(int worker) {
    return reinterpret_cast<shm_mq*>(
        at(queues + static_cast<Size>(worker) * (kToWorker + kFromWorker) + kToWorker));
  }
};

// Messages to a worker: a byte that says which, and
//   work:      JSON text, which product_import_part takes; documents follow
//   document:  in place of the byte a DocumentMessage, the document as a varlena, the key
//   end:       no document is left; the worker answers with its vote
//   go, undo:  what becomes of the part; the worker answers what has
// From a worker: its pid once it is ready, then JSON texts.
enum class ToWorker : char { work = 'W', document = 'D', end = 'E', go = 'G', undo = 'U' };

// Eight bytes are a multiple of any alignment that a document has.
struct alignas(8) DocumentMessage {
  ToWorker what;
  bool alone;    // see Parts
  bool is_null;  // the document is
  std::uint32_t document_size;
  std::int64_t position;
};

// The workers of this session's import that are there: how many.
int crew_size();
// Throws where another role than theirs would give them work.
void check_crew_user();
// Sends it whole; false where the worker has ended, which refuse_ended() tells. PostgreSQL's errors
// are raised: to be called in Call.
bool send_to_worker(int worker, shm_mq_iovec* pieces, int count, bool flush);
[[noreturn]] void refuse_ended(int worker);

}  // namespace product_upsert

#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

extern "C" {
#include "storage/shm_mq.h"
}

namespace product_upsert {

// The background workers of an import (product_import, parallel), and their communication with the
// session that calls it: two queues for each worker, in a shared memory segment that exists as long
// as the call. sql/install/73_import_workers.sql describes how an import is divided among them.

constexpr int kMostWorkers = 64;
constexpr Size kToWorker = Size{256} << 10;
constexpr Size kFromWorker = Size{64} << 10;

// The start of the segment. It is followed by the caller's settings, and by the queues: kToWorker
// and kFromWorker for each worker in turn.
struct CrewSegment {
  Oid database;
  Oid user;  // the session user
  char session_user[NAMEDATALEN];
  char role[NAMEDATALEN];            // set by the caller (SET ROLE), or "none"
  char schema[2 * NAMEDATALEN + 3];  // our schema, an SQL identifier
  Size settings;                     // offset from the start of the segment
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

// Messages to a worker begin with a byte for their kind:
//   work:      JSON text for product_import_part; documents follow
//   document:  a DocumentMessage instead of the byte, the document as a varlena, the key
//   end:       there are no more documents; the worker answers with its vote
//   go, undo:  whether to commit the part; the worker answers with the outcome
// A worker sends its pid when it is ready, and then JSON texts.
enum class ToWorker : char { work = 'W', document = 'D', end = 'E', go = 'G', undo = 'U' };

// A multiple of eight bytes, which any document's alignment divides.
struct alignas(8) DocumentMessage {
  ToWorker what;
  bool alone;    // see Parts
  bool is_null;  // the document is null
  std::uint32_t document_size;
  std::int64_t position;
};

// The number of workers of this session's import.
int crew_size();
// Throws if the role is not the one that the workers work as.
void check_crew_user();
// Sends the whole message. Returns false if the worker has ended, which refuse_ended() reports.
// Raises PostgreSQL's errors, so call it within Call.
bool send_to_worker(int worker, shm_mq_iovec* pieces, int count, bool flush);
[[noreturn]] void refuse_ended(int worker);

}  // namespace product_upsert

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/catalogue/key_group.hpp"
#include "core/catalogue/related.hpp"
#include "core/value/failure.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// A product as it stands.
struct StoredProduct {
  std::int64_t id = 0;
  std::uint64_t tid = 0;  // physical place: another one once the row has been written again
  std::int32_t version = 0;
  std::span<const Value> values;  // of the columns asked for, in order; valid during the call only
};

class FoundSink {
 public:
  virtual ~FoundSink() = default;
  virtual void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row) = 0;
};

class WrittenSink {
 public:
  virtual ~WrittenSink() = default;
  virtual void written(const StoredProduct& row) = 0;
};

// Rows to write. `fill(row, values)` is asked once for each row, in order, and sets the value of
// each of the columns; an absent value is written as null.
struct Writes {
  std::int64_t organization_id = 0;
  std::size_t rows = 0;
  ColumnSet columns;    // to be set
  ColumnSet returning;  // to be told of each row written, on top of its id and version
  // Of an update: false where nothing is to be waited for, which could end in a deadlock that
  // nobody undoes; a row that another writer has then is left out.
  bool may_wait = true;
  std::function<void(std::size_t row, std::span<Value> values)> fill;
};

// What came of an attempt to write; where it is not done, nothing is written.
enum class Attempt : std::uint8_t {
  done,
  undone,    // the body asked for it
  taken,     // a unique key is taken: by a concurrent writer, or one that only the owner knows of
  deadlock,  // a deadlock was broken
  failed,    // the owner's constraint, policy or trigger refused a row
};

// The error that undid an attempt, as a statement of SQL would have raised it.
struct WriteError {
  std::string sqlstate;  // five characters
  std::string message, detail, hint;
  std::string constraint, table, column;  // where the error names them
};

// Which errors end an attempt rather than the call.
enum class Catching : bool {
  deadlocks,
  whatever_rows_meet,  // and taken keys, constraints, policies, triggers
};

// What reads see.
enum class Seen : bool {
  by_the_transaction,  // what its isolation level shows
  now,                 // what is committed now, whatever the isolation level
};

enum class Right : std::uint8_t { create, update, view, remove };

// The products that are stored, as the engine needs them: PostgreSQL's tables in src/pg, vectors in
// memory in the unit tests. Each call is one statement over a whole batch, of one organization.
// Outside at_one_time() each reads what is committed by then.
// Errors: Refusal, or an exception of the implementation's own that passes through the engine.
class Catalogue {
 public:
  virtual ~Catalogue() = default;

  // Runs `body`, whose reads all see what is committed as it begins: a product that is not there
  // yet for one of them is not there for the next either.
  virtual void at_one_time(const std::function<void()>& body,
                           Seen seen = Seen::by_the_transaction) = 0;
  // Whether all statements of the transaction see the same (REPEATABLE READ, SERIALIZABLE).
  virtual bool sees_one_time() = 0;
  // Finds the products that have the keys, and tells each with the columns asked for.
  virtual void find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                    const ColumnSet& columns, FoundSink& sink) = 0;
  // Which of the keys any product has.
  virtual void find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                             const std::function<void(std::uint32_t item)>& exists) = 0;
  // Locks products against other writers, in the order given, until the transaction ends. Called
  // within atomically() only: another writer may have to be waited for.
  virtual void lock(std::int64_t organization_id, std::span<const std::int64_t> ids) = 0;
  virtual std::vector<std::int64_t> reserve_ids(std::size_t count) = 0;
  // Inserts, leaving out rows whose key another product has; tells each that was written.
  virtual void insert_missing(const Writes& writes, WrittenSink& sink) = 0;
  // Inserts all; a taken key is an error of the implementation's own (the sink may have been told
  // of rows by then), which atomically() turns into `taken`.
  virtual void insert_all(const Writes& writes, WrittenSink& sink) = 0;
  // Updates the rows that still stand where they were read (`tids`, by row), in the order given,
  // raises their version by one and moves updated_at; tells each that was written. `columns` has
  // id, which names the row. False where nothing may be waited for and a deadlock was broken:
  // nothing is written, whatever the sink was told.
  virtual bool update(const Writes& writes, std::span<const std::uint64_t> tids,
                      WrittenSink& sink) = 0;
  // Sets the columns to null in the rows that still stand where they were read, without raising
  // their version: their keys are free then, until they are updated. Tells each its new place.
  virtual void release(std::int64_t organization_id, const ColumnSet& columns,
                       std::span<const std::int64_t> ids, std::span<const std::uint64_t> tids,
                       WrittenSink& sink) = 0;
  // Deletes the rows that still stand where they were read, and what hangs on them (variants,
  // links, values); tells each that is gone.
  virtual void remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
                      std::span<const std::uint64_t> tids, WrittenSink& sink) = 0;
  // Holds values against the rules of a user's own type (a domain's checks, an enum's labels).
  // Tells those that break one, by their place, with what is wrong; its field is for the caller to
  // name.
  virtual void check_type(
      const ColumnInfo& column, std::span<const Value> values,
      const std::function<void(std::size_t place, Failure failure)>& broken) = 0;
  // A random UUID, 36 characters, in the arena.
  virtual Value new_uuid(Arena& arena) = 0;
  // The tables beside product.
  virtual RelatedRows& related() = 0;
  // Runs `body` so that a false from it, or an error that is caught, undoes what it wrote. Never
  // caught are a cancel, a serialization failure and a fault of the server.
  virtual Attempt atomically(const std::function<bool()>& body, Catching catching,
                             WriteError& error) = 0;
  // Whether the caller may do that in the organization.
  virtual bool may(Right right, std::int64_t organization_id) = 0;
};

}  // namespace product_upsert

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

// A stored product.
struct StoredProduct {
  std::int64_t id = 0;
  std::uint64_t tid = 0;  // physical place: another one once the row has been written again
  std::int32_t version = 0;
  std::span<const Value> values;  // of the columns asked for, in order; valid during the call only
};

// The version of a row that was read: the row is written only if it is still this one.
struct ReadRow {
  std::uint64_t tid = 0;
  std::int32_t version = 0;
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

// Rows to write. `fill(row, values)` is called once for each row, in order, and sets the value of
// each column; an absent value is written as null.
struct Writes {
  std::int64_t organization_id = 0;
  std::size_t rows = 0;
  ColumnSet columns;    // to be set
  ColumnSet returning;  // to be told of each row written, on top of its id and version
  // For an update: false to wait for nobody, which could end in a deadlock that cannot be undone; a
  // row that another writer holds is then left out.
  bool may_wait = true;
  bool takes_keys = false;  // for an update: whether it sets fields of identity rules
  std::function<void(std::size_t row, std::span<Value> values)> fill;
};

// The outcome of an attempt to write; unless it is done, nothing is written.
enum class Attempt : std::uint8_t {
  done,
  undone,    // the body asked for it
  taken,     // a unique key is taken: by a concurrent writer, or one that only the owner knows of
  deadlock,  // a deadlock was broken
  yielded,   // it waited for long, and has released what others may wait for
  failed,    // the owner's constraint, policy or trigger refused a row
};

// The error that undid an attempt, as a statement of SQL would have raised it.
struct WriteError {
  std::string sqlstate;  // five characters
  std::string message, detail, hint;
  std::string constraint, table, column;  // where the error names them
};

// The SQLSTATE of a row that refers to nothing, or that others refer to.
inline constexpr std::string_view kForeignKeyViolation = "23503";

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

// The stored products, as the engine needs them: PostgreSQL's tables in src/pg, vectors in memory
// in the unit tests. Each call is one statement over a whole batch of one organization. Outside
// at_one_time(), each call reads what is committed at that moment. Errors: Refusal, or an exception
// of the implementation that passes through the engine.
class Catalogue {
 public:
  virtual ~Catalogue() = default;

  // Runs `body`, whose reads all see what is committed when it begins: a product that does not
  // exist for one of them does not exist for the next either.
  virtual void at_one_time(const std::function<void()>& body,
                           Seen seen = Seen::by_the_transaction) = 0;
  // Whether all statements of the transaction see the same (REPEATABLE READ, SERIALIZABLE).
  virtual bool sees_one_time() = 0;
  // Finds the products that have the keys, and passes each to the sink with the columns asked for.
  virtual void find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                    const ColumnSet& columns, FoundSink& sink) = 0;
  // Which of the keys any product has.
  virtual void find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                             const std::function<void(std::uint32_t item)>& exists) = 0;
  // Locks products against other writers, in the given order, until the transaction ends. Only
  // within atomically(), since it may wait for another writer.
  virtual void lock(std::int64_t organization_id, std::span<const std::int64_t> ids) = 0;
  virtual std::vector<std::int64_t> reserve_ids(std::size_t count) = 0;
  // False if insert_missing() cannot leave out rows: it does as insert_all() then, so it must be
  // called within atomically().
  virtual bool leaves_out_taken() { return true; }
  // Inserts rows, leaving out those whose key another product has; passes each written row to the
  // sink.
  virtual void insert_missing(const Writes& writes, WrittenSink& sink) = 0;
  // Inserts all rows. A taken key is an error of the implementation (the sink may have been called
  // by then), which atomically() turns into `taken`.
  virtual void insert_all(const Writes& writes, WrittenSink& sink) = 0;
  // Updates the rows that have not changed since they were read (`read`, by row), in the given
  // order, raises their version by one and sets updated_at; passes each written row to the sink.
  // `columns` includes id, which identifies the row. False if nothing may be waited for and a
  // deadlock was broken: then nothing is written, whatever the sink was told.
  virtual bool update(const Writes& writes, std::span<const ReadRow> read, WrittenSink& sink) = 0;
  // Sets the columns to null in the rows that have not changed since they were read, without
  // raising their version, so that their keys are free until they are updated. Tells the sink the
  // new place of each.
  virtual void release(std::int64_t organization_id, const ColumnSet& columns,
                       std::span<const std::int64_t> ids, std::span<const ReadRow> read,
                       WrittenSink& sink) = 0;
  // Deletes the rows that have not changed since they were read, with their variants, links and
  // values; passes each deleted row to the sink.
  virtual void remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
                      std::span<const ReadRow> read, WrittenSink& sink) = 0;
  // Checks values against the rules of a user's own type (a domain's checks, an enum's labels).
  // Reports those that violate one, by their place, with the failure, whose field the caller sets.
  virtual void check_type(
      const ColumnInfo& column, std::span<const Value> values,
      const std::function<void(std::size_t place, Failure failure)>& broken) = 0;
  // A random UUID, 36 characters, in the arena.
  virtual Value new_uuid(Arena& arena) = 0;
  // The tables beside product.
  virtual RelatedRows& related() = 0;
  // Runs `body`; if it returns false, or an error is caught, everything it wrote is undone. A
  // cancel, a serialization failure and a fault of the server are never caught.
  virtual Attempt atomically(const std::function<bool()>& body, Catching catching,
                             WriteError& error) = 0;
  // Whether the caller has the permission in the organization.
  virtual bool may(Right right, std::int64_t organization_id) = 0;
};

}  // namespace product_upsert

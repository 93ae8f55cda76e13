#pragma once

#include <exception>

#include "pg/boundary/compat.hpp"
#include "pg/sql/statement.hpp"

namespace product_upsert {

// Passes rows from the executor to a sink. An exception of the sink stops the statement.
class Receiver {
 public:
  // Without a sink, rows are dropped instead of being collected by SPI.
  explicit Receiver(RowSink* sink) : sink_(sink) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  DestReceiver* destination() { return sink_ == nullptr ? None_Receiver : &base_; }
  // Throws what the sink threw. Call it when the statement has ended.
  void finish() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  static bool receive(TupleTableSlot* slot, DestReceiver* self);
  static void start_up(DestReceiver*, int, TupleDesc) {}
  static void shut_down(DestReceiver*) {}
  enum class Delivery : unsigned char { more, stop, pending };
  Delivery deliver(const TupleTableSlot* slot) noexcept;

  DestReceiver base_{receive, start_up, shut_down, shut_down, DestNone};  // must be first
  RowSink* sink_;
  std::exception_ptr thrown_;
};

}  // namespace product_upsert

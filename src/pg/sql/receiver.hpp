#pragma once

#include <exception>

#include "pg/boundary/compat.hpp"
#include "pg/sql/statement.hpp"

namespace product_upsert {

// Carries the rows that the executor sends to a sink, whose exceptions stop the statement.
class Receiver {
 public:
  // Without a sink rows go nowhere, rather than into a table of SPI's.
  explicit Receiver(RowSink* sink) : sink_(sink) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  DestReceiver* destination() { return sink_ == nullptr ? None_Receiver : &base_; }
  // To be called once the statement has ended: throws what the sink threw.
  void finish() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  static bool receive(TupleTableSlot* slot, DestReceiver* self);
  static void start_up(DestReceiver*, int, TupleDesc) {}
  static void shut_down(DestReceiver*) {}
  enum class Delivery : unsigned char { more, stop, pending };
  Delivery deliver(const TupleTableSlot* slot) noexcept;

  DestReceiver base_{receive, start_up, shut_down, shut_down, DestNone};  // first
  RowSink* sink_;
  std::exception_ptr thrown_;
};

}  // namespace product_upsert

#include "pg/sql/receiver.hpp"

#include "pg/boundary/boundary.hpp"

namespace product_upsert {

[[gnu::noinline]] Receiver::Delivery Receiver::deliver(const TupleTableSlot* slot) noexcept {
  try {
    sink_->row(Row(slot));
    return Delivery::more;
  } catch (const ErrorPending&) {
    return Delivery::pending;
  } catch (...) {
    thrown_ = std::current_exception();
    return Delivery::stop;
  }
}

bool Receiver::receive(TupleTableSlot* slot, DestReceiver* self) {
  slot_getallattrs(slot);
  const Delivery delivery = reinterpret_cast<Receiver*>(self)->deliver(slot);
  if (delivery == Delivery::pending) PG_RE_THROW();
  return delivery == Delivery::more;
}

}  // namespace product_upsert

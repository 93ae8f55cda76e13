#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace product_upsert {

// A set of places: columns, rules. Those below 64 stand in one word, so that the usual set costs
// what a word costs; further ones in memory of their own.
class IndexSet {
 public:
  IndexSet() = default;
  IndexSet(const IndexSet& other)
      : low_(other.low_), high_(other.high_ ? std::make_unique<Words>(*other.high_) : nullptr) {}
  IndexSet(IndexSet&&) noexcept = default;
  IndexSet& operator=(const IndexSet& other) {
    if (this == &other) return *this;
    IndexSet copy(other);
    return *this = std::move(copy);
  }
  IndexSet& operator=(IndexSet&&) noexcept = default;
  ~IndexSet() = default;

  void add(std::size_t n) {
    if (n < kBits) low_ |= bit(n);
    else add_high(n);
  }
  void add(const IndexSet& other) {
    low_ |= other.low_;
    if (other.high_) add_high(*other.high_);
  }
  void remove(std::size_t n) {
    if (n < kBits) low_ &= ~bit(n);
    else if (has(n)) remove_high(n);
  }
  bool has(std::size_t n) const {
    if (n < kBits) return (low_ & bit(n)) != 0;
    return high_ && n / kBits <= high_->size() && ((*high_)[n / kBits - 1] & bit(n)) != 0;
  }
  bool empty() const { return low_ == 0 && !high_; }
  std::size_t size() const {
    std::size_t all = count(low_);
    if (high_) {
      for (std::uint64_t word : *high_) all += count(word);
    }
    return all;
  }
  // How many of the set are smaller: where it stands when they are listed in order.
  std::size_t rank(std::size_t n) const {
    if (n < kBits) return count(low_ & (bit(n) - 1));
    return count(low_) + rank_high(n);
  }
  template <typename F>
  void each(F f) const {
    each_of(low_, 0, f);
    if (!high_) return;
    for (std::size_t i = 0; i < high_->size(); ++i) each_of((*high_)[i], (i + 1) * kBits, f);
  }
  bool operator==(const IndexSet& other) const {
    if (low_ != other.low_ || (high_ == nullptr) != (other.high_ == nullptr)) return false;
    return !high_ || *high_ == *other.high_;
  }

 private:
  static constexpr std::size_t kBits = 64;
  using Words = std::vector<std::uint64_t>;

  static std::uint64_t bit(std::size_t n) { return std::uint64_t{1} << (n % kBits); }
  static std::size_t count(std::uint64_t word) {
    return static_cast<std::size_t>(__builtin_popcountll(word));
  }
  template <typename F>
  static void each_of(std::uint64_t word, std::size_t first, F& f) {
    for (; word != 0; word &= word - 1) f(first + static_cast<std::size_t>(__builtin_ctzll(word)));
  }
  Words& words(std::size_t wanted) {
    if (!high_) high_ = std::make_unique<Words>();
    if (high_->size() < wanted) high_->resize(wanted);
    return *high_;
  }
  void add_high(std::size_t n) { words(n / kBits)[n / kBits - 1] |= bit(n); }
  void add_high(const Words& others) {
    Words& own = words(others.size());
    for (std::size_t i = 0; i < others.size(); ++i) own[i] |= others[i];
  }
  void remove_high(std::size_t n) {
    (*high_)[n / kBits - 1] &= ~bit(n);
    while (!high_->empty() && high_->back() == 0) high_->pop_back();
    if (high_->empty()) high_.reset();
  }
  std::size_t rank_high(std::size_t n) const {
    std::size_t all = 0;
    if (!high_) return all;
    const std::size_t whole = std::min(n / kBits - 1, high_->size());
    for (std::size_t i = 0; i < whole; ++i) all += count((*high_)[i]);
    return whole < high_->size() ? all + count((*high_)[whole] & (bit(n) - 1)) : all;
  }

  std::uint64_t low_ = 0;
  std::unique_ptr<Words> high_;  // null where all are low; its last word is never 0
};

}  // namespace product_upsert

// A value that few objects of a kind have, kept outside of them.
#pragma once

#include <memory>
#include <utility>

namespace signpost::model {

// Empty, or an immutable value that copies share; compared by value.
template <typename T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::make_shared<const T>(std::move(value))) {}  // NOLINT: like optional

  explicit operator bool() const { return value_ != nullptr; }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

  friend bool operator==(const Boxed& a, const Boxed& b) {
    return a.value_ == b.value_ || (a.value_ && b.value_ && *a.value_ == *b.value_);
  }

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace signpost::model

// Values that few objects of a kind have, kept outside of them.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <string>
#include <utility>

namespace signpost::model {

// Empty, or an immutable value that copies share; compared by value. It takes one pointer, half of
// a shared_ptr: millions of record sets and answers have several that are empty.
template <typename T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : box_(new Box(std::move(value))) {}  // NOLINT: like optional

  explicit operator bool() const { return box_ != nullptr; }
  const T& operator*() const { return box_->value; }
  const T* operator->() const { return &box_->value; }

  friend bool operator==(const Boxed& a, const Boxed& b) {
    return a.box_ == b.box_ || (a.box_ && b.box_ && a.box_->value == b.box_->value);
  }

 private:
  struct Box : boost::intrusive_ref_counter<Box> {
    explicit Box(T boxed) : value(std::move(boxed)) {}

    T value;
  };

  boost::intrusive_ptr<const Box> box_;
};

// An immutable string that is empty as a rule.
class Text {
 public:
  Text() = default;
  Text(std::string text) {  // NOLINT: a string like others
    if (!text.empty()) box_ = Boxed<std::string>(std::move(text));
  }
  Text(const char* text) : Text(std::string(text)) {}  // NOLINT: likewise

  bool empty() const { return !box_; }
  std::size_t size() const { return str().size(); }
  const std::string& str() const {
    static const std::string kEmpty;
    return box_ ? *box_ : kEmpty;
  }
  operator const std::string&() const { return str(); }  // NOLINT: likewise

  friend bool operator==(const Text& a, const Text& b) { return a.box_ == b.box_; }
  friend bool operator==(const Text& a, const std::string& b) { return a.str() == b; }
  friend bool operator==(const Text& a, const char* b) { return a.str() == b; }
  friend auto operator<=>(const Text& a, const Text& b) { return a.str() <=> b.str(); }

 private:
  Boxed<std::string> box_;
};

}  // namespace signpost::model

// Octets that many hold and nobody changes.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace signpost::dns {

// At most 65,535 octets that copies share; none take no memory. One pointer large, as every name of
// a zone is held several times over.
class SharedOctets {
 public:
  SharedOctets() = default;
  explicit SharedOctets(std::string_view octets) {
    if (octets.empty()) return;
    const std::size_t whole = Block::kHeadSize + octets.size();
    block_ = new (::operator new(std::max(sizeof(Block), whole))) Block;
    block_->size = static_cast<std::uint16_t>(octets.size());
    std::memcpy(block_->octets(), octets.data(), octets.size());
  }
  SharedOctets(const SharedOctets& other) : block_(other.block_) {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  SharedOctets(SharedOctets&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedOctets& operator=(SharedOctets other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedOctets() {
    if (block_ == nullptr || block_->owners.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    block_->~Block();
    ::operator delete(block_);
  }

  bool is_empty() const { return block_ == nullptr; }
  std::string_view view() const {
    return is_empty() ? std::string_view() : std::string_view(block_->octets(), block_->size);
  }

 private:
  // The octets lie behind the size.
  struct Block {
    static constexpr std::size_t kHeadSize = sizeof(std::uint32_t) + sizeof(std::uint16_t);

    char* octets() { return reinterpret_cast<char*>(&size + 1); }
    const char* octets() const { return reinterpret_cast<const char*>(&size + 1); }

    std::atomic<std::uint32_t> owners{1};
    std::uint16_t size = 0;
  };

  Block* block_ = nullptr;
};

}  // namespace signpost::dns

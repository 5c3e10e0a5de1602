// Octets that many hold and nobody changes.
#pragma once

#include <algorithm>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

namespace signpost::dns {

// At most 65,535 octets that copies share; none take no memory. One pointer large, as every name of
// a zone is held several times over.
class SharedOctets {
 public:
  SharedOctets() = default;
  explicit SharedOctets(std::string_view octets) {
    if (octets.empty()) return;
    const std::size_t whole = Block::kHeadSize + octets.size();
    auto* block = new (::operator new(std::max(sizeof(Block), whole))) Block;
    block->size = static_cast<std::uint16_t>(octets.size());
    std::memcpy(block->octets(), octets.data(), octets.size());
    block_.reset(block);
  }

  bool is_empty() const { return !block_; }
  std::string_view view() const {
    return is_empty() ? std::string_view() : std::string_view(block_->octets(), block_->size);
  }

 private:
  // The octets lie behind the size, in memory that is larger than the type says.
  struct Block : boost::intrusive_ref_counter<Block> {
    static constexpr std::size_t kHeadSize =
        sizeof(boost::intrusive_ref_counter<Block>) + sizeof(std::uint16_t);

    static void operator delete(void* block) { ::operator delete(block); }

    char* octets() { return reinterpret_cast<char*>(&size + 1); }
    const char* octets() const { return reinterpret_cast<const char*>(&size + 1); }

    std::uint16_t size = 0;
  };

  boost::intrusive_ptr<const Block> block_;
};

}  // namespace signpost::dns

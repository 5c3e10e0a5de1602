#include "tests/support/local_answers.h"

#include <cstring>

#include "policy/partition_use.h"
#include "tests/support/locality_parts.h"

namespace signpost::testing {
namespace {

const std::vector<std::string>& crowded(bool is_ipv6) {
  static const std::vector<std::string> ipv4 = {
      std::string("\xc6\x33\x64\x07", 4), std::string("\xc6\x33\x64\xc8", 4),
      std::string("\xcb\x00\x71\x00", 4), std::string("\xcb\x00\x71\x81", 4)};
  static const std::vector<std::string> ipv6 = {
      std::string("\x20\x01\x0d\xb8\x00\x01\0\0\0\0\0\0\0\0\0\1", 16),
      std::string("\x20\x01\x0d\xb8\x00\x01\0\0\0\0\0\0\0\0\0\2", 16),
      std::string("\x20\x01\x0d\xb8\x80\x02\0\5\0\0\0\0\0\0\0\0", 16)};
  return is_ipv6 ? ipv6 : ipv4;
}

bool bit(const std::string& address, unsigned index) {
  return (static_cast<unsigned char>(address[index / 8]) >> (7 - index % 8) & 1) != 0;
}

void set_bit(std::string& address, unsigned index) {
  address[index / 8] = static_cast<char>(address[index / 8] | 0x80 >> index % 8);
}

bool holds(const std::string& address, unsigned length, const std::string& other) {
  for (unsigned i = 0; i < length; ++i) {
    if (bit(address, i) != bit(other, i)) return false;
  }
  return true;
}

// Splits the addresses of a family into leaves.
class Splitter {
 public:
  Splitter(std::mt19937& random, std::uint32_t localities)
      : random_(random), localities_(localities) {}

  void split(const std::string& address, unsigned length) {
    const std::uint32_t locality = static_cast<std::uint32_t>(random_() % localities_);
    if (is_leaf(address, length)) return cells.add(address, length, locality);
    if (random_() % 8 == 0) inner[prefix(address, length)] = locality;
    split(address, length + 1);
    std::string second = address;
    set_bit(second, length);
    split(second, length + 1);
  }

  LocalityCells cells;
  model::InnerLocalities inner;

 private:
  bool is_leaf(const std::string& address, unsigned length) {
    if (length == address.size() * 8) return true;
    for (const std::string& client : crowded(address.size() == 16)) {
      if (holds(address, length, client)) return length > 8 && random_() % 64 == 0;
    }
    return random_() % 4 != 0;
  }

  static model::Prefix prefix(const std::string& address, unsigned length) {
    model::Prefix prefix{
        .is_ipv6 = address.size() == 16, .length = static_cast<std::uint8_t>(length), .octets = {}};
    std::memcpy(prefix.octets.data(), address.data(), address.size());
    return prefix;
  }

  std::mt19937& random_;
  std::uint32_t localities_;
};

// Treats all clients below every second root alike.
void blind(const model::LocalityMap& map, std::vector<std::uint16_t>& classes) {
  for (std::size_t root = 0; root < map.root_localities().ends.size(); root += 2) {
    for (const model::LocalityId locality : map.root_localities().of(root))
      classes[locality] = classes[map.root_localities().of(root).front()];
  }
}

model::PartitionPtr random_partition(std::mt19937& random, const model::LocalityMap& map) {
  auto partition = std::make_shared<model::Partition>();
  partition->count = 2 + static_cast<std::uint32_t>(random() % 40);
  for (std::size_t i = 0; i < map.localities().size(); ++i)
    partition->classes.push_back(static_cast<std::uint16_t>(random() % partition->count));
  blind(map, partition->classes);
  partition->uniform_roots = policy::uniform_roots(map.root_localities(), partition->classes);
  return partition;
}

model::AnswerPtr local_answer(const std::vector<model::AnswerPtr>& answers, std::mt19937& random,
                              std::vector<model::PartitionPtr>& partitions,
                              const model::LocalityMap& map) {
  if (partitions.size() < 8) partitions.push_back(random_partition(random, map));
  model::AnswersByLocality local{.partition = partitions[random() % partitions.size()],
                                 .answers = {}};
  while (local.answers.size() < local.partition->count)
    local.answers.push_back(answers[random() % answers.size()]);
  auto answer = std::make_shared<model::Answer>();
  answer->by_locality = std::move(local);
  return answer;
}

}  // namespace

std::string client_near(std::mt19937& random, bool is_ipv6) {
  std::string address = crowded(is_ipv6)[random() % crowded(is_ipv6).size()];
  const std::size_t bits = address.size() * 8;
  for (int flips = static_cast<int>(random() % 3); flips > 0; --flips) {
    const std::size_t at = random() % bits;
    address[at / 8] = static_cast<char>(address[at / 8] ^ 0x80 >> at % 8);
  }
  return address;
}

model::LocalityMapPtr random_localities(std::mt19937& random, std::uint32_t localities) {
  Splitter splitter(random, localities);
  splitter.split(std::string(4, '\0'), 0);
  splitter.split(std::string(16, '\0'), 0);
  model::LocalityMap::Parts parts = parts_of(splitter.cells, localities);
  parts.inner = std::move(splitter.inner);
  parts.root_localities = model::root_localities(parts.cells, parts.inner);
  return std::make_shared<const model::LocalityMap>(std::move(parts));
}

model::AnswerTable with_local_answers(const model::AnswerTable& table, std::mt19937& random,
                                      model::LocalityMapPtr localities) {
  model::AnswerTable result = table;
  result.localities = std::move(localities);
  ++result.generation;
  std::vector<model::PartitionPtr> partitions;
  policy::PartitionUse used;
  table.nodes.for_each([&](const dns::Name& name, const model::NodePtr& node) {
    std::vector<model::AnswerPtr> answers;
    for (const auto& [type, answer] : node->types) answers.push_back(answer);
    if (node->other) answers.push_back(node->other);
    if (answers.empty() || node->is_zone_cut || node->is_void) return;
    auto copy = std::make_shared<model::Node>(*node);
    const auto replace = [&](model::AnswerPtr& answer) {
      if (random() % 2 == 0) answer = local_answer(answers, random, partitions, *result.localities);
    };
    for (auto& [type, answer] : copy->types) {
      if (type != dns::RRType::kDname) replace(answer);
    }
    if (copy->other) replace(copy->other);
    used.add(*copy);
    result.nodes.set(name, copy);
  });
  result.roots = policy::PartitionUse().roots(*result.localities, used);
  return result;
}

}  // namespace signpost::testing

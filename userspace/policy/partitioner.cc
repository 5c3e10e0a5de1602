#include "policy/partitioner.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

#include "policy/partition_use.h"
#include "policy/selector.h"
#include "policy/set_health.h"

namespace signpost::policy {

using model::LocalityId;
using model::PartitionPtr;
using model::RecordGroup;

namespace {

constexpr std::uint16_t kNoSet = 0xffff;

// What orders and classes may take, in octets.
constexpr std::size_t kMemoryMax = std::size_t{256} << 20;

// Gives localities the number of their class, in the order in which classes are met.
class ClassBuilder {
 public:
  explicit ClassBuilder(std::size_t localities) { classes_->classes.reserve(localities); }

  // The next locality belongs to the class of this key.
  void add(std::uint64_t key) {
    const auto locality = static_cast<LocalityId>(classes_->classes.size());
    const auto [at, added] =
        numbers_.try_emplace(key, static_cast<std::uint32_t>(classes_->representatives.size()));
    if (added) classes_->representatives.push_back(locality);
    classes_->classes.push_back(at->second);
  }

  LocalityClassesPtr take() { return std::move(classes_); }

 private:
  std::shared_ptr<LocalityClasses> classes_ = std::make_shared<LocalityClasses>();
  absl::flat_hash_map<std::uint64_t, std::uint32_t> numbers_;
};

LocalityClassesPtr joint(const LocalityClasses& a, const LocalityClasses& b) {
  ClassBuilder builder(a.classes.size());
  for (std::size_t i = 0; i < a.classes.size(); ++i)
    builder.add(static_cast<std::uint64_t>(a.classes[i]) << 32 | b.classes[i]);
  return builder.take();
}

std::string identity_of(const void* object) {
  return {reinterpret_cast<const char*>(&object), sizeof(object)};
}

// Numbers sequences: equal ones get the same number.
class SequenceNumbers {
 public:
  std::uint64_t of(const std::string& sequence) {
    return numbers_.try_emplace(sequence, numbers_.size()).first->second;
  }

 private:
  absl::flat_hash_map<std::string, std::uint64_t> numbers_;
};

std::string healths_of(const RecordGroup& group, const Inputs& inputs) {
  std::string healths;
  for (const model::RecordSet& set : group.sets) {
    const std::optional<bool> health = health_for_all(set, group.type, inputs);
    healths += !health ? '?' : *health ? '+' : '-';
  }
  return healths;
}

// What of an order matters: sets up to the first that is healthy for everyone, without those that
// are unhealthy for everyone. If none is left, the first, which answers where all count as healthy.
// Weights and the like choose by health alone, so that only the sets that are there matter to them.
void append_relevant(const std::uint16_t* order, std::size_t sets, const std::string& healths,
                     std::string& sequence) {
  const std::size_t before = sequence.size();
  for (std::size_t i = 0; i < sets && order[i] != kNoSet; ++i) {
    if (healths[order[i]] == '-') continue;
    sequence.append(reinterpret_cast<const char*>(&order[i]), sizeof(order[i]));
    if (healths[order[i]] == '+') return;
  }
  // A set that may be unhealthy for some is last: where all count as healthy, the first answers.
  if (sets > 0) sequence.append(reinterpret_cast<const char*>(&order[0]), sizeof(order[0]));
  if (sequence.size() == before) sequence += '.';
}

}  // namespace

Partitioner::Partitioner(model::LocalityMapPtr localities) : localities_(std::move(localities)) {}

const Partitioner::Orders& Partitioner::orders_of(const RecordGroup& group, const Inputs& inputs) {
  const Selector selector(group, inputs.config);
  std::shared_ptr<const Orders>& known = orders_[selector.signature()];
  if (known != nullptr) return *known;
  auto orders = std::make_shared<Orders>();
  orders->sets = group.sets.size();
  const std::size_t count = localities_->localities().size();
  orders->order.assign(count * orders->sets, kNoSet);
  for (LocalityId id = 0; id < count; ++id) {
    const std::vector<std::uint16_t> order = selector.order(localities_->client(id));
    std::copy(order.begin(), order.end(),
              orders->order.begin() + static_cast<std::ptrdiff_t>(id * orders->sets));
  }
  octets_ += orders->order.size() * sizeof(orders->order[0]);
  known = std::move(orders);
  return *known;
}

LocalityClassesPtr Partitioner::classes_of(const RecordGroup& group, const Inputs& inputs) {
  const std::string healths = healths_of(group, inputs);
  LocalityClassesPtr& known = classes_[Selector(group, inputs.config).signature() + "|" + healths];
  if (known != nullptr) return known;
  const Orders& orders = orders_of(group, inputs);
  const std::size_t count = localities_->localities().size();
  ClassBuilder builder(count);
  SequenceNumbers numbers;
  std::string sequence;
  for (LocalityId id = 0; id < count; ++id) {
    sequence.clear();
    append_relevant(orders.order.data() + id * orders.sets, orders.sets, healths, sequence);
    builder.add(numbers.of(sequence));
  }
  octets_ += count * sizeof(std::uint32_t);
  return known = builder.take();
}

LocalityClassesPtr Partitioner::classes(const std::vector<const RecordGroup*>& groups,
                                        const Inputs& inputs) {
  std::string key = "&";
  LocalityClassesPtr all;
  for (const RecordGroup* group : groups) {
    const LocalityClassesPtr own = classes_of(*group, inputs);
    key += identity_of(own.get());
    if (all == nullptr || all == own) {
      all = own;
      continue;
    }
    LocalityClassesPtr& known = classes_[key];
    if (known == nullptr) {
      known = joint(*all, *own);
      octets_ += known->classes.size() * sizeof(std::uint32_t);
    }
    all = known;
  }
  return all;
}

PartitionPtr Partitioner::partition(const LocalityClassesPtr& from,
                                    const std::vector<std::uint16_t>& names, std::uint32_t count) {
  std::string key = identity_of(from.get());
  key.append(reinterpret_cast<const char*>(names.data()), names.size() * sizeof(names[0]));
  PartitionPtr& known = partitions_[key];
  if (known != nullptr) return known;
  auto fresh = std::make_shared<model::Partition>();
  fresh->count = count;
  fresh->classes.reserve(from->classes.size());
  for (const std::uint32_t number : from->classes) fresh->classes.push_back(names[number]);
  octets_ += fresh->classes.size() * sizeof(fresh->classes[0]);
  return known = interned(std::move(fresh));
}

PartitionPtr Partitioner::interned(std::shared_ptr<model::Partition> fresh) {
  auto& equals = interned_[absl::HashOf(fresh->classes)];
  std::erase_if(equals, [](const auto& known) { return known.expired(); });
  for (const auto& known : equals) {
    const PartitionPtr partition = known.lock();
    if (partition->count == fresh->count && partition->classes == fresh->classes) return partition;
  }
  fresh->uniform_roots = uniform_roots(localities_->root_localities(), fresh->classes);
  equals.push_back(fresh);
  return fresh;
}

void Partitioner::trim() {
  if (octets_ < kMemoryMax) return;
  octets_ = 0;
  orders_.clear();
  classes_.clear();
  partitions_.clear();
  absl::erase_if(interned_, [](auto& entry) {
    std::erase_if(entry.second, [](const auto& known) { return known.expired(); });
    return entry.second.empty();
  });
}

}  // namespace signpost::policy

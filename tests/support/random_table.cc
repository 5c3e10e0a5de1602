#include "tests/support/random_table.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "bpf/abi.h"

namespace signpost::testing {
namespace {

constexpr const char* kViews[] = {"lab", "office"};

// Whether an answer leans on the SOA of a zone.
bool leans_on(const model::Node& node, model::ZoneId zone) {
  const auto plain_leans = [zone](const model::AnswerPtr& answer) {
    return answer && std::any_of(answer->variants.begin(), answer->variants.end(),
                                 [zone](const model::Variant& v) { return v.tail == zone; });
  };
  const auto leans = [&](const model::AnswerPtr& answer) {
    if (!answer || !answer->by_locality) return plain_leans(answer);
    const auto& answers = answer->by_locality->answers;
    return std::any_of(answers.begin(), answers.end(), plain_leans);
  };
  return node.zone == zone || leans(node.other) ||
         std::any_of(node.types.begin(), node.types.end(),
                     [&](const auto& entry) { return leans(entry.second); });
}

}  // namespace

dns::Name RandomTable::any_name() {
  if (!names_.empty() && below(3) != 0) return names_[below(static_cast<unsigned>(names_.size()))];
  std::string text = "n" + std::to_string(below(400)) + ".example.";
  if (below(4) == 0) text = "Sub." + text;
  if (below(30) == 0) text = std::string(63, 'x') + "." + text;
  const dns::Name name = *dns::Name::parse(text);
  return below(4) == 0 ? name.in(*dns::NameSpace::named(kViews[below(2)])) : name;
}

model::ZoneId RandomTable::any_zone() {
  return zones_.empty() ? 0 : zones_[below(static_cast<unsigned>(zones_.size()))];
}

std::string RandomTable::octets(std::size_t count) {
  std::string result(count, '\0');
  for (char& octet : result) octet = static_cast<char>(random_());
  return result;
}

model::Variant RandomTable::any_variant() {
  model::Variant variant;
  variant.octets = octets(below(12) == 0 ? below(1400) : below(120));
  variant.rcode = below(8) == 0 ? 3 : 0;
  variant.authoritative = below(10) != 0;
  variant.ancount = static_cast<std::uint16_t>(below(5));
  variant.nscount = static_cast<std::uint16_t>(below(3));
  variant.arcount = static_cast<std::uint16_t>(below(3));
  variant.counter = below(50);
  if (below(5) == 0) variant.tail = any_zone();
  const model::Outcome outcomes[] = {model::Outcome::kAnswer, model::Outcome::kAnswer,
                                     model::Outcome::kAnswer, model::Outcome::kNodata,
                                     model::Outcome::kNxdomain};
  variant.outcome = outcomes[below(5)];
  if (below(40) == 0) variant.outcome = model::Outcome::kServfail;
  if (below(40) == 0) variant.outcome = model::Outcome::kReferral;
  return variant;
}

model::AnswerPtr RandomTable::any_answer() {
  return below(6) == 0 ? any_local_answer() : any_plain_answer();
}

model::PartitionPtr RandomTable::new_partition(std::uint32_t count) {
  auto partition = std::make_shared<model::Partition>();
  partition->count = count;
  for (std::size_t i = 0; i < table_.localities->localities().size(); ++i)
    partition->classes.push_back(static_cast<std::uint16_t>(below(count)));
  partitions_.push_back(partition);
  return partition;
}

model::AnswerPtr RandomTable::any_local_answer() {
  const bool is_new = partitions_.empty() || below(4) == 0;
  const model::PartitionPtr partition =
      is_new ? new_partition(1 + below(below(6) == 0 ? 40 : 4))
             : partitions_[below(static_cast<unsigned>(partitions_.size()))];
  model::AnswersByLocality local{.partition = partition, .answers = {}};
  while (local.answers.size() < partition->count) {
    const bool is_shared = !local.answers.empty() && below(3) == 0;
    local.answers.push_back(is_shared ? local.answers.front() : any_plain_answer());
  }
  auto answer = std::make_shared<model::Answer>();
  answer->by_locality = std::move(local);
  return answer;
}

// Another map, and so other partitions for all names that have one.
void RandomTable::change_localities(model::TableChange& change) {
  model::LocalityMap::Parts parts;
  parts.localities.resize(1 + below(100));
  parts.cells.resize(1 + below(50));
  for (model::LocalityCell& cell : parts.cells) cell.fill(static_cast<std::uint32_t>(random_()));
  table_.localities = std::make_shared<const model::LocalityMap>(std::move(parts));
  partitions_.clear();
  std::map<model::PartitionPtr, model::PartitionPtr> moved;
  const auto move = [&](model::AnswerPtr& answer) {
    if (!answer || !answer->by_locality) return false;
    model::AnswersByLocality local = *answer->by_locality;
    model::PartitionPtr& partition = moved[local.partition];
    if (!partition) partition = new_partition(local.partition->count);
    local.partition = partition;
    auto copy = std::make_shared<model::Answer>();
    copy->by_locality = std::move(local);
    answer = std::move(copy);
    return true;
  };
  // In an order that the seed decides: that of the map differs between processes.
  std::map<std::string, dns::Name> names;
  table_.nodes.for_each(
      [&](const dns::Name& name, const model::NodePtr&) { names.emplace(name.text(), name); });
  for (const auto& [text, name] : names) {
    auto node = std::make_shared<model::Node>(**table_.nodes.find(name));
    bool is_local = move(node->other);
    for (auto& [type, answer] : node->types) is_local |= move(answer);
    if (!is_local) continue;
    table_.nodes.set(name, node);
    change.names.push_back(name);
  }
}

void RandomTable::change_views() {
  std::vector<model::ViewPtr> views;
  for (unsigned i = below(3); i-- > 0;) {
    auto view = std::make_shared<model::View>();
    view->space = *dns::NameSpace::named(kViews[i]);
    for (unsigned networks = 1 + below(40); networks > 0; --networks) {
      model::Prefix host{.is_ipv6 = false, .length = 32, .octets = {}};
      for (std::size_t octet = 0; octet < 4; ++octet)
        host.octets[octet] = static_cast<std::uint8_t>(random_());
      view->networks.push_back(host.truncated(static_cast<std::uint8_t>(below(33))));
    }
    views.push_back(std::move(view));
  }
  table_.views = std::make_shared<const model::ViewMap>(views);
}

model::AnswerPtr RandomTable::any_plain_answer() {
  auto answer = std::make_shared<model::Answer>();
  const unsigned variants = below(3) == 0 ? 1 + below(6) : 1;
  for (unsigned i = 0; i < variants; ++i) answer->variants.push_back(any_variant());
  if (below(2) == 0) {
    model::Ring ring;
    ring.id = below(60);
    ring.mode = static_cast<model::RingMode>(below(3));
    const unsigned slots = 1 + below(below(10) == 0 ? 300 : 40);
    for (unsigned i = 0; i < slots; ++i)
      ring.slots.push_back(static_cast<std::uint16_t>(below(variants)));
    answer->ring = std::move(ring);
  }
  return answer;
}

// One record at the name itself, of a length that a node has room for as a rule; or not quite that.
model::AnswerPtr RandomTable::record_answer(std::uint16_t type) {
  auto answer = std::make_shared<model::Answer>();
  model::Variant& only = answer->variants.emplace_back();
  only.ancount = 1;
  only.rcode = below(20) == 0 ? 6 : 0;
  only.authoritative = below(20) != 0;
  only.tail = below(20) == 0 ? any_zone() : 0;
  only.counter = below(3) == 0 ? below(60) : 0;
  const std::string data = octets(below(NODE_RECORD_OCTETS + 3));
  only.octets = std::string("\xc0\x0c", 2) + static_cast<char>(type >> 8) +
                static_cast<char>(type) + std::string("\0\1", 2) + octets(4) + '\0' +
                static_cast<char>(data.size()) + data;
  return answer;
}

model::NodePtr RandomTable::any_node() {
  auto node = std::make_shared<model::Node>();
  node->zone = below(10) == 0 ? 0 : any_zone();
  node->is_void = below(8) == 0;
  node->is_zone_cut = !node->is_void && below(10) == 0;
  node->has_wildcard = below(5) == 0;
  if (node->is_void) node->encloser_labels = below(4);
  if (below(12) == 0) node->dname_target = *dns::Name::parse("target.example.");
  std::set<std::uint16_t> types;
  for (unsigned i = below(below(6) == 0 ? 30 : 4); i > 0; --i)
    types.insert(static_cast<std::uint16_t>(1 + below(70)));
  for (const std::uint16_t type : types)
    node->types.emplace_back(static_cast<dns::RRType>(type),
                             types.size() == 1 ? record_answer(type) : any_answer());
  if (below(10) == 0) node->other = any_answer();
  return node;
}

void RandomTable::put_zone(model::ZoneId id, const dns::Name& apex, model::TableChange& change) {
  auto zone = std::make_shared<model::ZoneAnswers>();
  zone->id = id;
  zone->apex = apex;
  zone->nodata.outcome = model::Outcome::kNodata;
  zone->nxdomain.outcome = model::Outcome::kNxdomain;
  zone->nxdomain.rcode = 3;
  for (model::Variant* negative : {&zone->nodata, &zone->nxdomain}) {
    negative->nscount = 1;
    negative->tail = id;
  }
  const std::size_t most = apex.wire().size() + 10 + 510 + 20;
  zone->soa = octets(below(4) == 0 ? most : apex.wire().size() + 40 + below(60));
  table_.zone_answers.set(id, zone);
  change.zones.push_back(id);
}

void RandomTable::remove_name(const dns::Name& name, model::TableChange& change) {
  table_.nodes.erase(name.folded());
  change.names.push_back(name);
}

void RandomTable::remove_zone(model::ZoneId id, model::TableChange& change) {
  table_.zone_answers.erase(id);
  change.zones.push_back(id);
  zones_.erase(std::find(zones_.begin(), zones_.end(), id));
  std::vector<dns::Name> leaning;
  table_.nodes.for_each([&](const dns::Name& name, const model::NodePtr& node) {
    if (leans_on(*node, id)) leaning.push_back(name);
  });
  for (const dns::Name& name : leaning) remove_name(name, change);
}

void RandomTable::change_zone(model::TableChange& change) {
  const model::ZoneId old = any_zone();
  if (zones_.size() > 1 && below(6) == 0) return remove_zone(old, change);
  if (old != 0 && below(2) == 0)
    return put_zone(old, (*table_.zone_answers.find(old))->apex, change);
  if (zones_.size() >= 6) return;
  zones_.push_back(next_zone_);
  // Now and then the apex is a name that exists, so that DS is asked for at an apex.
  const dns::Name apex = any_name();
  put_zone(next_zone_++, apex, change);
  const model::NodePtr* node = table_.nodes.find(apex.folded());
  if (node == nullptr) return;
  auto moved = std::make_shared<model::Node>(**node);
  moved->zone = zones_.back();
  table_.nodes.set(apex.folded(), moved);
  change.names.push_back(apex);
}

void RandomTable::change_name(model::TableChange& change) {
  const dns::Name name = any_name();
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  if (below(4) == 0) return remove_name(name, change);
  table_.nodes.set(name.folded(), any_node());
  change.names.push_back(name);
}

model::TableChange RandomTable::change(int steps) {
  model::TableChange change;
  for (int i = 0; i < steps; ++i) {
    if (below(60) == 0) {
      change_localities(change);
    } else if (below(60) == 0) {
      change_views();
    } else if (zones_.empty() || below(6) == 0) {
      change_zone(change);
    } else {
      change_name(change);
    }
  }
  ++table_.generation;
  return change;
}

model::TableChange RandomTable::remove_all() {
  model::TableChange change;
  change.names = names_;
  change.zones = zones_;
  zones_.clear();
  table_.nodes = {};
  table_.zone_answers = {};
  table_.localities = model::LocalityMap::nowhere();
  table_.views = std::make_shared<const model::ViewMap>();
  partitions_.clear();
  ++table_.generation;
  return change;
}

}  // namespace signpost::testing

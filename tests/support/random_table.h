// Answer tables made up at random, and changed at random: for tests that compare tables with maps.
// Their maps of localities have any octets, and no client can be found in them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "model/answer_table.h"

namespace signpost::testing {

class RandomTable {
 public:
  // The same seed gives the same tables.
  explicit RandomTable(std::uint64_t seed) : random_(seed) {}

  // Changes up to `steps` names or zones, and returns what changed. Each call makes a new
  // generation.
  model::TableChange change(int steps);

  // Removes everything.
  model::TableChange remove_all();

  const model::AnswerTable& table() const { return table_; }

  // Every name that was ever in the table.
  const std::vector<dns::Name>& names() const { return names_; }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  dns::Name any_name();
  model::ZoneId any_zone();
  std::string octets(std::size_t count);
  model::Variant any_variant();
  model::AnswerPtr any_answer();
  model::AnswerPtr any_plain_answer();
  model::AnswerPtr any_local_answer();
  model::PartitionPtr new_partition(std::uint32_t count);
  void change_localities(model::TableChange& change);
  void change_views();
  model::AnswerPtr record_answer(std::uint16_t type);
  model::NodePtr any_node();
  void put_zone(model::ZoneId id, const dns::Name& apex, model::TableChange& change);
  void remove_zone(model::ZoneId id, model::TableChange& change);
  void remove_name(const dns::Name& name, model::TableChange& change);
  void change_name(model::TableChange& change);
  void change_zone(model::TableChange& change);

  std::mt19937_64 random_;
  model::AnswerTable table_;
  std::vector<dns::Name> names_;
  std::vector<model::ZoneId> zones_;
  std::vector<model::PartitionPtr> partitions_;  // of the localities of the table
  model::ZoneId next_zone_ = 1;
};

}  // namespace signpost::testing

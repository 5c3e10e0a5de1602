// Maps of localities at random, and tables whose answers depend on them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "model/answer_table.h"

namespace signpost::testing {

// A map of `localities` localities, with leaves of every length around the addresses that
// client_near() draws, and with localities of its own for some prefixes that hold longer leaves.
model::LocalityMapPtr random_localities(std::mt19937& random, std::uint32_t localities);

// The octets of an address, IPv4 or IPv6, around which leaves are small.
std::string client_near(std::mt19937& random, bool is_ipv6);

// The table with another map of localities, and with every second answer by locality: its classes
// have the answers of the same node.
model::AnswerTable with_local_answers(const model::AnswerTable& table, std::mt19937& random,
                                      model::LocalityMapPtr localities);

}  // namespace signpost::testing

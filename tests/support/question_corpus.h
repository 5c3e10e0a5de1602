// A configuration that has everything, and questions about it: names that exist, almost exist and
// do not, in every case, with every kind of EDNS.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "model/change.h"
#include "model/observations.h"
#include "tests/support/packet.h"

namespace signpost::testing {

// Zones example.com (all types, policies, cuts, DNAME, wildcards, aliases), deep.example.com below
// it, and example.org; health checks up, down and unknown (`corpus_observations`).
model::ChangeBatch corpus_batch();
model::Observations corpus_observations();

// A client subnet option for the first `source` bits of an address, and one at random, of a client
// near those that local_answers.h tells apart.
std::string subnet_of(std::string address, unsigned source);
std::string subnet_near(std::mt19937& random);

// Draws questions; the same seed gives the same ones.
class QuestionCorpus {
 public:
  explicit QuestionCorpus(unsigned seed) : random_(seed) {}

  // A frame to 192.0.2.53 or 2001:db8::53, port 53, that any server should find well-formed.
  Frame next();

 private:
  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
  std::string qname();
  unsigned qtype();
  std::optional<Edns> edns();
  std::string edns_options();

  std::mt19937 random_;
};

}  // namespace signpost::testing

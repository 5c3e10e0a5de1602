// Frames of a question corpus, damaged as a hostile or broken client would send them.
#pragma once

#include <random>
#include <string>

#include "tests/support/question_corpus.h"

namespace signpost::testing {

// Mutations know the structure of a frame, so that many mutants are still answered: single octets
// and bits anywhere, lengths that lie, cut or lengthened messages, counts and flags, another OPT,
// labels that run over.
class FrameMutator {
 public:
  explicit FrameMutator(unsigned seed) : corpus_(seed), random_(seed) {}

  std::string next();

 private:
  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
  void mutate_message(std::string& message);
  void mutate_headers(Frame& frame);

  QuestionCorpus corpus_;
  std::mt19937 random_;
};

}  // namespace signpost::testing

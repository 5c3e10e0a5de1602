#include <algorithm>
#include <utility>

#include "base/log.h"
#include "control/controller_impl.h"

namespace signpost::control {

void Controller::Impl::on_external(const std::string& key, model::ExternalAnswerPtr answer) {
  {
    std::lock_guard lock(mutex_);
    external_answers_[key] = std::move(answer);
  }
  woken_.notify_one();
}

void Controller::Impl::publish_externals(const ExternalAnswers& answers) {
  std::set<std::string> changed = unpublished_externals_;
  for (const auto& [key, answer] : answers) {
    seen_.external.set(key, answer);
    changed.insert(key);
  }
  const RunningPtr now = running();
  if (!publisher_.publish_external(now->config, seen_, changed).ok()) {
    unpublished_externals_ = std::move(changed);  // run() tries again
    save_externals(answers);
    return note_failure();
  }
  unpublished_externals_.clear();
  set_running(*now);
  save_externals(answers);
}

void Controller::Impl::save_externals(const ExternalAnswers& answers) {
  if (answers.empty()) return;
  if (const absl::Status saved = store_.save_externals(answers); !saved.ok()) {
    log::warning("answers to external aliases could not be stored", {{"error", message_of(saved)}});
  }
}

// After whatever may have changed which targets are in use.
void Controller::Impl::tell_of_externals() {
  std::vector<std::string> externals = publisher_.externals();
  if (externals != externals_) use_externals(std::move(externals));
}

void Controller::Impl::use_externals(std::vector<std::string> externals) {
  ExternalAnswers gone;
  for (const std::string& key : externals_) {
    if (std::binary_search(externals.begin(), externals.end(), key)) continue;
    seen_.external.erase(key);
    gone[key] = nullptr;
  }
  save_externals(gone);
  externals_ = std::move(externals);
  if (options_.externals_changed) options_.externals_changed(externals_);
}

}  // namespace signpost::control

// Warnings about one group and the branches of its tree.
#pragma once

#include <string>
#include <vector>

#include "model/config.h"

namespace signpost::policy {

// Adds what an operator should know of `group`, which `words` names, as "www.example.com. A".
void warn_about_group(const model::Config& config, const std::string& words,
                      const model::RecordGroup& group, std::vector<std::string>& found);

// Only about branches that can't fail over because of what is below them.
void warn_about_branches(const model::Config& config, const std::string& words,
                         const model::RecordGroup& group, std::vector<std::string>& found);

}  // namespace signpost::policy

/* Supervisor only.  See default_names.h. */
#include "policy/default_names.h"

#include <stddef.h>

const char *const policy_default_names[] = {".git", ".codex", ".agents", NULL};

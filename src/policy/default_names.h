/* The names that are protected under every root unless RIND_DEFAULT_PROTECT is off. */
#ifndef RIND_POLICY_DEFAULT_NAMES_H
#define RIND_POLICY_DEFAULT_NAMES_H

extern const char *const policy_default_names[]; /* ends with NULL */

#endif

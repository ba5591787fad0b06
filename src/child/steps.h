/*
 * Child side: the steps of init and of the command, by the files that they are in.  init.c has their order.
 * Every function returns 0 or -errno, with child->stage, op and call saying where it was.
 */
#ifndef RIND_CHILD_STEPS_H
#define RIND_CHILD_STEPS_H

#include "sandbox/child.h"

/* --- descriptors.c --- */

/* End with the supervisor, whose end of the socket init was born with. */
int descriptors_follow_supervisor(struct child *child) _must_check_;
/* Close what is not the command's, and have 0 to 2 open. */
int descriptors_arrange(struct child *child) _must_check_;
/* What the caller has given for the command's 0 to 2 in their places. */
int descriptors_put_given(struct child *child) _must_check_;
/* The command's standard input is to be /dev/null, where the plan says so. */
int descriptors_replace_input(struct child *child) _must_check_;
/* The host's /proc/self, where something can only be done through it. */
int descriptors_open_self(struct child *child) _must_check_;
/* Note one that init keeps open while the command runs; then close all others. */
void descriptors_keep(struct child *child, int fd);
int descriptors_close_others(struct child *child) _must_check_;
/* In the command: leave open what it is to have, and nothing else. */
int descriptors_hand_over(struct child *child) _must_check_;
int descriptors_close_on_exec(struct child *child) _must_check_;

/* --- caller.c: what the caller of the sandbox is waited for, and what it has held --- */

int caller_await_supervisor(struct child *child) _must_check_;
int caller_await_release(struct child *child) _must_check_;
int caller_take_locks(struct child *child) _must_check_;

/* --- identity.c: user, host name, loopback, session, keyring, working directory --- */

int identity_become_user(struct child *child) _must_check_;
int identity_raise_loopback(struct child *child) _must_check_;
int identity_write_id_maps(struct child *child) _must_check_;
int identity_set_hostname(struct child *child) _must_check_;
int identity_leave_first_user_namespace(struct child *child) _must_check_;
int identity_join_keyring(struct child *child) _must_check_;
int identity_change_directory(struct child *child) _must_check_;
int identity_start_session(struct child *child) _must_check_;
/* Is init what it was to become, which the command is born as? */
int identity_check(struct child *child) _must_check_;

/* --- streams.c, terminals.c: descriptors of the command that are on files and terminals of the host --- */

int streams_gather(struct child *child) _must_check_;
int streams_replace(struct child *child) _must_check_;
/* Before the mounts: open the terminals that the command is given anew. */
int terminals_replace(struct child *child) _must_check_;
/* After the mounts: /dev/null in place of those that it is not given. */
int terminals_take_away(struct child *child) _must_check_;

/* --- rights.c --- */

/* Give up what the command is not to have. */
int rights_restrict(struct child *child) _must_check_;
/* Who may trace init, just before the command is born: its owner on the host, or nobody; never the command. */
int rights_guard(struct child *child) _must_check_;
/* The command exists: init needs no rights any more. */
int rights_give_up(struct child *child) _must_check_;
/* In the command: what only init was to keep. */
int rights_hand_over(struct child *child) _must_check_;

/* --- landlock.c --- */

int landlock_make_ruleset(struct child *child) _must_check_;
int landlock_enter(struct child *child) _must_check_;

/* --- filters.c --- */

/* Read the caller's last filter; in the command: load the plan's own, and then the caller's. */
int filters_read(struct child *child) _must_check_;
int filters_load_own(struct child *child) _must_check_;
int filters_load_given(struct child *child) _must_check_;

/* --- limits.c --- */

int limits_apply(struct child *child) _must_check_;

/* --- command.c --- */

/* Runs in the command, which shares init's memory; the argument is struct child. */
int command_main(void *child);

/* --- reap.c --- */

/* Wait for the command's end, pass signals on to it, and end. */
void reap_until_end(struct child *child, int command, int signals) __attribute__((noreturn));

/* --- init.c --- */

void init_main(const struct frozen *frozen) __attribute__((noreturn));

#endif

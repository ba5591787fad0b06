/*
 * Child side: the steps of init and of the command, by file; init.c has their order.  Every
 * function returns 0 or -errno, with child->stage, op and call naming the place.
 */
#ifndef RIND_CHILD_STEPS_H
#define RIND_CHILD_STEPS_H

#include "sandbox/child.h"

/* --- descriptors.c --- */

/* End with the supervisor; close init's copy of the supervisor's end of the socket. */
int descriptors_follow_supervisor(struct child *child) _must_check_;
/* Close what neither init nor the command needs; open 0 to 2 on /dev/null where they are closed. */
int descriptors_arrange(struct child *child) _must_check_;
/* Put the files that the caller gives for the command's 0 to 2 there. */
int descriptors_put_given(struct child *child) _must_check_;
/* Where the plan says so, make the command's standard input /dev/null. */
int descriptors_replace_input(struct child *child) _must_check_;
/* Open the host's /proc/self, where something can only be done through it. */
int descriptors_open_self(struct child *child) _must_check_;
/* Note a descriptor that init needs while the command runs; then close all others. */
void descriptors_keep(struct child *child, int fd);
int descriptors_close_others(struct child *child) _must_check_;
/*
 * Call function for each descriptor that the command keeps, and, unless there are no namespaces,
 * for its 0 to 2, up to the first failure.
 */
int descriptors_each(
	struct child *child, int (*function)(struct child *child, int fd)) _must_check_;
/* In the command: leave open what the plan gives it; close everything else. */
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
/* Are init's ids, host name and session as planned?  The command is born with them. */
int identity_check(struct child *child) _must_check_;

/* --- streams.c, terminals.c: the command's descriptors on files and terminals of the host --- */

int streams_gather(struct child *child) _must_check_;
int streams_replace(struct child *child) _must_check_;
/*
 * opened: what opening a path returned.  Keep it if it is open on this file; otherwise close it:
 * -ESTALE.  node: see struct frozen_stream; 0: the identity counts alone.
 */
int streams_verify(struct child *child, int opened, const struct plan_identity *file,
	uint64_t node) _must_check_;
/* Before the mounts: reopen the terminals that the command gets. */
int terminals_replace(struct child *child) _must_check_;
/* After the mounts: put /dev/null in the place of those that it must not have. */
int terminals_take_away(struct child *child) _must_check_;

/* --- rights.c --- */

/* Drop the capabilities that the command must not have; set no_new_privs. */
int rights_restrict(struct child *child) _must_check_;
/*
 * Just before the command is created: choose who may trace init: its owner on the host, or
 * nobody.
 */
int rights_guard(struct child *child) _must_check_;
/* Once the command exists: drop all of init's capabilities. */
int rights_give_up(struct child *child) _must_check_;
/* In the command: drop what only init keeps. */
int rights_hand_over(struct child *child) _must_check_;

/* --- landlock.c --- */

int landlock_make_ruleset(struct child *child) _must_check_;
int landlock_enter(struct child *child) _must_check_;

/* --- filters.c --- */

/*
 * In init: read the caller's last filter.  In the command: load the plan's own, then the
 * caller's.
 */
int filters_read(struct child *child) _must_check_;
int filters_load_own(struct child *child) _must_check_;
int filters_load_given(struct child *child) _must_check_;

/* --- limits.c --- */

int limits_apply(struct child *child) _must_check_;

/* --- command.c --- */

/* Runs in the command, which shares init's memory; the argument is its struct child. */
int command_main(void *child);

/* --- reap.c --- */

/* Reap processes and pass on signals until the command ends; then end. */
void reap_until_end(struct child *child, int command, int signals) __attribute__((noreturn));

/* --- init.c --- */

void init_main(const struct frozen *frozen) __attribute__((noreturn));

#endif

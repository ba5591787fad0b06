/*
 * See glob_walk.h.
 *
 * A *state* is a part of an anchor's pattern that the next name has to match.  Each directory on
 * the way has the states that are possible in it; a name that matches the last part is a match, and
 * one that matches another leads on with the next state.  So a name costs one comparison for each
 * state, however many asterisks a pattern has.
 *
 * The memory does not grow with what is there, which a command may have made: it is that of the
 * deepest way.
 */
#include "policy/glob_walk.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"
#include "policy/remote_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A directory that is being read. */
struct level {
	int fd;
	size_t length; /* of its path */
	size_t *states;
	size_t state_count;
	long used, at; /* the bytes of buffer that were filled, and those that were taken */
	bool listed;   /* there was an entry */
	union {
		struct sys_dirent aligned;
		char bytes[16 * 1024];
	} buffer;
};

struct state {
	size_t anchor, part;
	size_t mark; /* the last set that it was added to */
};

struct walker {
	struct glob_walk *walk;
	struct arena arena;
	struct state *states;
	size_t state_count;
	size_t marks; /* sets that were begun */
	struct level *levels[GLOB_MOST_DEPTH + 1];
	size_t depth; /* of the directory that is being read */
	struct remote_mounts remote;
	char path[PATH_MAX]; /* of it, and of the entry that is looked at */
};

static const struct glob_anchor *anchor_of(const struct walker *w, size_t state)
{
	return &w->walk->anchors[w->states[state].anchor];
}

static const struct glob_part *part_of(const struct walker *w, size_t state)
{
	return &anchor_of(w, state)->glob->parts[w->states[state].part];
}

/* --- sets of states --------------------------------------------------------------------------- */

static void begin_set(struct walker *w, struct level *level)
{
	level->state_count = 0;
	w->marks++;
}

static void add_state(struct walker *w, struct level *level, size_t state)
{
	for (;; state++) {
		if (w->states[state].mark == w->marks)
			return;
		w->states[state].mark = w->marks;
		level->states[level->state_count++] = state;
		/* It may stand for no directory at all; a part always comes after it. */
		if (part_of(w, state)->kind != GLOB_ANYWHERE)
			return;
	}
}

/* Begin the patterns of this directory, if it is the base of any. */
static void add_anchors(struct walker *w, struct level *level, const char *path)
{
	struct glob_anchor *anchors = w->walk->anchors;
	size_t low = 0, high = w->walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (path_compare(anchors[middle].base, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < w->walk->count && !strcmp(anchors[low].base, path); low++) {
		if (!anchors[low].begun)
			add_state(w, level, anchors[low].first);
		anchors[low].begun = true;
	}
}

/* --- directories ------------------------------------------------------------------------------ */

static struct level *level_at(struct walker *w, size_t depth)
{
	struct level *level = w->levels[depth];

	if (level)
		return level;
	level = arena_alloc(&w->arena, sizeof(*level));
	if (!level)
		return NULL;
	level->fd = -1;
	level->states = arena_alloc(&w->arena, w->state_count * sizeof(*level->states));
	w->levels[depth] = level->states ? level : NULL;
	return w->levels[depth];
}

static int fail(struct walker *w, const struct level *level, int error, const char *reason)
{
	const char *rule = anchor_of(w, level->states[0])->rule;
	return rind_error_set(w->walk->err, error,
		"%s: %s cannot be looked through: %s; begin the pattern with the directory that is "
		"meant",
		rule, w->path, reason);
}

/* The directory at path may not be opened. */
static int judge_unreadable(
	struct walker *w, const struct level *level, int parent, const char *name)
{
	struct stat stat;
	int error = sys_fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW);

	/* The directory that it is in may not be searched: then that one decides. */
	if (error == -EACCES && parent >= 0)
		error = sys_fstat(parent, &stat);
	if (error == -ENOENT)
		return 0;
	if (error < 0)
		return fail(w, level, error, errno_text(-error));
	for (size_t i = 0; i < level->state_count; i++) {
		int result = w->walk->unreadable(
			w->walk, anchor_of(w, level->states[i]), w->path, stat.st_uid);
		if (result < 0)
			return result;
	}
	return 0;
}

/*
 * Is there a mount in the way whose server need not answer?  1: leave it out.  A FUSE of another
 * user's, which the kernel keeps from us and the command, says so without asking its server.
 */
static int judge_mount(struct walker *w, const struct level *level)
{
	const char *type = remote_mounts_find(&w->remote, w->path);
	struct sys_statx stat;

	if (!type)
		return 0;
	if (!strncmp(type, "fuse", 4) && sys_statx_path(w->path, SYS_STATX_TYPE, &stat) == -EACCES)
		return 1;
	for (size_t i = 0; i < level->state_count; i++) {
		int result =
			w->walk->remote(w->walk, anchor_of(w, level->states[i]), w->path, type);
		if (result < 0)
			return result;
	}
	return 1;
}

/* Open the directory that level is for, and go on in it. */
static int enter(struct walker *w, struct level *level, int parent, const char *name)
{
	level->fd = sys_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOCTTY, 0);
	if (level->fd == -EACCES)
		return judge_unreadable(w, level, parent, name);
	/* It has gone, or is no directory any more: then it is one that was made later. */
	if (level->fd == -ENOENT || level->fd == -ENOTDIR || level->fd == -ELOOP)
		return 0;
	if (level->fd < 0)
		return fail(w, level, level->fd, errno_text(-level->fd));
	level->length = strlen(w->path);
	level->used = level->at = 0;
	level->listed = false;
	w->depth++;
	return 0;
}

/* Every directory has an entry ".", but on some servers. */
static int check_listed(struct walker *w, const struct level *level)
{
	enum { FUSE = 0x65735546 /* FUSE_SUPER_MAGIC */ };
	struct statfs stat;

	if (level->listed || (!sys_fstatfs(level->fd, &stat) && stat.f_type == FUSE))
		return 0;
	return fail(w, level, -EIO, "what it holds was not told");
}

/* The next entry; *ret NULL: at the end. */
static int next_entry(struct walker *w, struct level *level, const struct sys_dirent **ret)
{
	*ret = NULL;
	if (level->at >= level->used) {
		level->at = 0;
		level->used =
			sys_getdents(level->fd, level->buffer.bytes, sizeof(level->buffer.bytes));
		/* It was removed while it was read. */
		if (level->used == -ENOENT)
			return 0;
		if (level->used < 0)
			return fail(w, level, (int)level->used, errno_text((int)-level->used));
		if (!level->used)
			return check_listed(w, level);
	}
	level->listed = true;
	*ret = (const void *)(level->buffer.bytes + level->at);
	level->at += (*ret)->length;
	return 0;
}

/* --- entries ---------------------------------------------------------------------------------- */

static int kind_of(const struct level *level, const struct sys_dirent *entry)
{
	struct stat stat;

	if (entry->type != DT_UNKNOWN)
		return entry->type;
	if (sys_fstatat(level->fd, entry->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return S_ISDIR(stat.st_mode) ? DT_DIR : S_ISLNK(stat.st_mode) ? DT_LNK : DT_REG;
}

/*
 * A pattern that gives rights matches no symbolic link: a command may have made it, and chosen
 * where it leads.
 */
static bool fits(const struct glob *glob, const struct level *level, const struct sys_dirent *entry)
{
	if (!glob->opens && !glob->only_directories)
		return true;
	int kind = kind_of(level, entry);
	if (glob->opens && (kind == DT_LNK || kind == DT_UNKNOWN))
		return false;
	return !glob->only_directories || kind == DT_DIR || kind == DT_LNK || kind == DT_UNKNOWN;
}

/* The name of the directory that is being read. */
static const char *directory_name(struct walker *w, const struct level *level, char *ret)
{
	size_t start = level->length;

	while (start && w->path[start - 1] != '/')
		start--;
	size_t length = level->length - start;
	if (length > NAME_MAX)
		length = 0;
	memcpy(ret, w->path + start, length);
	ret[length] = '\0';
	return ret;
}

/* Take one state to an entry: a match, or what is possible in the directory that it is. */
static int advance(struct walker *w, const struct level *level, struct level *next, size_t state,
	const struct sys_dirent *entry)
{
	const struct glob_anchor *anchor = anchor_of(w, state);
	const struct glob_part *part = part_of(w, state);
	bool may_enter = entry->type == DT_DIR || entry->type == DT_UNKNOWN;
	char parent[NAME_MAX + 1];

	if (part->kind == GLOB_ANYWHERE) {
		if (may_enter &&
			glob_enters(anchor->glob, directory_name(w, level, parent), entry->name))
			add_state(w, next, state);
		return 0;
	}
	if (!glob_part_matches(anchor->glob, part, entry->name))
		return 0;
	if (w->states[state].part + 1 == anchor->glob->count)
		return fits(anchor->glob, level, entry) ? w->walk->found(w->walk, anchor, w->path)
							: 0;
	if (may_enter)
		add_state(w, next, state + 1);
	return 0;
}

static int refuse_bound(struct walker *w, const struct level *level, const char *bound)
{
	const struct glob_anchor *anchor = anchor_of(w, level->states[0]);

	w->path[level->length] = '\0';
	return rind_error_set(w->walk->err, -E2BIG,
		"%s: %s below %s, seen at %s: patterns are looked for no further; name the "
		"directory that is meant in the pattern, such as %s/DIR/NAME, or use paths",
		anchor->rule, bound, anchor->base, w->path, anchor->base[1] ? anchor->base : "");
}

/* Append the name to the path of the directory, which is in w->path. */
static int append_name(struct walker *w, const struct level *level, const char *name)
{
	size_t slash = w->path[level->length - 1] != '/', length = strlen(name);

	if (level->length + slash + length >= sizeof(w->path))
		return refuse_bound(w, level, "there are paths longer than the system's limit");
	if (slash)
		w->path[level->length] = '/';
	memcpy(w->path + level->length + slash, name, length + 1);
	return 0;
}

static int look_at(struct walker *w, struct level *level, const struct sys_dirent *entry)
{
	const char *name = entry->name;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (++w->walk->entries > GLOB_MOST_ENTRIES)
		return refuse_bound(w, level, "there are more than 1000000 files");
	/* The last level is there only to learn that something would go on in it. */
	struct level *next = level_at(w, w->depth);
	if (!next)
		return rind_error_no_memory(w->walk->err);
	int result = append_name(w, level, name);
	begin_set(w, next);
	for (size_t i = 0; !result && i < level->state_count; i++)
		result = advance(w, level, next, level->states[i], entry);
	if (result < 0 || (entry->type != DT_DIR && entry->type != DT_UNKNOWN))
		return result;
	if (next->state_count && (result = judge_mount(w, next)) > 0)
		begin_set(w, next);
	if (result < 0)
		return result;
	add_anchors(w, next, w->path);
	if (!next->state_count)
		return 0;
	if (w->depth == GLOB_MOST_DEPTH)
		return refuse_bound(w, level, "directories are more than 64 deep");
	return enter(w, next, level->fd, name);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int walk_from(struct walker *w, const char *base)
{
	struct level *level = level_at(w, 0);
	if (!level)
		return rind_error_no_memory(w->walk->err);
	begin_set(w, level);
	add_anchors(w, level, base);
	strcpy(w->path, base);
	w->depth = 0;
	int result = enter(w, level, AT_FDCWD, base);

	while (!result && w->depth) {
		const struct sys_dirent *entry;
		level = w->levels[w->depth - 1];
		w->path[level->length] = '\0';
		result = next_entry(w, level, &entry);
		if (result < 0)
			break;
		if (entry) {
			result = look_at(w, level, entry);
			continue;
		}
		close_fd(&level->fd);
		w->depth--;
	}
	return result;
}

static int compare_anchors(const void *a, const void *b)
{
	const struct glob_anchor *x = a, *y = b;
	return path_compare(x->base, y->base);
}

/* Number the states, which are those of the first anchor, then those of the second, … */
static int number_states(struct walker *w)
{
	struct glob_walk *walk = w->walk;
	size_t number = 0;

	for (size_t i = 0; i < walk->count; i++)
		w->state_count += walk->anchors[i].glob->count;
	w->states = arena_alloc(&w->arena, (w->state_count + 1) * sizeof(*w->states));
	if (!w->states)
		return rind_error_no_memory(walk->err);
	for (size_t i = 0; i < walk->count; i++) {
		walk->anchors[i].first = number;
		for (size_t part = 0; part < walk->anchors[i].glob->count; part++)
			w->states[number++] = (struct state){.anchor = i, .part = part};
	}
	return 0;
}

static void free_walker(struct walker **w)
{
	for (size_t i = 0; *w && i <= GLOB_MOST_DEPTH; i++)
		if ((*w)->levels[i])
			close_fd(&(*w)->levels[i]->fd);
	if (*w)
		arena_free(&(*w)->arena);
	free(*w);
}

int glob_walk(struct glob_walk *walk)
{
	__attribute__((cleanup(free_walker))) struct walker *w = NULL;
	if (!walk->count)
		return 0;
	qsort(walk->anchors, walk->count, sizeof(*walk->anchors), compare_anchors);
	w = calloc(1, sizeof(*w));
	if (!w)
		return rind_error_no_memory(walk->err);
	w->walk = walk;
	int result = number_states(w);
	if (!result)
		result = remote_mounts_read(&w->remote, &w->arena, walk->err);
	for (size_t i = 0; !result && i < walk->count; i++)
		if (!walk->anchors[i].begun)
			result = walk_from(w, walk->anchors[i].base);
	return result;
}

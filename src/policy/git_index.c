/*
 * See git_index.h.
 *
 * Supervisor, with the caller's privileges.  An earlier sandboxed command may have written what is
 * in a workspace: the file may be of any kind and size, change while it is read, and say anything.
 * So it is read through a window, not mapped (a file that is cut off then means SIGBUS), no number
 * in it decides how much memory is taken, and whatever is odd ends the reading: an index of which
 * only a part is understood may name a submodule in the other part.
 */
#include "policy/git_index.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/sys.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SHA1_SIZE = 20,
	SHA256_SIZE = 32,

	HEADER_SIZE = 12, /* "DIRC", version, number of entries */
	MIN_VERSION = 2,
	COMPRESSED_VERSION = 4,

	/* An entry: stat data, object name, flags, perhaps more flags, path. */
	MODE_OFFSET = 24,
	STAT_SIZE = 40,
	FLAGS_SIZE = 2,
	FLAG_EXTENDED = 0x4000,
	NAME_MASK = 0x0fff,      /* of the flags: the length of the path, or all ones if longer */
	EXTENDED_KNOWN = 0x6000, /* skip-worktree and intent-to-add; git refuses others */
	TYPE_MASK = 0170000,
	TYPE_GITLINK = 0160000,

	EXTENSION_HEADER_SIZE = 8,
	BITS_IN_WORD = 64,

	MAX_ENTRY = 8192, /* longer than with any path that the kernel accepts */
	WINDOW_SIZE = 128 * 1024,
};

static const uint64_t MAX_SIZE = 512ULL << 20;

/* Numbers of entries, ascending. */
struct numbers {
	uint32_t *items;
	size_t count;
};

/* The reading of one file with one size of object names. */
struct scan {
	struct git_index *index;
	const char *directory;
	int fd;
	size_t hash_size;
	uint64_t limit; /* where the checksum begins, which ends the file */
	uint32_t version, entry_count;

	/*
	 * Split index: an entry that replaces one of the shared index has no path of its own.  The
	 * numbers are those of the gitlinks among these: counted in this file at first, and, after
	 * the extension "link" was read, in the shared one.
	 */
	uint32_t nameless;
	struct numbers replaced;
	char shared[2 * SHA256_SIZE + 1]; /* the shared index's object name; "": not split */

	/* Version 4: the path of the entry before. */
	char name[MAX_ENTRY];
	size_t name_length;

	uint64_t base;     /* where the window is in the file */
	size_t start, end; /* what is left in it */
	uint8_t window[WINDOW_SIZE];
};

static uint32_t get_number(const uint8_t *data, size_t size)
{
	uint32_t number = 0;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | data[i];
	return number;
}

/* --- the window ------------------------------------------------------------------------------- */

static uint64_t rest_of_file(const struct scan *s)
{
	return s->limit - s->base - s->start;
}

/* See to it that the next MAX_ENTRY bytes are in the window, or all up to the limit. */
static int fill(struct scan *s)
{
	if (s->end - s->start >= MAX_ENTRY || s->base + s->end == s->limit)
		return 0;
	memmove(s->window, s->window + s->start, s->end - s->start);
	s->base += s->start;
	s->end -= s->start;
	s->start = 0;

	uint64_t rest = s->limit - s->base;
	size_t wanted = rest < WINDOW_SIZE ? (size_t)rest : WINDOW_SIZE;
	while (s->end < wanted) {
		ssize_t got = pread(
			s->fd, s->window + s->end, wanted - s->end, (off_t)(s->base + s->end));
		if (got < 0 && errno == EINTR)
			continue;
		/* An end before st_size: cut off meanwhile, or a filter fakes it. */
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		s->end += (size_t)got;
	}
	return 0;
}

/* Go on at an offset that is not before the present one. */
static void skip_to(struct scan *s, uint64_t offset)
{
	if (offset <= s->base + s->end) {
		s->start = (size_t)(offset - s->base);
		return;
	}
	s->base = offset;
	s->start = s->end = 0;
}

/* Begin at the start of the file; what is in the window stays there if it is from there. */
static void rewind_to_start(struct scan *s, uint64_t limit)
{
	s->limit = limit;
	s->start = 0;
	if (s->base)
		s->base = s->end = 0;
	if (s->end > limit)
		s->end = (size_t)limit;
}

/* --- what is found ---------------------------------------------------------------------------- */

static int add_number(struct scan *s, uint32_t number)
{
	struct numbers *list = &s->replaced;
	uint32_t *items =
		arena_grow(s->index->arena, list->items, list->count, sizeof(*list->items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	list->items[list->count++] = number;
	return 0;
}

/* git makes no index with another path, but follows one that has it out of the work tree. */
static bool is_usable(const char *path, size_t length)
{
	if (memchr(path, '\0', length))
		return false;
	for (const char *end = path + length;; path++) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t size = (size_t)((slash ? slash : end) - path);
		if (!size || (size <= 2 && !memcmp(path, "..", size)) ||
			(size == 4 && !strncasecmp(path, ".git", size)))
			return false;
		if (!slash)
			return true;
		path = slash;
	}
}

static int add_link(struct git_index *index, const char *path, size_t length)
{
	if (!is_usable(path, length))
		return -EBADMSG;
	const char **links =
		arena_grow(index->arena, index->links, index->link_count, sizeof(*links));
	const char *copy = arena_strndup(index->arena, path, length);
	if (!links || !copy)
		return -ENOMEM;
	index->links = links;
	index->links[index->link_count++] = copy;
	return 0;
}

/* --- entries ---------------------------------------------------------------------------------- */

struct entry {
	const char *name;
	size_t length;
	bool is_gitlink;
	size_t size; /* in the file */
};

/* The length of the path in flags, or, where it does not fit in there, as far as its NUL. */
static int name_length(const uint8_t *data, size_t size, uint32_t flags, size_t kept, size_t *ret)
{
	*ret = flags & NAME_MASK;
	if (*ret == NAME_MASK) {
		const uint8_t *end = memchr(data, '\0', size);
		if (!end)
			return -EBADMSG;
		*ret = kept + (size_t)(end - data);
	}
	/* A NUL has to follow; this also tells SHA-1 and SHA-256 apart, nearly always at once. */
	return *ret < kept || *ret - kept >= size || data[*ret - kept] ? -EBADMSG : 0;
}

/* fixed: the size of what comes before the path.  The entry ends in 1 to 8 NULs. */
static int read_padded(const uint8_t *data, size_t size, size_t fixed, struct entry *ret)
{
	uint32_t flags = (uint32_t)ret->length;
	int result = name_length(data + fixed, size - fixed, flags, 0, &ret->length);
	if (result < 0)
		return result;
	ret->name = (const char *)data + fixed;
	ret->size = (fixed + ret->length + 8) & ~(size_t)7;
	return ret->size <= size ? 0 : -EBADMSG;
}

/* git's own kind of number of variable length.  The bytes that it takes; 0: it is none. */
static size_t read_varint(const uint8_t *data, size_t size, size_t *ret)
{
	size_t used = 0, value = 0;

	do {
		/* More than any path has. */
		if (used == size || value > MAX_ENTRY)
			return 0;
		value = (used ? (value + 1) << 7 : 0) | (data[used] & 0x7f);
	} while (data[used++] & 0x80);
	*ret = value;
	return used;
}

/* The path is that of the entry before without its last bytes, and what follows here. */
static int read_compressed(
	struct scan *s, const uint8_t *data, size_t size, size_t fixed, struct entry *ret)
{
	uint32_t flags = (uint32_t)ret->length;
	size_t cut, used = read_varint(data + fixed, size - fixed, &cut);
	if (!used || cut > s->name_length)
		return -EBADMSG;
	size_t kept = s->name_length - cut;
	fixed += used;
	int result = name_length(data + fixed, size - fixed, flags, kept, &ret->length);
	if (result < 0)
		return result;
	if (ret->length >= sizeof(s->name))
		return -EBADMSG;
	memcpy(s->name + kept, data + fixed, ret->length - kept);
	s->name_length = ret->length;
	ret->name = s->name;
	ret->size = fixed + ret->length - kept + 1;
	return 0;
}

/* Read the entry at data, of which size bytes are there. */
static int read_entry(struct scan *s, const uint8_t *data, size_t size, struct entry *ret)
{
	size_t fixed = STAT_SIZE + s->hash_size + FLAGS_SIZE;

	/* The shortest entry has two bytes more: so more flags can be read too. */
	if (size < fixed + FLAGS_SIZE)
		return -EBADMSG;
	uint32_t flags = get_number(data + fixed - FLAGS_SIZE, FLAGS_SIZE);
	if (flags & FLAG_EXTENDED) {
		if (get_number(data + fixed, FLAGS_SIZE) & ~(uint32_t)EXTENDED_KNOWN)
			return -EBADMSG;
		fixed += FLAGS_SIZE;
	}
	ret->is_gitlink = (get_number(data + MODE_OFFSET, 4) & TYPE_MASK) == TYPE_GITLINK;
	ret->length = flags & NAME_MASK;
	return s->version == COMPRESSED_VERSION ? read_compressed(s, data, size, fixed, ret)
						: read_padded(data, size, fixed, ret);
}

/* also: entries that are gitlinks too, as those that replace them are. */
static int read_entries(struct scan *s, const struct numbers *also)
{
	size_t next = 0;

	for (uint32_t i = 0; i < s->entry_count; i++) {
		struct entry entry = {.name = NULL};
		int result = fill(s);
		/* Not more than fill() sees to: what is accepted must not depend on the place. */
		size_t size = s->end - s->start < MAX_ENTRY ? s->end - s->start : MAX_ENTRY;
		if (!result)
			result = read_entry(s, s->window + s->start, size, &entry);
		if (result < 0)
			return result;
		if (next < also->count && also->items[next] == i)
			next++, entry.is_gitlink = true;
		if (entry.is_gitlink && entry.length)
			result = add_link(s->index, entry.name, entry.length);
		else if (entry.is_gitlink)
			result = add_number(s, s->nameless);
		if (result < 0)
			return result;
		s->nameless += !entry.length;
		s->start += entry.size;
	}
	return next == also->count ? 0 : -EBADMSG;
}

/* --- split index ------------------------------------------------------------------------------ */

static int take_bytes(struct scan *s, size_t size, const uint8_t **ret)
{
	int result = fill(s);
	if (result < 0)
		return result;
	if (s->end - s->start < size)
		return -EBADMSG;
	*ret = s->window + s->start;
	s->start += size;
	return 0;
}

/* A bitmap in EWAH form, as far as it was read. */
struct bitmap {
	uint64_t position; /* of the next bit */
	uint64_t ones;     /* before it */
	size_t next;       /* in s->replaced */
};

/*
 * count bits follow that are set.  The n-th bit of all stands for the n-th entry without a path: it
 * is in the place of the entry of the shared index that has the bit's position for its number.
 */
static int map_ones(struct scan *s, struct bitmap *bitmap, uint64_t count)
{
	struct numbers *list = &s->replaced;

	for (; bitmap->next < list->count && list->items[bitmap->next] < bitmap->ones + count;
		bitmap->next++) {
		uint32_t *number = &list->items[bitmap->next];
		uint64_t position = bitmap->position + (*number - bitmap->ones);
		if (position > UINT32_MAX)
			return -EBADMSG;
		*number = (uint32_t)position;
	}
	bitmap->ones += count;
	return 0;
}

static int take_word(struct scan *s, uint64_t *ret)
{
	const uint8_t *data;
	int result = take_bytes(s, sizeof(*ret), &data);
	if (!result)
		*ret = (uint64_t)get_number(data, 4) << 32 | get_number(data + 4, 4);
	return result;
}

/* A word of which each bit is one. */
static int map_literal(struct scan *s, struct bitmap *bitmap)
{
	uint64_t word;
	int result = take_word(s, &word);

	for (unsigned int i = 0; !result && i < BITS_IN_WORD; i++, bitmap->position++)
		if (word >> i & 1)
			result = map_ones(s, bitmap, 1);
	return result;
}

/* A word that says how many words of equal bits follow, and then how many literal ones. */
static int map_run(struct scan *s, struct bitmap *bitmap, uint32_t *words)
{
	uint64_t marker;
	int result = take_word(s, &marker);
	if (result < 0)
		return result;
	uint64_t run = (marker >> 1 & UINT32_MAX) * BITS_IN_WORD;
	uint32_t literals = (uint32_t)(marker >> 33);
	if (literals > --*words || bitmap->position > UINT32_MAX)
		return -EBADMSG;
	if (marker & 1)
		result = map_ones(s, bitmap, run);
	bitmap->position += run;
	for (*words -= literals; !result && literals; literals--)
		result = map_literal(s, bitmap);
	return result;
}

/* Take the header of a bitmap; the words that follow end before the offset end. */
static int take_bitmap_header(struct scan *s, uint64_t end, uint32_t *ret_words)
{
	const uint8_t *data;
	int result = take_bytes(s, 8, &data);
	if (result < 0)
		return result;
	*ret_words = get_number(data + 4, 4);
	uint64_t place = s->base + s->start;
	return place <= end && *ret_words <= (end - place) / 8 ? 0 : -EBADMSG;
}

/*
 * Turn the numbers of entries without a path into those of the entries that they replace: the first
 * bitmap has the entries of the shared index that are deleted, the second those that are replaced.
 */
static int map_replaced(struct scan *s, uint64_t end)
{
	struct bitmap bitmap = {0};
	uint32_t words;

	int result = take_bitmap_header(s, end, &words);
	if (result < 0)
		return result;
	/* Deleted entries count as there: at worst one path more is protected. */
	skip_to(s, s->base + s->start + (uint64_t)words * 8);
	const uint8_t *last_marker;
	result = take_bytes(s, 4, &last_marker);
	if (!result)
		result = take_bitmap_header(s, end, &words);
	while (!result && words)
		result = map_run(s, &bitmap, &words);
	if (result < 0)
		return result;
	return bitmap.next == s->replaced.count ? 0 : -EBADMSG;
}

/* The extension "link", whose end is at the offset end. */
static int read_link_extension(struct scan *s, uint64_t end)
{
	static const uint8_t none[SHA256_SIZE];
	static const char digits[] = "0123456789abcdef";
	const uint8_t *name;

	int result = take_bytes(s, s->hash_size, &name);
	if (result < 0)
		return result;
	if (s->base + s->start > end)
		return -EBADMSG;
	if (!memcmp(name, none, s->hash_size))
		return 0;
	for (size_t i = 0; i < s->hash_size; i++) {
		s->shared[2 * i] = digits[name[i] >> 4];
		s->shared[2 * i + 1] = digits[name[i] & 0xf];
	}
	s->shared[2 * s->hash_size] = '\0';
	return s->replaced.count ? map_replaced(s, end) : 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static int refuse_extension(struct scan *s)
{
	/* Without entries the other size of object names may be the right one. */
	if (s->entry_count)
		s->index->problem = "it has an extension that is not known here";
	return -EBADMSG;
}

static int read_extensions(struct scan *s)
{
	const uint8_t *header;
	int result = 0;

	while (!result && rest_of_file(s)) {
		result = take_bytes(s, EXTENSION_HEADER_SIZE, &header);
		if (result < 0)
			return result;
		uint32_t size = get_number(header + 4, 4);
		if (size > rest_of_file(s))
			return -EBADMSG;
		uint64_t end = s->base + s->start + size;
		bool is_link = !memcmp(header, "link", 4);
		/* Without a capital letter: who does not know it cannot read the index. */
		if ((*header < 'A' || *header > 'Z') && !is_link && memcmp(header, "sdir", 4) != 0)
			return refuse_extension(s);
		result = is_link ? read_link_extension(s, end) : 0;
		skip_to(s, end);
	}
	return result;
}

static int read_header(struct scan *s)
{
	const uint8_t *header;

	int result = take_bytes(s, HEADER_SIZE, &header);
	if (result < 0)
		return result;
	if (memcmp(header, "DIRC", 4) != 0)
		return -EBADMSG;
	s->version = get_number(header + 4, 4);
	s->entry_count = get_number(header + 8, 4);
	if (s->version >= MIN_VERSION && s->version <= COMPRESSED_VERSION)
		return 0;
	s->index->problem = arena_printf(s->index->arena,
		"it is of format version %u, and 2 to 4 are known here", s->version);
	return s->index->problem ? -EBADMSG : -ENOMEM;
}

/* Read all of the file with one size of object names. */
static int read_file(struct scan *s, uint64_t size, size_t hash_size, const struct numbers *also)
{
	if (size < HEADER_SIZE + hash_size)
		return -EBADMSG;
	s->hash_size = hash_size;
	s->nameless = 0;
	s->replaced = (struct numbers){0};
	s->shared[0] = '\0';
	s->name_length = 0;
	rewind_to_start(s, size - hash_size);

	int result = read_header(s);
	if (!result)
		result = read_entries(s, also);
	if (!result)
		result = read_extensions(s);
	/* Only what is split may have entries without a path. */
	return !result && s->nameless && !*s->shared ? -EBADMSG : result;
}

/* Open directory/name, and find its size. */
static int open_file(struct git_index *index, const char *directory, const char *name, int *ret,
	uint64_t *ret_size)
{
	struct stat stat;

	index->problem = NULL;
	index->file = path_join(index->arena, directory, name);
	if (!index->file)
		return -ENOMEM;
	/* As git does, this follows a symlink.  O_NONBLOCK: a FIFO must not make it wait. */
	_cleanup_close_ int fd =
		sys_openat(AT_FDCWD, index->file, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	int error = fd < 0 ? fd : sys_fstat(fd, &stat);
	if (error < 0)
		return error;
	if (!S_ISREG(stat.st_mode))
		index->problem = "it is not a regular file";
	else if ((uint64_t)stat.st_size > MAX_SIZE)
		index->problem = "it is larger than 512 MiB";
	if (index->problem)
		return -EBADMSG;
	*ret_size = (uint64_t)stat.st_size;
	*ret = take_fd(&fd);
	return 0;
}

static struct scan *new_scan(struct git_index *index, const char *directory)
{
	struct scan *s = malloc(sizeof(*s));
	if (!s)
		return NULL;
	/* Not the window: most indexes fill little of it. */
	s->index = index;
	s->directory = directory;
	s->base = s->start = s->end = 0;
	return s;
}

/* Take the links of the shared index that the one that was read names. */
static int read_shared(const struct scan *split)
{
	struct git_index *index = split->index;
	uint64_t size;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ struct scan *s = new_scan(index, split->directory);
	const char *name = arena_printf(index->arena, "sharedindex.%s", split->shared);
	if (!s || !name)
		return -ENOMEM;

	int result = open_file(index, split->directory, name, &fd, &size);
	if (result == -ENOENT) {
		index->problem = "it is missing, and the index is split";
		return -EBADMSG;
	}
	if (result < 0)
		return result;
	s->fd = fd;
	result = read_file(s, size, split->hash_size, &split->replaced);
	/* That it is split itself is nothing that git makes. */
	return !result && *s->shared ? -EBADMSG : result;
}

/*
 * Nothing in the file says how long its object names are.  Read it with both sizes, and take what
 * every reading finds that comes to the end without a contradiction: for an index that git has
 * written only one does, and the other ends at one of the first entries.
 */
static int read_both(struct scan *s, uint64_t size)
{
	static const size_t hash_sizes[] = {SHA1_SIZE, SHA256_SIZE};
	static const struct numbers none = {0};
	struct git_index *index = s->index;
	bool is_read = false;

	for (size_t i = 0; i < sizeof(hash_sizes) / sizeof(hash_sizes[0]); i++) {
		size_t count = index->link_count;
		int result = read_file(s, size, hash_sizes[i], &none);
		if (!result && *s->shared)
			result = read_shared(s);
		if (result < 0 && result != -EBADMSG)
			return result;
		if (result < 0)
			index->link_count = count;
		is_read |= !result;
	}
	if (!is_read && !index->problem)
		index->problem = "it is damaged";
	return is_read ? 0 : -EBADMSG;
}

int git_index_read(struct git_index *ret, const char *directory)
{
	uint64_t size;
	_cleanup_close_ int fd = -1;

	int result = open_file(ret, directory, "index", &fd, &size);
	if (result < 0)
		return result == -ENOENT ? 0 : result;
	_cleanup_free_ struct scan *s = new_scan(ret, directory);
	if (!s)
		return -ENOMEM;
	s->fd = fd;
	return read_both(s, size);
}

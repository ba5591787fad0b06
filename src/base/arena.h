/*
 * An arena: memory that is handed out piece by piece and freed all at once.  A plan and everything
 * it points at live in one, so that there is a single owner and no per-string bookkeeping.
 *
 * Not thread-safe; one arena belongs to one plan.  All memory is zeroed and aligned for any type.
 */
#ifndef RIND_BASE_ARENA_H
#define RIND_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
};

/* size bytes, or NULL when there is no memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of the first length bytes of text, NUL-terminated; NULL when there is no memory. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);

/* A formatted string; NULL when there is no memory. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Make room for one more element in a growing array of *count elements of size bytes each, whose
 * storage was handed out by this function (or is NULL).  Returns the storage, moved when it had to
 * grow (the old one stays in the arena: growth doubles, so at most half is lost), or NULL when
 * there is no memory.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t size);

/* Free every piece; the arena is empty and usable again. */
void arena_free(struct arena *arena);

#endif

/* Arena allocation.  Supervisor only: nothing is allocated between clone and exec. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 16 * 1024, FIRST_GROWTH = 16 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

static struct arena_chunk *chunk_add(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - sizeof(struct arena_chunk))
		return NULL;
	struct arena_chunk *chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->used = 0;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);

	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) & ~(align - 1);

	struct arena_chunk *chunk = arena->chunks;
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_add(arena, size > CHUNK_SIZE ? size : CHUNK_SIZE);
	if (!chunk)
		return NULL;

	/* Clear each piece when it is handed out: the unused rest of a chunk then costs no page. */
	void *piece = chunk->data + chunk->used;
	chunk->used += size;
	return memset(piece, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);
	return copy ? memcpy(copy, text, length) : NULL;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);

	char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t size)
{
	/* The capacity is a function of the count, so that no caller has to carry it. */
	size_t capacity = FIRST_GROWTH;
	while (capacity < count)
		capacity *= 2;
	if (array && count < capacity)
		return array;
	if (array)
		capacity *= 2;
	if (capacity > SIZE_MAX / size)
		return NULL;

	void *grown = arena_alloc(arena, capacity * size);
	if (grown && array)
		memcpy(grown, array, count * size);
	return grown;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;
		free(arena->chunks);
		arena->chunks = next;
	}
}

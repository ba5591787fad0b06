/* A layout as data; see layout.h.  Supervisor only, touches nothing. */
#include "plan/layout.h"

#include <string.h>

struct layout *layout_new(struct arena *arena)
{
	struct layout *layout = arena_alloc(arena, sizeof(*layout));
	if (layout) {
		layout->users.second = -1;
		layout->told_fds[0] = layout->told_fds[1] = -1;
		layout->filter_fd = layout->block_fd = layout->sync_fd = -1;
	}
	return layout;
}

struct layout_op *layout_add(struct layout *layout, struct arena *arena, enum layout_type type)
{
	struct layout_op *ops = arena_grow(arena, layout->ops, layout->op_count, sizeof(*ops));
	if (!ops)
		return NULL;
	layout->ops = ops;

	struct layout_op *op = &ops[layout->op_count];
	*op = (struct layout_op){.type = type, .fd = -1, .first_reader = layout->op_count++};
	return op;
}

bool layout_has_init(const struct layout *layout, bool new_pid_namespace)
{
	if (layout->as_pid_1)
		return false;
	/* Without a pid namespace, somebody still has to hold what lasts as long as the sandbox. */
	return new_pid_namespace || layout->lock_count || layout->sync_fd >= 0;
}

bool layout_is_root(const char *dest)
{
	/* Only "." and ".." have no letters but these, and in the root both are the root. */
	while (*dest) {
		dest += strspn(dest, "/");
		size_t length = strcspn(dest, "/");
		if (length > 2 || strspn(dest, ".") < length)
			return false;
		dest += length;
	}
	return true;
}

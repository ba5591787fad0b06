/* Memory that a process does not need while it waits. */
#ifndef RIND_BASE_IDLE_H
#define RIND_BASE_IDLE_H

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

/* Defined by the linker: the program's own ELF header, as mapped. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/*
 * For the functions that wait: the linker puts them side by side, so that what the kernel maps around
 * a page that is used (64 KiB) is the same for the supervisor and for init.
 */
#define _idle_ __attribute__((hot, noinline))

/*
 * Unmap the pages of the program's own code and constants, which starting took and waiting does not:
 * they are the file's, and what is used after all comes back with a page fault.  One system call for
 * each such segment, and nothing is lost when one fails.
 */
static inline void idle_release_code(void)
{
	const ElfW(Ehdr) *header = (const void *)__ehdr_start;
	const ElfW(Phdr) *segments = (const void *)(__ehdr_start + header->e_phoff);
	const uintptr_t page = (uintptr_t)getpagesize();
	uintptr_t base = 0;

	for (size_t i = 0; i < header->e_phnum; i++) {
		const ElfW(Phdr) *segment = &segments[i];
		if (segment->p_type != PT_LOAD)
			continue;
		if (segment->p_offset == 0)
			base = (uintptr_t)header - segment->p_vaddr;
		/* A writable segment's pages are the process's own. */
		if (segment->p_flags & PF_W)
			continue;
		uintptr_t first = (base + segment->p_vaddr) & ~(page - 1);
		uintptr_t end = base + segment->p_vaddr + segment->p_memsz;
		(void)madvise((void *)first, end - first, MADV_DONTNEED);
	}
}

#endif

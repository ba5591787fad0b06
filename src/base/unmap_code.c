/*
 * Child side, and the supervisor: wait with as little memory as possible.  See unmap_code.h.
 *
 * Most memory of a waiting process is code that was needed to start and is not needed to wait.  Its
 * pages belong to the program's file, so they can be dropped: the kernel reads them again when they
 * are used.  For each page that is used the kernel maps 64 KiB around it.  So the function below
 * calls no other function, whose pages would come back while it waits; and all processes wait in
 * this one function, in the same pages.
 */
#include "base/unmap_code.h"

#include "base/sys.h"

#include <link.h>
#include <sys/mman.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000 * 1000 };

/* Defined by the linker: the program's own ELF header, as mapped. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* A system call without the C library's code.  Returns the result or -errno. */
static inline __attribute__((always_inline)) long call(long number, long a, long b, long c)
{
#if defined(__x86_64__) && !defined(__ILP32__)
	/* The fourth argument is ppoll's signal mask: NULL. */
	register long d __asm__("r10") = 0;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = 0;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
#else
	return sys_result(syscall(number, a, b, c, 0L, 0L));
#endif
}

static inline __attribute__((always_inline)) void release_code(uintptr_t page)
{
	const ElfW(Ehdr) *header = (const void *)__ehdr_start;
	const ElfW(Phdr) *segments = (const void *)(__ehdr_start + header->e_phoff);
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
		/* Where this fails the pages stay: that costs memory only. */
		(void)call(SYS_madvise, (long)first, (long)(end - first), MADV_DONTNEED);
	}
}

/* A section that the linker's script does not name follows the others of its kind. */
__attribute__((section("rind_wait"))) int unmap_code_and_poll(
	struct pollfd *fds, unsigned int count, int timeout_ms)
{
	struct timespec left = {
		.tv_sec = timeout_ms / MS_PER_SECOND,
		.tv_nsec = (long)(timeout_ms % MS_PER_SECOND) * NS_PER_MS,
	};
	int attempts = 0;
	long result;

	release_code((uintptr_t)getpagesize());
	do
		result = call(SYS_ppoll, (long)fds, (long)count, timeout_ms < 0 ? 0 : (long)&left);
	while (sys_poll_again(&result, timeout_ms, &attempts));
	return (int)result;
}

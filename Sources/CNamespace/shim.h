// The door to the kernel's namespaces: unshare(2) is declared in <sched.h> for those only who ask for GNU's extensions, and
// the C library's module does not.
#pragma once
#include <linux/sched.h>

int unshare(int flags);

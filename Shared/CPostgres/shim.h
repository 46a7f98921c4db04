#include <libpq-fe.h>
// Swift's Glibc does not have it.
#include <sys/eventfd.h>
